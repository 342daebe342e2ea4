"""Filters as SQL conditions on the rows of `events` or `visits`.

A filter on a column of the other table becomes `visit_id in (select visit_id ...)`. All conditions on events go into
one such select: a single event must match all of them.
"""

from collections.abc import Sequence

from dashboard.stats.model.dimensions import DIRECT, DIRECT_OR_NONE, Dimension, empty_labels
from dashboard.stats.model.filters import (
    AllOf,
    AnyOf,
    Condition,
    Filter,
    HasDone,
    Not,
    Op,
    Reaches,
    is_event_only,
    is_visit_only,
    leaves,
)
from dashboard.stats.model.metrics import Table
from dashboard.stats.model.query import Query
from dashboard.stats.sql import in_period
from dashboard.stats.sql.fragment import Fragment, fill, join, text, texts, value
from schema.measures import wildcard
from schema.measures.goals import Goal, GoalKind
from schema.records.event import ENGAGEMENT, PAGEVIEW

_NEGATED = {
    Op.IS_NOT: Op.IS,
    Op.CONTAINS_NOT: Op.CONTAINS,
    Op.MATCHES_NOT: Op.MATCHES,
    Op.MATCHES_WILDCARD_NOT: Op.MATCHES_WILDCARD,
}


def hold(table: Table, filters: Sequence[Filter], query: Query) -> Fragment:
    """Return the condition for rows that match all filters; its SQL is empty without filters.

    query: its site and period limit the selects from the other table.
    """
    foreign = tuple(node for node in filters if not _is_of(table, node) and _is_of(_other(table), node))
    own = [_row(table, node, query) for node in filters if node not in foreign]
    return join("\nand ", [*own, _elsewhere(table, AllOf(foreign), query)] if foreign else own)


def of_value(condition: Condition, column: str) -> Fragment:
    """Return the condition for a column with the values of its dimension."""
    return _condition(condition, Fragment(column))


def reached(goal: Goal) -> Fragment:
    """Return the condition for rows of `events` that reach a goal."""
    match goal.kind:
        case GoalKind.EVENT:
            props = [fill("props[{}] = {}", text(key), text(content)) for key, content in goal.props]
            return fill("({})", join(" and ", [fill("name = {}", text(goal.event_name)), *props]))
        case GoalKind.PAGE:
            return fill("(name = {} and {})", text(PAGEVIEW), _is_path(goal.page_path))
        case GoalKind.SCROLL:
            return fill(
                "(name = {} and {} and scroll_depth between {} and 100)",
                text(ENGAGEMENT),
                _is_path(goal.page_path),
                value("UInt8", goal.scroll_threshold),
            )


def _is_path(path: str) -> Fragment:
    if wildcard.is_pattern(path):
        return fill("match(path, {})", text(wildcard.regex(path)))
    return fill("path = {}", text(path))


def _row(table: Table, node: Filter, query: Query) -> Fragment:
    if not _is_of(table, node) and _is_of(_other(table), node):
        return _elsewhere(table, node, query)
    match node:
        case Condition():
            return _condition(node, _column(table, node.dimension))
        case Reaches():
            return _any([reached(goal) for goal in node.goals])
        case AllOf():
            return fill("({})", join(" and ", [_row(table, member, query) for member in node.members]))
        case AnyOf():
            return _any([_row(table, member, query) for member in node.members])
        case Not():
            return fill("not ({})", _row(table, node.member, query))
        case HasDone():
            return _elsewhere(Table.VISITS, node.member, query)


def _is_of(table: Table, node: Filter) -> bool:
    """True if a table has all columns of a filter."""
    is_missing = is_visit_only if table is Table.EVENTS else is_event_only
    return not any(is_missing(leaf) for leaf in leaves([node]))


def _other(table: Table) -> Table:
    return Table.VISITS if table is Table.EVENTS else Table.EVENTS


def _elsewhere(table: Table, node: Filter, query: Query) -> Fragment:
    """Return the condition for rows whose visit has a row in the other table that matches a filter."""
    if table is Table.VISITS:
        rows = fill("events where {} and {}", in_period.of_events(query), _row(Table.EVENTS, node, query))
    else:
        rows = fill("visits final where {} and {}", in_period.of_visits(query), _row(Table.VISITS, node, query))
    return fill("visit_id in (\nselect visit_id from {}\n)", rows)


def _column(table: Table, dimension: Dimension) -> Fragment:
    column = dimension.events if table is Table.EVENTS else dimension.visits
    if column is None:
        raise AssertionError(f"{dimension.name} is not in {table}")
    return column


def _condition(condition: Condition, column: Fragment) -> Fragment:
    op = _NEGATED.get(condition.op, condition.op)
    comparison = _comparison(op, condition, column)
    if op is not condition.op:
        comparison = fill("not {}", comparison)
    if condition.dimension.is_prop and op is not Op.IS:
        # An event without the property matches neither a comparison nor its negation.
        return fill("({} != '' and {})", column, comparison)
    return comparison


def _comparison(op: Op, condition: Condition, column: Fragment) -> Fragment:
    match op:
        case Op.IS:
            return _is(condition, column)
        case Op.CONTAINS:
            return _contains(condition, column)
        case Op.MATCHES:
            patterns = [regex if condition.is_case_sensitive else f"(?i){regex}" for regex in condition.texts]
        case _:
            patterns = [wildcard.regex(pattern) for pattern in condition.texts]
    return _any([fill("match({}, {})", column, text(pattern)) for pattern in patterns])


def _is(condition: Condition, column: Fragment) -> Fragment:
    empty = [""] if empty_labels(condition.dimension).intersection(condition.texts) else []
    if condition.is_case_sensitive:
        return fill("({} in {})", column, texts([*condition.texts, *empty]))
    return fill("(lowerUTF8({}) in {})", column, texts([*(label.lower() for label in condition.texts), *empty]))


def _contains(condition: Condition, column: Fragment) -> Fragment:
    searched, parts = column, condition.texts
    if not condition.is_case_sensitive:
        searched, parts = fill("lowerUTF8({})", column), tuple(part.lower() for part in parts)
    # Not arrayExists: position() searches each distinct value of a LowCardinality column only once.
    comparison = _any([fill("position({}, {}) > 0", searched, text(part)) for part in parts])
    if condition.dimension in DIRECT and _is_part_of_label(condition):
        return fill("({} or {} = '')", comparison, column)
    return comparison


def _is_part_of_label(condition: Condition) -> bool:
    if condition.is_case_sensitive:
        return any(part in DIRECT_OR_NONE for part in condition.texts)
    return any(part.lower() in DIRECT_OR_NONE.lower() for part in condition.texts)


def _any(conditions: Sequence[Fragment]) -> Fragment:
    return fill("({})", join(" or ", conditions)) if conditions else Fragment("0")
