"""Which events and visits are asked about, as a tree: conditions, and what joins them.

A condition on what only events have holds for a visit with such an event in the period; one on what only visits have
holds for the events of such visits.
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
    """How a value is held against the texts of a condition, of which one is enough."""

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
    """A value of a dimension is one of some texts, or like one. Labels of the empty value count as that."""

    dimension: Dimension
    op: Op
    texts: tuple[str, ...]
    is_case_sensitive: bool = True


@dataclass(frozen=True, slots=True)
class Reaches:
    """An event reaches one of some goals; there may be none, and then no event does."""

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
    """The visit has an event in the period for which the member holds."""

    member: "Filter"


Filter: TypeAlias = Condition | Reaches | AllOf | AnyOf | Not | HasDone


def leaves(filters: Iterable[Filter]) -> Iterator[Condition | Reaches]:
    """Yield the conditions on the event or visit itself; what a visit has done besides is not looked into."""
    for each in filters:
        match each:
            case Condition() | Reaches():
                yield each
            case AllOf() | AnyOf():
                yield from leaves(each.members)
            case Not():
                yield from leaves((each.member,))
            case HasDone():
                pass


def is_event_only(leaf: Condition | Reaches) -> bool:
    """True for a condition that a visit has no column for."""
    return isinstance(leaf, Reaches) or leaf.dimension.is_event_only


def is_visit_only(leaf: Condition | Reaches) -> bool:
    """True for a condition that an event has no column for."""
    return isinstance(leaf, Condition) and leaf.dimension.is_visit_only


def is_on(dimension: Dimension, each: Filter) -> bool:
    """True for a filter that is on a dimension and on nothing else."""
    found = list(leaves([each]))
    return bool(found) and all(isinstance(leaf, Condition) and leaf.dimension == dimension for leaf in found)


def of_entry(each: Filter) -> Filter:
    """Return a filter on the page of an event as one on the page that visits began with."""
    return _moved(each, {PAGE: ENTRY_PAGE, HOSTNAME: ENTRY_HOSTNAME})


def of_exit(each: Filter) -> Filter:
    """Return a filter on the page of an event as one on the page that visits ended with."""
    return _moved(each, {PAGE: EXIT_PAGE, HOSTNAME: EXIT_HOSTNAME})


def _moved(each: Filter, places: Mapping[Dimension, Dimension]) -> Filter:
    match each:
        case Condition():
            return replace(each, dimension=places.get(each.dimension, each.dimension))
        case AllOf() | AnyOf():
            return replace(each, members=tuple(_moved(member, places) for member in each.members))
        case Not():
            return replace(each, member=_moved(each.member, places))
    return each
