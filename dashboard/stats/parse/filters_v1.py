"""Filters of the Stats API, version 1: `visit:source==Google|Bing;event:page!=/blog/**`.

What can't be understood is left out, as Plausible does, but for goals and properties that are not there. A value with a
`*` is a pattern as a whole.
"""

import re
from collections.abc import Sequence

import msgspec

from dashboard.stats.model import dimensions
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import Condition, Filter, Op, Reaches
from dashboard.stats.parse import filter_trees
from dashboard.stats.parse.filter_trees import MAX_CLAUSES, MAX_TEXT_CHARACTERS, Filters
from dashboard.stats.parse.site_context import Background
from schema.measures import wildcard

_EXPRESSION = re.compile(r"\s*([^=!]+?)\s*(==|!=)\s*(.*?)\s*", re.DOTALL)
_BAR = re.compile(r"(?<!\\)\|")


def parse(text: str, background: Background) -> tuple[Filter, ...]:
    """Return the filters that a text means; a JSON array is taken as version 2 has it. Raises QueryError."""
    if text.lstrip().startswith("["):
        return _of_version_2(text, background).filters
    expressions = text.split(";") if text.strip() else []
    if len(expressions) + text.count("|") > MAX_CLAUSES:
        raise QueryError(f"There may be {MAX_CLAUSES} filters and values in all, and these are more")
    return tuple(found for each in expressions if (found := _parsed(each, background)) is not None)


def _of_version_2(text: str, background: Background) -> Filters:
    try:
        asked = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise QueryError("The filters are no JSON, though they begin like it") from None
    return filter_trees.parse(asked, background)


def _parsed(expression: str, background: Background) -> Filter | None:
    found = _EXPRESSION.fullmatch(expression)
    dimension = dimensions.named(found[1]) if found else None
    if found is None or not found[3]:
        return None
    if dimension is None:
        raise QueryError(f"There is no property {found[1][:60]!r} to filter by")
    if len(found[3]) > MAX_TEXT_CHARACTERS:
        raise QueryError(f"A value to filter by can have {MAX_TEXT_CHARACTERS:,} characters")
    is_negated = found[2] == "!="
    if wildcard.is_pattern(found[3]):
        patterns = (found[3],)
        if dimension == dimensions.GOAL:
            return _reaches(patterns, background, is_pattern=True)
        return Condition(dimension, Op.MATCHES_WILDCARD_NOT if is_negated else Op.MATCHES_WILDCARD, patterns)
    texts = tuple(part.strip().replace("\\|", "|") for part in _BAR.split(found[3]))
    if dimension == dimensions.GOAL:
        return _reaches(texts, background, is_pattern=False)
    if dimension == dimensions.COUNTRY and any(len(each) != 2 for each in texts):
        return None
    return Condition(dimension, Op.IS_NOT if is_negated else Op.IS, texts)


def _reaches(names: Sequence[str], background: Background, *, is_pattern: bool) -> Reaches:
    """Return the goals of some names; that a goal is not reached can't be said in this language."""
    if is_pattern:
        matches = [re.compile(wildcard.regex(name)).match for name in names]
        return Reaches(tuple(goal for goal in background.goals() if any(match(goal.display_name) for match in matches)))
    known = {goal.display_name: goal for goal in background.goals()}
    for name in names:
        if name not in known:
            raise QueryError(f"There is no goal named {name[:60]!r} on this site: add it first")
    return Reaches(tuple(known[name] for name in names))
