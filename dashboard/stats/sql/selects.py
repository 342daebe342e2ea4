"""The select over one table for a query, with the columns d0, d1, ... and the metrics.

Without groups, d0 is an empty text: the selects of two tables can always be joined.
"""

from collections.abc import Sequence
from dataclasses import replace

from dashboard.stats.model import dimensions
from dashboard.stats.model.buckets import buckets
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.filters import Filter, is_on, of_entry
from dashboard.stats.model.metrics import VISIT_ONLY, Metric
from dashboard.stats.model.period import Interval
from dashboard.stats.model.query import Group, Query
from dashboard.stats.sql import conditions, expressions, from_counts, in_period
from dashboard.stats.sql.conditions import Table
from dashboard.stats.sql.fragment import Fragment, fill, join, lines, text, value
from schema.days.rollups import RolledDays
from schema.measures.rates import Rates


def of_events(query: Query, metrics: tuple[Metric, ...], rates: Rates, rolled: RolledDays | None) -> Fragment:
    """Return the select over `events`, or over the daily counts if they give the same result."""
    if of_days := from_counts.of_events(query, metrics, rolled):
        return of_days
    goal_column = next((f"d{number}" for number, group in enumerate(query.groups) if group == dimensions.GOAL), "")
    columns = [
        fill(f"{{}} as {metric}", expressions.of_events(metric, query, rates, goal_column=goal_column))
        for metric in metrics
    ]
    groups = [_group_of_events(group, query) for group in query.groups]
    return lines(
        _select(groups, columns),
        Fragment("from events"),
        _join_of_visits(query),
        fill("where {}", in_period.of_events(query)),
        _and(conditions.hold(Table.EVENTS, query.filters, query)),
        _group_by(query.groups),
    )


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


def of_visits(query: Query, metrics: tuple[Metric, ...], rolled: RolledDays | None) -> Fragment:
    """Return the select over `visits`, or over the daily counts if they give the same result."""
    if dimensions.PAGE in query.groups:
        query = _by_entry_page(query)
    if of_days := from_counts.of_visits(query, metrics, rolled):
        return of_days
    is_smeared = query.interval is Interval.HOUR and not VISIT_ONLY.issuperset(metrics)
    counted = _counted(query, is_smeared=is_smeared)
    columns = [fill(f"{{}} as {metric}", _of_visits(metric, query, counted)) for metric in metrics]
    return lines(
        _select([_group_of_visits(group, query, is_smeared=is_smeared) for group in query.groups], columns),
        Fragment("from visits final"),
        fill("where {}", in_period.of_visits(query)),
        # A visit counts in the bucket it ended in. A visit that ends after the period has no bucket.
        fill("and last < {}", _end(query)) if query.interval and not is_smeared else Fragment(""),
        _and(conditions.hold(Table.VISITS, query.filters, query)),
        _group_by(query.groups),
    )


def _by_entry_page(query: Query) -> Query:
    """Return a query by page as a query by entry page."""
    entries = {dimensions.PAGE: dimensions.ENTRY_PAGE, dimensions.HOSTNAME: dimensions.ENTRY_HOSTNAME}
    groups = tuple(entries.get(group, group) if isinstance(group, Dimension) else group for group in query.groups)
    filters = tuple(of_entry(node) if _is_about_page(node) else node for node in query.filters)
    return replace(query, groups=groups, filters=filters, order=())


def _is_about_page(node: Filter) -> bool:
    return is_on(dimensions.PAGE, node) or is_on(dimensions.HOSTNAME, node)


def _of_visits(metric: Metric, query: Query, counted: list[Fragment]) -> Fragment:
    if metric is Metric.BOUNCE_RATE:
        # A bounce has a single page view. With a filter on a page, it must be of that page.
        pages = [of_entry(node) for node in query.filters if is_on(dimensions.PAGE, node)]
        counted = [*counted, conditions.hold(Table.VISITS, pages, query)] if pages else counted
    return expressions.of_visits(metric, join(" and ", counted) if counted else Fragment("1"))


def _counted(query: Query, *, is_smeared: bool) -> list[Fragment]:
    """Return the conditions for visits that count in ratios: each visit only in the bucket it ended in."""
    if not is_smeared:
        return []
    ended = fill("roundDown(toUnixTimestamp(last), {})", _edges(query, Interval.HOUR))
    return [fill(f"{{}} = d{query.groups.index(Interval.HOUR)}", ended), fill("last < {}", _end(query))]


def _end(query: Query) -> Fragment:
    return value("DateTime('UTC')", query.period.end)


def _group_of_visits(group: Group, query: Query, *, is_smeared: bool) -> Fragment:
    if isinstance(group, Interval):
        edges = _edges(query, group)
        if not is_smeared:
            return fill("roundDown(toUnixTimestamp(last), {})", edges)
        # Every hour of the period from start to last.
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
