"""The select over one table for a query, with the columns d0, d1, ... and the metrics.

Without groups, d0 is an empty text: the selects of two tables can always be joined.
"""

from collections.abc import Sequence

from dashboard.stats.model import dimensions
from dashboard.stats.model.buckets import buckets
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.metrics import VISIT_ONLY, Metric, Table
from dashboard.stats.model.period import WITHIN_A_DAY, Interval
from dashboard.stats.model.query import Group, Query
from dashboard.stats.plan import Select
from dashboard.stats.sql import conditions, expressions, from_counts, in_period
from dashboard.stats.sql.fragment import Fragment, fill, join, lines, text, value
from schema.measures.rates import NO_RATES, Rates


def of(select: Select, rates: Rates) -> Fragment:
    """Return a select as SQL. rates: for revenue."""
    if select.table is Table.EVENTS:
        return from_counts.of_events(select, select.counts) if select.counts else _of_events(select, rates)
    return from_counts.of_visits(select, select.counts) if select.counts else _of_visits(select)


def _of_events(select: Select, rates: Rates) -> Fragment:
    query = select.query
    groups = [_group_of_events(group, query) for group in query.groups]
    return lines(_select(groups, metric_columns(select, rates)), rows_of(select), _group_by(query.groups))


def metric_columns(select: Select, rates: Rates, *, goal_column: str = "") -> list[Fragment]:
    """Return the metrics of a select over rows, each under its name.

    goal_column: of the goal's name, if not that of the select's own groups.
    """
    if select.table is Table.VISITS:
        counted = _counted(select.query, is_smeared=is_smeared(select))
        return [fill(f"{{}} as {metric}", _metric_of_visits(metric, select, counted)) for metric in select.metrics]
    groups = enumerate(select.query.groups)
    goal_column = goal_column or next((f"d{number}" for number, group in groups if group == dimensions.GOAL), "")
    return [
        fill(f"{{}} as {metric}", expressions.of_events(metric, select.query, rates, goal_column=goal_column))
        for metric in select.metrics
    ]


def rows_of(select: Select) -> Fragment:
    """Return the rows that a select reads."""
    query = select.query
    if select.table is Table.EVENTS:
        return lines(
            Fragment("from events"),
            _join_of_visits(query),
            fill("where {}", in_period.of_events(query)),
            _and(conditions.hold(Table.EVENTS, query.filters, query)),
        )
    return lines(
        Fragment("from visits final"),
        fill("where {}", in_period.of_visits(query)),
        # A visit counts in the bucket it ended in. A visit that ends after the period has no bucket.
        fill("and last < {}", _end(query)) if query.interval and not is_smeared(select) else Fragment(""),
        _and(conditions.hold(Table.VISITS, query.filters, query)),
    )


def group_of(group: Group, select: Select, query: Query) -> Fragment:
    """Return the expression of a group of the query in the table of a select. Visits after the period have bucket 0."""
    if select.table is Table.EVENTS:
        return _group_of_events(group, query)
    written = _group_of_visits(group, query, is_smeared=False)
    if isinstance(group, Interval):
        return fill("if(last < {}, {}, 0)", _end(query), written)
    return written


def is_smeared(select: Select) -> bool:
    """True if a visit counts in every hour or minute it lasts."""
    return select.query.interval in WITHIN_A_DAY and not VISIT_ONLY.issuperset(select.metrics)


def _group_of_events(group: Group, query: Query) -> Fragment:
    if isinstance(group, Interval):
        return fill("roundDown(toUnixTimestamp(time), {})", _edges(query, group))
    if group == dimensions.GOAL:
        names = [fill("if({}, {}, '')", conditions.reached(goal), text(goal.display_name)) for goal in query.goals]
        return fill("arrayJoin(arrayFilter(name -> name != '', [{}]))", join(", ", names or [Fragment("''")]))
    if group.events is not None:
        return group.events
    return Fragment(f"of_its_visit.v{query.groups.index(group)}")


def _join_of_visits(query: Query) -> Fragment:
    """Return the join that adds visit-only columns to events."""
    columns = [
        fill(f"{{}} as v{number}", group.visits)
        for number, group in enumerate(query.groups)
        if isinstance(group, Dimension) and group.events is None and group.visits is not None
    ]
    if not columns:
        return Fragment("")
    return fill(
        "inner join (\nselect visit_id, {}\nfrom visits final\nwhere {}\n) as of_its_visit using (visit_id)",
        join(", ", columns),
        in_period.of_visits(query),
    )


def _of_visits(select: Select) -> Fragment:
    query = select.query
    groups = [_group_of_visits(group, query, is_smeared=is_smeared(select)) for group in query.groups]
    # The columns do not depend on rates.
    return lines(_select(groups, metric_columns(select, NO_RATES)), rows_of(select), _group_by(query.groups))


def _metric_of_visits(metric: Metric, select: Select, counted: list[Fragment]) -> Fragment:
    if metric is Metric.BOUNCE_RATE and select.bounced:
        counted = [*counted, conditions.hold(Table.VISITS, select.bounced, select.query)]
    return expressions.of_visits(metric, join(" and ", counted) if counted else Fragment("1"))


def _counted(query: Query, *, is_smeared: bool) -> list[Fragment]:
    """Return the conditions for visits that count in ratios: each visit only in the bucket it ended in."""
    if not is_smeared or query.interval is None:
        return []
    ended = fill("roundDown(toUnixTimestamp(last), {})", _edges(query, query.interval))
    return [fill(f"{{}} = d{query.groups.index(query.interval)}", ended), fill("last < {}", _end(query))]


def _end(query: Query) -> Fragment:
    return value("DateTime('UTC')", query.period.end)


def _group_of_visits(group: Group, query: Query, *, is_smeared: bool) -> Fragment:
    if isinstance(group, Interval):
        edges = _edges(query, group)
        if not is_smeared:
            return fill("roundDown(toUnixTimestamp(last), {})", edges)
        # Every hour or minute of the period from start to last.
        first = fill("indexOf({}, roundDown(toUnixTimestamp(start), {}))", edges, edges)
        final = fill("indexOf({}, roundDown(toUnixTimestamp(least(last, {} - 1)), {}))", edges, _end(query), edges)
        return fill("arrayJoin(arraySlice({}, {}, {} - {} + 1))", edges, first, final, first)
    if group.visits is None:
        raise AssertionError(f"{group.name} is not in visits")
    return group.visits


def _edges(query: Query, interval: Interval) -> Fragment:
    starts = [int(bucket.start.timestamp()) for bucket in buckets(query.period, interval)]
    return value("Array(UInt32)", starts)


def _select(groups: Sequence[Fragment], columns: Sequence[Fragment]) -> Fragment:
    named = [fill(f"{{}} as d{number}", group) for number, group in enumerate(groups)] or [Fragment("'' as d0")]
    return fill("select {}", join(",\n", [*named, *columns]))


def _group_by(groups: Sequence[Group]) -> Fragment:
    """Return nothing without groups: the select then returns exactly one row, even without events."""
    return Fragment("group by " + ", ".join(f"d{number}" for number in range(len(groups))) if groups else "")


def _and(condition: Fragment) -> Fragment:
    return fill("and {}", condition) if condition.sql else condition
