"""Filters of the Stats API: parsed JSON becomes a tree.

Goals are named by their display names. A segment is replaced by its filters, in `Filters.echo` too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import re2

from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import AllOf, AnyOf, Condition, Filter, HasDone, Not, Op, Reaches
from dashboard.stats.parse import host_texts
from dashboard.stats.parse.site_context import SiteContext
from schema.measures.goals import Goal
from schema.measures.wildcard import compiled
from schema.sentence import Count, Sentence

MAX_DEPTH = 10
MAX_CLAUSES = 1000  # filters and their values together
MAX_TEXT_CHARACTERS = 10_000
MAX_SEGMENTS = 10
_MODIFIABLE = frozenset({Op.IS, Op.IS_NOT, Op.CONTAINS, Op.CONTAINS_NOT})
_WITH_WILDCARDS: Mapping[str, Op] = {op.value: op for op in Op}
_OPS: Mapping[str, Op] = {name: op for name, op in _WITH_WILDCARDS.items() if "wildcard" not in name}
_TOP_ONLY = frozenset({dimensions.GOAL, dimensions.HOSTNAME})


@dataclass(frozen=True, slots=True)
class Filters:
    """Parsed filters, and the same as JSON with segments replaced by their filters, without a top-level `and`."""

    filters: tuple[Filter, ...]
    echo: list[Any]


@dataclass(slots=True)
class _Position:
    """The current position in the filters, and the counts so far."""

    context: SiteContext
    ops: Mapping[str, Op]
    path: str = "#/filters"
    depth: int = 0
    is_top: bool = True  # the filter is one of those that must all match
    is_in_doing: bool = False
    counts: dict[str, int] = field(default_factory=lambda: {"clauses": 0, "segments": 0})

    def inner(self, number: int, *, is_top: bool = False, is_in_doing: bool = False) -> "_Position":
        if self.depth == MAX_DEPTH:
            raise QueryError(
                "%(path)s: Filters can't be nested more than %(most)s levels deep", path=self.path, most=MAX_DEPTH
            )
        return replace(
            self,
            path=f"{self.path}/{number}",
            depth=self.depth + 1,
            is_top=is_top,
            is_in_doing=self.is_in_doing or is_in_doing,
        )

    def count(self, number: int) -> None:
        self.counts["clauses"] += number
        if self.counts["clauses"] > MAX_CLAUSES:
            raise QueryError("#/filters: There can't be more than %(most)s filters and values in all", most=MAX_CLAUSES)

    def invalid(self, reason: str, /, **values: object) -> QueryError:
        """Return the error for the filter at this position. reason: with placeholders for the values."""
        return QueryError("%(path)s: Invalid filter: %(reason)s", path=self.path, reason=Sentence(reason, values))


def parse(filters: Sequence[Any], context: SiteContext, *, has_wildcards: bool = False) -> Filters:
    """Return the parsed filters. has_wildcards: matches_wildcard and its negation are valid, as in version 1.

    Raises QueryError with the path of the invalid filter.
    """
    return _all(filters, _Position(context, _WITH_WILDCARDS if has_wildcards else _OPS))


def _all(filters: Sequence[Any], position: _Position) -> Filters:
    """Return filters that must all match. Those inside an `and` are at the same level."""
    parts = [_top(written, position.inner(number, is_top=True)) for number, written in enumerate(filters)]
    return Filters(
        tuple(node for part in parts for node in part.filters), [node for part in parts for node in part.echo]
    )


def _top(written: Any, position: _Position) -> Filters:
    match written:
        case ["and", [_, *_] as members]:
            position.count(1)
            return _all(members, position)
        case ["is", "segment", [number]]:
            position.count(1)
            (filters,) = _segments([number], position)
            parsed = _all(filters, position)
            return replace(parsed, echo=[["and", parsed.echo]])
    node, echo = _parse(written, position)
    return Filters((node,), [echo])


def _parse(written: Any, position: _Position) -> tuple[Filter, Any]:
    position.count(1)
    match written:
        case [("and" | "or") as word, [_, *_] as members]:
            parsed = [_parse(member, position.inner(number)) for number, member in enumerate(members)]
            kind = AllOf if word == "and" else AnyOf
            return kind(tuple(node for node, _ in parsed)), [word, [echo for _, echo in parsed]]
        case ["not", member]:
            node, echo = _parse(member, position.inner(1))
            return Not(node), ["not", echo]
        case [("has_done" | "has_not_done") as word, member]:
            return _doing(word, member, position)
        case ["is", "segment", [_, *_] as numbers]:
            return _segment(numbers, position)
        case [str(word), str(name), [_, *_] as clauses, *modifiers] if word in position.ops and len(modifiers) <= 1:
            position.count(len(clauses))
            return _condition(position.ops[word], name, clauses, modifiers, position), written
        case [str(word), str(), [], *_] if word in position.ops:
            raise position.invalid("the list of values is empty")
    raise position.invalid('write it as ["is", "visit:country", ["FR"]]')


def _doing(word: str, member: Any, position: _Position) -> tuple[Filter, Any]:
    if position.is_in_doing:
        raise position.invalid("has_done can't be inside has_done")
    node, echo = _parse(member, position.inner(1, is_in_doing=True))
    done = HasDone(node)
    return (done if word == "has_done" else Not(done)), [word, echo]


def _segment(numbers: Sequence[Any], position: _Position) -> tuple[Filter, Any]:
    members = [
        [_parse(written, position.inner(number)) for written in filters]
        for number, filters in enumerate(_segments(numbers, position))
    ]
    nodes = [AllOf(tuple(node for node, _ in parsed)) if len(parsed) > 1 else parsed[0][0] for parsed in members]
    echo = [["and", [echo for _, echo in parsed]] for parsed in members]
    return (nodes[0], echo[0]) if len(members) == 1 else (AnyOf(tuple(nodes)), ["or", echo])


def _segments(numbers: Sequence[Any], position: _Position) -> list[Sequence[Any]]:
    """Return the filters of each segment."""
    position.counts["segments"] += len(numbers)
    if position.counts["segments"] > MAX_SEGMENTS:
        raise position.invalid("a query can use at most %(most)s segments", most=MAX_SEGMENTS)
    segments = [position.context.segments().get(number) if type(number) is int else None for number in numbers]
    for number, filters in zip(numbers, segments, strict=True):
        if filters is None:
            raise position.invalid("there is no segment %(number)s on this site", number=str(number)[:20])
    return [filters for filters in segments if filters is not None]


def _condition(op: Op, name: str, clauses: Sequence[Any], modifiers: Sequence[Any], position: _Position) -> Filter:
    dimension = dimensions.named(name)
    if dimension is None:
        raise position.invalid("there is no dimension %(name)r", name=name[:60])
    is_case_sensitive = _is_case_sensitive(op, modifiers, position)
    texts = tuple(_text(clause, dimension, position) for clause in clauses)
    if position.is_in_doing and dimension.name.startswith("visit:"):
        raise position.invalid("has_done matches events, and %(name)s is not a dimension of events", name=name)
    if dimension in _TOP_ONLY and not position.is_top and not position.is_in_doing:
        raise position.invalid("%(name)s can only be filtered at the top level", name=name)
    if dimension == dimensions.GOAL:
        return _reaches(op, texts, position, is_case_sensitive=is_case_sensitive)
    _check(op, dimension, texts, position)
    return Condition(dimension, op, host_texts.stored(dimension, op, texts), is_case_sensitive)


def _is_case_sensitive(op: Op, modifiers: Sequence[Any], position: _Position) -> bool:
    match modifiers:
        case []:
            return True
        case [{"case_sensitive": bool(is_case_sensitive), **others}] if op in _MODIFIABLE and not others:
            return is_case_sensitive
    raise position.invalid('the only modifier is {"case_sensitive": false}, for is, is_not, contains and contains_not')


def _text(clause: Any, dimension: Dimension, position: _Position) -> str:
    if isinstance(clause, str):
        if len(clause) > MAX_TEXT_CHARACTERS:
            raise position.invalid("a value can have at most %(most)s characters", most=Count(MAX_TEXT_CHARACTERS))
        return clause
    if dimension == dimensions.CITY and type(clause) is int:
        return str(clause)
    raise position.invalid("values must be texts")


def _check(op: Op, dimension: Dimension, texts: Sequence[str], position: _Position) -> None:
    if op in (Op.IS, Op.IS_NOT) and dimension == dimensions.COUNTRY:
        for text in texts:
            if text not in ("", "(not set)") and len(text) != 2:
                raise position.invalid("%(text)r is not a country: use its two-letter code, such as FR", text=text[:20])
    if op in (Op.MATCHES, Op.MATCHES_NOT):
        for text in texts:
            _check_regex(text, position)


def _check_regex(text: str, position: _Position) -> None:
    try:
        compiled(text)
    except re2.error as error:
        raise position.invalid(
            "%(text)r is not a valid RE2 regular expression: %(error)s", text=text[:60], error=error
        ) from None


def _reaches(op: Op, names: Sequence[str], position: _Position, *, is_case_sensitive: bool) -> Filter:
    goals = position.context.goals()
    if op is Op.CONTAINS:
        return Reaches(tuple(goal for goal in goals if _contains(goal, names, is_case_sensitive=is_case_sensitive)))
    if op is not Op.IS:
        raise position.invalid("event:goal can only be filtered with is and contains")
    named: list[Goal] = []
    for name in names:
        same = [goal for goal in goals if _equals(goal, name, is_case_sensitive=is_case_sensitive)]
        if not same:
            raise position.invalid("there is no goal named %(name)r on this site: add it first", name=name[:60])
        named += same
    return Reaches(tuple(named))


def _equals(goal: Goal, name: str, *, is_case_sensitive: bool) -> bool:
    return goal.display_name == name or (not is_case_sensitive and goal.display_name.lower() == name.lower())


def _contains(goal: Goal, parts: Sequence[str], *, is_case_sensitive: bool) -> bool:
    name = goal.display_name if is_case_sensitive else goal.display_name.lower()
    return any((part if is_case_sensitive else part.lower()) in name for part in parts)
