"""Conditions of exclusion rules: matches of a hit, joined by all, any and not.

People write a condition as a table, in exclusions.toml, in JSON and in the control file alike:

    {"network": ["192.0.2.0/24", "2001:db8::/48"], "not": {"path": "/jobs/**"}}

A matcher with several values matches any of them. A table with several entries matches only if all of them do.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeVar

from schema.exclusions.matchers import MATCHERS, ExclusionError, Matcher
from schema.sentence import Count, Sentence

MAX_DEPTH = 8
MAX_VALUE_CHARACTERS = 500
_SHOWN = 3  # values of a match in words


@dataclass(frozen=True, slots=True)
class Match:
    matcher: Matcher
    values: tuple[str, ...]  # normalized; any of them


@dataclass(frozen=True, slots=True)
class MatchAll:
    parts: "tuple[RuleCondition, ...]"  # at least two


@dataclass(frozen=True, slots=True)
class MatchAny:
    parts: "tuple[RuleCondition, ...]"  # at least two


@dataclass(frozen=True, slots=True)
class MatchNot:
    part: "RuleCondition"


RuleCondition = Match | MatchAll | MatchAny | MatchNot
KEYS = MATCHERS.keys() | {"all", "any", "not"}
Result = TypeVar("Result")


def read(table: object, *, depth: int = 0) -> RuleCondition:
    """Return the condition that a table describes. Raises ExclusionError."""
    if not isinstance(table, Mapping) or not table:
        raise ExclusionError(
            'a condition is a table such as {network = "192.0.2.0/24"}, not %(table)s', table=_excerpt(table)
        )
    if depth > MAX_DEPTH:
        raise ExclusionError("conditions can be nested %(most)s levels deep at most", most=MAX_DEPTH)
    parts = [_entry(key, value, depth) for key, value in table.items()]
    return parts[0] if len(parts) == 1 else MatchAll(tuple(parts))


def restored(table: Mapping[str, Any]) -> RuleCondition:
    """Return the condition of a table made by `written`, without validating it again, which would be slow."""
    ((key, value),) = table.items()
    match key:
        case "not":
            return MatchNot(restored(value))
        case "all":
            return MatchAll(tuple(map(restored, value)))
        case "any":
            return MatchAny(tuple(map(restored, value)))
    return Match(MATCHERS[key], tuple(value) if isinstance(value, list) else (value,))


def fold(
    condition: RuleCondition,
    leaf: Callable[[Match], Result],
    *,
    negated: Callable[[Result], Result],
    all_of: Callable[[Iterable[Result]], Result],
    any_of: Callable[[Iterable[Result]], Result],
) -> Result:
    """Return the result for a condition, computed from its matches upwards."""

    def result(part: RuleCondition) -> Result:
        match part:
            case Match():
                return leaf(part)
            case MatchNot(inner):
                return negated(result(inner))
            case MatchAll(parts):
                return all_of(map(result, parts))
            case MatchAny(parts):
                return any_of(map(result, parts))

    return result(condition)


def written(condition: RuleCondition) -> dict[str, Any]:
    """Return a condition as the table that `read` takes."""
    return fold(
        condition,
        lambda match: {match.matcher.key: match.values[0] if len(match.values) == 1 else list(match.values)},
        negated=lambda part: {"not": part},
        all_of=lambda parts: {"all": list(parts)},
        any_of=lambda parts: {"any": list(parts)},
    )


def described(condition: RuleCondition) -> str:
    """Return a condition in words, such as "network 192.0.2.0/24 and not path /jobs/**", without home addresses."""
    return str(sentence(condition))


def sentence(condition: RuleCondition) -> Sentence:
    """Return a condition in words, for translation."""
    match condition:
        case Match(matcher, values):
            return matcher.described(values) if matcher.described else _list_of(matcher, values)
        case MatchNot(part):
            return Sentence("not %(rule)s", {"rule": _bracketed(part)})
        case MatchAll(parts):
            return _joined("%(first)s and %(second)s", map(_bracketed, parts))
        case MatchAny(parts):
            return _joined("%(first)s or %(second)s", map(_bracketed, parts))


def leaves(condition: RuleCondition) -> Iterator[Match]:
    """Return every match of a condition, at any depth."""
    match condition:
        case Match():
            yield condition
        case MatchNot(part):
            yield from leaves(part)
        case MatchAll(parts) | MatchAny(parts):
            for part in parts:
                yield from leaves(part)


def matchers(condition: RuleCondition) -> frozenset[str]:
    """Return the keys of the matchers that a condition uses."""
    return frozenset(match.matcher.key for match in leaves(condition))


def covers_everybody(condition: RuleCondition) -> bool:
    """True if a condition matches every possible hit, or every browser's."""
    return fold(
        condition,
        lambda match: match.matcher.covers_everybody(match.values),
        negated=lambda _: False,
        all_of=all,
        any_of=any,
    )


def _entry(key: object, value: object, depth: int) -> RuleCondition:
    match key:
        case "not":
            return MatchNot(read(value, depth=depth + 1))
        case "all" | "any":
            if not isinstance(value, list) or not value:
                raise ExclusionError(
                    "%(key)s takes a list of conditions, not %(value)s", key=key, value=_excerpt(value)
                )
            parts = tuple(read(part, depth=depth + 1) for part in value)
            if len(parts) == 1:
                return parts[0]
            return MatchAll(parts) if key == "all" else MatchAny(parts)
        case str() if key in MATCHERS:
            return _match(MATCHERS[key], value)
    raise ExclusionError(
        "%(key)s is not a condition. Use one of %(choices)s", key=_excerpt(key), choices=", ".join(sorted(KEYS))
    )


def _match(matcher: Matcher, value: object) -> Match:
    values = value if isinstance(value, list) else [value]
    if not values or len(values) > matcher.max_values:
        raise ExclusionError(
            "%(key)s takes from one to %(most)s values", key=matcher.key, most=Count(matcher.max_values)
        )
    for text in values:
        if not isinstance(text, str) or not text.strip() or len(text) > MAX_VALUE_CHARACTERS:
            raise ExclusionError(
                "%(key)s takes a text of 1 to %(most)s characters, or a list of such texts",
                key=matcher.key,
                most=MAX_VALUE_CHARACTERS,
            )
    return Match(matcher, tuple(dict.fromkeys(matcher.normalized(str(text).strip()) for text in values)))


def _list_of(matcher: Matcher, values: tuple[str, ...]) -> Sentence:
    shown = _joined("%(first)s or %(second)s", map(matcher.shown, values[:_SHOWN]))
    noun = Sentence(matcher.noun)
    if len(values) <= _SHOWN:
        return Sentence("%(noun)s %(values)s", {"noun": noun, "values": shown})
    more = Count(len(values) - _SHOWN)
    if more == 1:
        return Sentence("%(noun)s %(values)s and 1 more", {"noun": noun, "values": shown})
    return Sentence("%(noun)s %(values)s and %(more)s more", {"noun": noun, "values": shown, "more": more})


def _joined(text: str, parts: Iterable[Sentence]) -> Sentence:
    """Return sentences joined in pairs by a text with the placeholders first and second."""
    return reduce(lambda first, second: Sentence(text, {"first": first, "second": second}), parts)


def _bracketed(part: RuleCondition) -> Sentence:
    is_one = isinstance(part, MatchNot) or (isinstance(part, Match) and len(part.values) == 1)
    return sentence(part) if is_one else Sentence("(%(rule)s)", {"rule": sentence(part)})


def _excerpt(value: object) -> str:
    return repr(value)[:50]
