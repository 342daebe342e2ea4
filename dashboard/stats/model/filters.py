"""Filters on events and visits, as a tree of conditions.

A condition on an event-only dimension matches a visit with a matching event in the period. A condition on a visit-only
dimension matches the events of matching visits.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from dashboard.stats.model.dimensions import (
    ENTRY_HOSTNAME,
    ENTRY_PAGE,
    EXIT_HOSTNAME,
    EXIT_PAGE,
    HOSTNAME,
    PAGE,
    Dimension,
)
from schema.measures.goals import Goal


class Op(StrEnum):
    """How a value is compared with the texts of a condition. One matching text is enough."""

    IS = "is"
    IS_NOT = "is_not"
    CONTAINS = "contains"
    CONTAINS_NOT = "contains_not"
    MATCHES = "matches"  # a regular expression, RE2, anywhere in the value
    MATCHES_NOT = "matches_not"
    MATCHES_WILDCARD = "matches_wildcard"  # the whole value; * and ** are any characters, | is "or"
    MATCHES_WILDCARD_NOT = "matches_wildcard_not"


@dataclass(frozen=True, slots=True)
class Condition:
    """The value of a dimension matches one of the texts. A label of the empty value stands for the empty value."""

    dimension: Dimension
    op: Op
    texts: tuple[str, ...]
    is_case_sensitive: bool = True


@dataclass(frozen=True, slots=True)
class Reaches:
    """An event reaches one of the goals. Without goals, no event matches."""

    goals: tuple[Goal, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    members: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    members: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Not:
    member: "Filter"


@dataclass(frozen=True, slots=True)
class HasDone:
    """The visit has an event in the period that matches the member."""

    member: "Filter"


Filter: TypeAlias = Condition | Reaches | AllOf | AnyOf | Not | HasDone


def leaves(filters: Iterable[Filter]) -> Iterator[Condition | Reaches]:
    """Yield the conditions on the event or visit itself, without those inside HasDone."""
    for node in filters:
        match node:
            case Condition() | Reaches():
                yield node
            case AllOf() | AnyOf():
                yield from leaves(node.members)
            case Not():
                yield from leaves((node.member,))
            case HasDone():
                pass


def is_event_only(leaf: Condition | Reaches) -> bool:
    """True for a condition that a visit has no column for."""
    return isinstance(leaf, Reaches) or leaf.dimension.is_event_only


def is_visit_only(leaf: Condition | Reaches) -> bool:
    """True for a condition that an event has no column for."""
    return isinstance(leaf, Condition) and leaf.dimension.is_visit_only


def is_on(dimension: Dimension, node: Filter) -> bool:
    """True if all conditions of a filter are on this dimension."""
    conditions = list(leaves([node]))
    return bool(conditions) and all(isinstance(leaf, Condition) and leaf.dimension == dimension for leaf in conditions)


def of_entry(node: Filter) -> Filter:
    """Return a filter on the entry page or hostname in place of one on the page or hostname of an event."""
    return _replaced(node, {PAGE: ENTRY_PAGE, HOSTNAME: ENTRY_HOSTNAME})


def of_exit(node: Filter) -> Filter:
    """Return a filter on the exit page or hostname in place of one on the page or hostname of an event."""
    return _replaced(node, {PAGE: EXIT_PAGE, HOSTNAME: EXIT_HOSTNAME})


def _replaced(node: Filter, replacements: Mapping[Dimension, Dimension]) -> Filter:
    match node:
        case Condition():
            return replace(node, dimension=replacements.get(node.dimension, node.dimension))
        case AllOf() | AnyOf():
            return replace(node, members=tuple(_replaced(member, replacements) for member in node.members))
        case Not():
            return replace(node, member=_replaced(node.member, replacements))
    return node
