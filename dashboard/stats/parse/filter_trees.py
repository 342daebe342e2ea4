"""Filters of the Stats API: parsed JSON becomes a tree.

Goals are meant by their display names. Segments become the filters they stand for, and `Filters.echo` says which.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import re2

from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import AllOf, AnyOf, Condition, Filter, HasDone, Not, Op, Reaches
from dashboard.stats.parse.site_context import Background
from schema.measures.goals import Goal

MAX_DEPTH = 10
MAX_CLAUSES = 1000  # filters, and what they compare with, in all
MAX_TEXT_CHARACTERS = 10_000
MAX_SEGMENTS = 10
_MODIFIABLE = frozenset({Op.IS, Op.IS_NOT, Op.CONTAINS, Op.CONTAINS_NOT})
_OPS: Mapping[str, Op] = {op.value: op for op in Op if "wildcard" not in op.value}
_TOP_ONLY = frozenset({dimensions.GOAL, dimensions.HOSTNAME})


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters as they are asked, and as JSON with segments written out."""

    filters: tuple[Filter, ...]
    echo: list[Any]


@dataclass(slots=True)
class _Place:
    """Where in the filters we are, and what has been counted on the way."""

    background: Background
    path: str = "#/filters"
    depth: int = 0
    is_in_doing: bool = False
    counts: dict[str, int] = field(default_factory=lambda: {"clauses": 0, "segments": 0})

    def inner(self, number: int, *, is_in_doing: bool = False) -> "_Place":
        place = _Place(
            self.background, f"{self.path}/{number}", self.depth + 1, self.is_in_doing or is_in_doing, self.counts
        )
        if place.depth > MAX_DEPTH:
            raise QueryError(f"{self.path}: Filters may be {MAX_DEPTH} deep, and these are deeper")
        return place

    def count(self, number: int) -> None:
        self.counts["clauses"] += number
        if self.counts["clauses"] > MAX_CLAUSES:
            raise QueryError(f"#/filters: There may be {MAX_CLAUSES} filters and values in all, and these are more")

    def invalid(self, why: str) -> QueryError:
        return QueryError(f"{self.path}: Invalid filter: {why}")


def parse(asked: Any, background: Background) -> Filters:
    """Return the filters that parsed JSON means. Raises QueryError, which says where."""
    if not isinstance(asked, list):
        raise QueryError('#/filters: Invalid filters: write a list of them, as in [["is", "visit:country", ["FR"]]]')
    place = _Place(background)
    parsed = [_parse(each, place.inner(number)) for number, each in enumerate(asked)]
    return Filters(tuple(each for each, _ in parsed), [echo for _, echo in parsed])


def _parse(asked: Any, place: _Place) -> tuple[Filter, Any]:
    place.count(1)
    match asked:
        case [("and" | "or") as word, [_, *_] as members]:
            parsed = [_parse(member, place.inner(number)) for number, member in enumerate(members)]
            kind = AllOf if word == "and" else AnyOf
            return kind(tuple(each for each, _ in parsed)), [word, [echo for _, echo in parsed]]
        case ["not", member]:
            each, echo = _parse(member, place.inner(1))
            return Not(each), ["not", echo]
        case [("has_done" | "has_not_done") as word, member]:
            return _doing(word, member, place)
        case ["is", "segment", [_, *_] as numbers]:
            return _segment(numbers, place)
        case [str(word), str(name), [_, *_] as clauses, *modifiers] if word in _OPS and len(modifiers) <= 1:
            place.count(len(clauses))
            return _condition(_OPS[word], name, clauses, modifiers, place), asked
        case [str(word), str(), [], *_] if word in _OPS:
            raise place.invalid("there is no value to compare with")
    raise place.invalid('write it as ["is", "visit:country", ["FR"]]')


def _doing(word: str, member: Any, place: _Place) -> tuple[Filter, Any]:
    if place.is_in_doing:
        raise place.invalid("has_done can't be within has_done")
    each, echo = _parse(member, place.inner(1, is_in_doing=True))
    done = HasDone(each)
    return (done if word == "has_done" else Not(done)), [word, echo]


