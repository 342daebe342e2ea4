"""Filters as conditions on the rows of a table.

What a table has no column for is asked of the other: `visit_id in (select visit_id ...)`. Parts of a filter that are
about events stay together there, for it is one event that all of them have to hold for.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from dashboard.stats.model.dimensions import DIRECT, Dimension
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
_NOT_SET, _DIRECT_OR_NONE = "(not set)", "Direct / None"


class Table(StrEnum):
    EVENTS = "events"
    VISITS = "visits"


def hold(table: Table, filters: Sequence[Filter], query: Query) -> Fragment:
    """Return the condition under which all filters hold for a row; it has no text where there is no filter.

    query: whose site and period bound what is asked of the other table.
    """
    foreign = tuple(each for each in filters if not _is_of(table, each) and _is_of(_other(table), each))
    own = [_row(table, each, query) for each in filters if each not in foreign]
    return join("\nand ", [*own, _elsewhere(table, AllOf(foreign), query)] if foreign else own)


def reached(goal: Goal) -> Fragment:
    """Return the condition under which a row of `events` reaches a goal."""
    match goal.kind:
        case GoalKind.EVENT:
            props = [fill("props[{}] = {}", text(key), text(wanted)) for key, wanted in goal.props]
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


def _row(table: Table, each: Filter, query: Query) -> Fragment:
    if not _is_of(table, each) and _is_of(_other(table), each):
        return _elsewhere(table, each, query)
    match each:
        case Condition():
            return _condition(each, _column(table, each.dimension))
        case Reaches():
            return _any([reached(goal) for goal in each.goals])
        case AllOf():
            return _all([_row(table, member, query) for member in each.members])
        case AnyOf():
            return _any([_row(table, member, query) for member in each.members])
        case Not():
            return fill("not ({})", _row(table, each.member, query))
        case HasDone():
            return _elsewhere(Table.VISITS, each.member, query)


def _is_of(table: Table, each: Filter) -> bool:
    """True where a table has all columns that a filter is about."""
    is_missing = is_visit_only if table is Table.EVENTS else is_event_only
    return not any(is_missing(leaf) for leaf in leaves([each]))


def _other(table: Table) -> Table:
    return Table.VISITS if table is Table.EVENTS else Table.EVENTS


def _elsewhere(table: Table, each: Filter, query: Query) -> Fragment:
    """Return the condition that the visit of a row has a row in the other table for which a filter holds."""
    if table is Table.VISITS:
        rows = fill("events where {} and {}", in_period.of_events(query), _row(Table.EVENTS, each, query))
    else:
        rows = fill("visits final where {} and {}", in_period.of_visits(query), _row(Table.VISITS, each, query))
    return fill("visit_id in (\nselect visit_id from {}\n)", rows)


def _column(table: Table, dimension: Dimension) -> Fragment:
    column = dimension.events if table is Table.EVENTS else dimension.visits
    if column is None:
        raise AssertionError(f"{dimension.name} is not in {table}")
    return column


def _condition(condition: Condition, column: Fragment) -> Fragment:
    op = _NEGATED.get(condition.op, condition.op)
    held = _held(op, condition, column)
    if op is not condition.op:
        held = fill("not {}", held)
    if condition.dimension.is_prop and op is not Op.IS:
        # An event without a property has no value that anything could be said of, whichever way it is said.
        return fill("({} != '' and {})", column, held)
    return held


def _held(op: Op, condition: Condition, column: Fragment) -> Fragment:
    wanted = condition.texts
    match op:
        case Op.IS:
            return _is(condition, column)
        case Op.CONTAINS:
            return _contains(condition, column)
        case Op.MATCHES:
            patterns = [each if condition.is_case_sensitive else f"(?i){each}" for each in wanted]
        case _:
            patterns = [wildcard.regex(each) for each in wanted]
    return _any([fill("match({}, {})", column, text(pattern)) for pattern in patterns])


def _is(condition: Condition, column: Fragment) -> Fragment:
    empty = [""] if labels_of_nothing(condition.dimension).intersection(condition.texts) else []
    if condition.is_case_sensitive:
        return fill("({} in {})", column, texts([*condition.texts, *empty]))
    return fill("(lowerUTF8({}) in {})", column, texts([*(each.lower() for each in condition.texts), *empty]))


def labels_of_nothing(dimension: Dimension) -> set[str]:
    """Return what the empty value is called in filters, whatever lists call it."""
    if dimension.is_prop:
        return {dimension.empty_label}
    return {_NOT_SET, _DIRECT_OR_NONE} if dimension in DIRECT else {_NOT_SET, dimension.empty_label} - {""}


def _contains(condition: Condition, column: Fragment) -> Fragment:
    searched, wanted = column, condition.texts
    if not condition.is_case_sensitive:
        searched, wanted = fill("lowerUTF8({})", column), tuple(each.lower() for each in wanted)
    # Not arrayExists: position() looks at each value of a LowCardinality column once.
    found = _any([fill("position({}, {}) > 0", searched, text(each)) for each in wanted])
    if condition.dimension in DIRECT and _is_part_of_label(condition):
        return fill("({} or {} = '')", found, column)
    return found


def _is_part_of_label(condition: Condition) -> bool:
    if condition.is_case_sensitive:
        return any(each in _DIRECT_OR_NONE for each in condition.texts)
    return any(each.lower() in _DIRECT_OR_NONE.lower() for each in condition.texts)


def _all(conditions: Iterable[Fragment]) -> Fragment:
    return fill("({})", join(" and ", conditions))


def _any(conditions: Sequence[Fragment]) -> Fragment:
    return fill("({})", join(" or ", conditions)) if conditions else Fragment("0")
