"""Filters of the Stats API, version 1, such as `visit:source==Google|Bing;event:page!=/blog/**`.

Like Plausible, skip invalid expressions, but reject unknown goals and properties. A value with a `*` is one pattern,
except for goals: these have exact names. `|` means "or" in both, and `\\|` is the character.
"""

import re
from collections.abc import Sequence

import msgspec

from dashboard.stats.model import dimensions
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import Condition, Filter, Op, Reaches
from dashboard.stats.parse import filter_trees, host_texts
from dashboard.stats.parse.filter_trees import MAX_CLAUSES, MAX_TEXT_CHARACTERS, Filters
from dashboard.stats.parse.site_context import SiteContext
from schema.measures import wildcard
from schema.sentence import Count

_EXPRESSION = re.compile(r"\s*([^=!]+?)\s*(==|!=)\s*(.*?)\s*", re.DOTALL)


def parse(text: str, context: SiteContext) -> tuple[Filter, ...]:
    """Return the parsed filters; a JSON array is parsed as version 2, with wildcards. Raises QueryError."""
    if text.lstrip().startswith("["):
        return _of_version_2(text, context).filters
    expressions = text.split(";") if text.strip() else []
    if len(expressions) + text.count("|") > MAX_CLAUSES:
        raise QueryError("There can't be more than %(most)s filters and values in all", most=MAX_CLAUSES)
    return tuple(node for text in expressions if (node := _parsed(text, context)) is not None)


def _of_version_2(text: str, context: SiteContext) -> Filters:
    try:
        filters = msgspec.json.decode(text, type=list)
    except (msgspec.DecodeError, RecursionError):
        raise QueryError("The filters start like a JSON array but are not valid JSON") from None
    return filter_trees.parse(filters, context, has_wildcards=True)


def _parsed(expression: str, context: SiteContext) -> Filter | None:
    match = _EXPRESSION.fullmatch(expression)
    if match is None or not match[3]:
        return None
    name, operator, content = match.groups()
    dimension = dimensions.named(name)
    if dimension is None:
        raise QueryError("There is no property %(name)r to filter by", name=name[:60])
    if len(content) > MAX_TEXT_CHARACTERS:
        raise QueryError("A value to filter by can have at most %(most)s characters", most=Count(MAX_TEXT_CHARACTERS))
    texts = tuple(part.strip() for part in wildcard.split(content))
    if dimension == dimensions.GOAL:
        return _reaches(texts, context)
    is_negated = operator == "!="
    if wildcard.is_pattern(content):
        op = Op.MATCHES_WILDCARD_NOT if is_negated else Op.MATCHES_WILDCARD
        return Condition(dimension, op, (wildcard.joined(host_texts.stored(dimension, op, texts)),))
    if dimension == dimensions.COUNTRY and any(len(code) != 2 for code in texts):
        return None
    op = Op.IS_NOT if is_negated else Op.IS
    return Condition(dimension, op, host_texts.stored(dimension, op, texts))


def _reaches(names: Sequence[str], context: SiteContext) -> Reaches:
    """Return the filter on the goals with these names. Version 1 has no negated goal filter."""
    goals = {goal.display_name: goal for goal in context.goals()}
    for name in names:
        if name not in goals:
            raise QueryError("There is no goal named %(name)r on this site: add it first", name=name[:60])
    return Reaches(tuple(goals[name] for name in names))