def _segment(numbers: Sequence[Any], place: _Place) -> tuple[Filter, Any]:
    place.counts["segments"] += len(numbers)
    if place.counts["segments"] > MAX_SEGMENTS:
        raise place.invalid(f"a question can name {MAX_SEGMENTS} segments")
    members = []
    for number in numbers:
        filters = place.background.segments().get(number) if type(number) is int else None
        if filters is None:
            raise place.invalid(f"there is no segment {str(number)[:20]} on this site")
        members.append(["and", list(filters)] if len(filters) > 1 else filters[0])
    # The goals of one segment stand where they would without it.
    inner = _Place(place.background, place.path, place.depth, place.is_in_doing, place.counts)
    if len(members) == 1:
        return _parse(members[0], inner)
    return _parse(["or", members], inner)


def _condition(op: Op, name: str, clauses: Sequence[Any], modifiers: Sequence[Any], place: _Place) -> Filter:
    dimension = dimensions.named(name)
    if dimension is None:
        raise place.invalid(f"there is no dimension {name[:60]!r}")
    is_case_sensitive = _is_case_sensitive(op, modifiers, place)
    texts = tuple(_text(clause, dimension, place) for clause in clauses)
    if place.is_in_doing and dimension.is_visit_only:
        raise place.invalid(f"what a visit has done is about events, and {name} is not")
    if dimension in _TOP_ONLY and place.depth > 1 and not place.is_in_doing:
        raise place.invalid(f"{name} can be filtered at the top level only")
    if dimension == dimensions.GOAL:
        return _reaches(op, texts, place, is_case_sensitive=is_case_sensitive)
    _check(op, dimension, texts, place)
    return Condition(dimension, op, texts, is_case_sensitive)


def _is_case_sensitive(op: Op, modifiers: Sequence[Any], place: _Place) -> bool:
    match modifiers:
        case []:
            return True
        case [{"case_sensitive": bool(is_case_sensitive), **others}] if op in _MODIFIABLE and not others:
            return is_case_sensitive
    raise place.invalid('the only modifier is {"case_sensitive": false}, of is and contains and what negates them')


def _text(clause: Any, dimension: Dimension, place: _Place) -> str:
    if isinstance(clause, str):
        if len(clause) > MAX_TEXT_CHARACTERS:
            raise place.invalid(f"a value can have {MAX_TEXT_CHARACTERS:,} characters")
        return clause
    if dimension == dimensions.CITY and type(clause) is int:
        return str(clause)
    raise place.invalid("values are texts")


def _check(op: Op, dimension: Dimension, texts: Sequence[str], place: _Place) -> None:
    if op in (Op.IS, Op.IS_NOT) and dimension == dimensions.COUNTRY:
        for text in texts:
            if text not in ("", "(not set)") and len(text) != 2:
                raise place.invalid(f"{text[:20]!r} is no country: write its two letters, as in FR")
    if op in (Op.MATCHES, Op.MATCHES_NOT):
        for text in texts:
            _check_regex(text, place)


def _check_regex(text: str, place: _Place) -> None:
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(text, options)  # type: ignore[no-untyped-call]
    except re2.error as error:
        raise place.invalid(f"{text[:60]!r} is no regular expression of RE2: {error}") from None


def _reaches(op: Op, names: Sequence[str], place: _Place, *, is_case_sensitive: bool) -> Filter:
    known = place.background.goals()
    if op is Op.CONTAINS:
        return Reaches(tuple(goal for goal in known if _contains(goal, names, is_case_sensitive=is_case_sensitive)))
    if op is not Op.IS:
        raise place.invalid("event:goal can be filtered with is and contains")
    found: list[Goal] = []
    for name in names:
        same = [goal for goal in known if _equals(goal, name, is_case_sensitive=is_case_sensitive)]
        if not same:
            raise place.invalid(f"there is no goal named {name[:60]!r} on this site: add it first")
        found += same
    return Reaches(tuple(found))


def _equals(goal: Goal, name: str, *, is_case_sensitive: bool) -> bool:
    return goal.display_name == name or (not is_case_sensitive and goal.display_name.lower() == name.lower())


def _contains(goal: Goal, parts: Sequence[str], *, is_case_sensitive: bool) -> bool:
    name = goal.display_name if is_case_sensitive else goal.display_name.lower()
    return any((part if is_case_sensitive else part.lower()) in name for part in parts)
