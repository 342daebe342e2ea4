"""Selects over the daily counts that return exactly what `events` and `visits` would.

Days without counts, such as today, are counted at query time. This is for what `counted.py` can't answer: lists in
an order by shares or by a metric of the other table, lists by week or month, and questions that are counted in part.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dashboard.stats.model.buckets import buckets
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval
from dashboard.stats.model.query import Query
from dashboard.stats.plan import Counts, Select, Slice
from dashboard.stats.sql import conditions
from dashboard.stats.sql.fragment import Fragment, fill, join, lines, text, texts, value
from schema.days.counts import (
    GOAL,
    NO_PROP,
    PROP,
    DayScope,
    events_sql,
    visits_sql,
)
from schema.measures.goals import GoalKind

_EPOCH = date(1970, 1, 1)
_COLUMN = re.compile(r"\bcounted\.(\w+)")
_PARAMETER = re.compile(r"\{(\w+):((?:[^{}()]|\([^{}]*\))+)\}")

# `first`: the day is the first of the period or of its bucket.
_OF_EVENTS: Mapping[Metric, str] = {
    Metric.VISITORS: "sum(counted.visitors) - sumIf(counted.visitors_again, not first)",
    Metric.VISITS: "sum(counted.visits) - sumIf(counted.visits_again, not first)",
    Metric.PAGEVIEWS: "sum(counted.pageviews)",
    Metric.EVENTS: "sum(counted.events)",
    Metric.SCROLL_DEPTH: "if(sum(counted.depth_visits) = 0, null, toUInt8(round("
    "(sum(counted.depth) - sumIf(counted.depth_again, not first))"
    " / (sum(counted.depth_visits) - sumIf(counted.depth_visits_again, not first)))))",
    Metric.TIME_ON_PAGE: "if(sum(counted.engaged_visits) = 0, null, toUInt32(round(sum(counted.engagement_ms) / 1000"
    " / (sum(counted.engaged_visits) - sumIf(counted.engaged_visits_again, not first)))))",
}


@dataclass(frozen=True, slots=True)
class _Source:
    """A table of counts, and the statement that counts a day at query time."""

    table: Fragment
    sql: Callable[[Slice, set[str]], str]  # of a slice, with some columns
    parameters: Callable[[DayScope, Slice], dict[str, Any]]


def of_events(select: Select, counts: Counts) -> Fragment:
    """Return the select over `daily_events` that replaces the one over `events`."""
    columns = [Fragment(f"{_of_events(metric, counts.part)} as {metric}") for metric in select.metrics]
    return _select(select.query, counts, columns, _EVENTS, having="sum(counted.visits) > 0")


def _of_events(metric: Metric, part: Slice) -> str:
    # A scroll goal is reached without an event to count.
    if metric is Metric.EVENTS and any(goal.kind is GoalKind.SCROLL for goal in part.goals):
        return "nullIf(count(), count())"
    return _OF_EVENTS[metric]


def of_visits(select: Select, counts: Counts) -> Fragment:
    """Return the select over `daily_visits` that replaces the one over `visits`."""
    by_time = select.query.interval is not None
    columns = [Fragment(f"{_of_visits(metric, by_time=by_time)} as {metric}") for metric in select.metrics]
    return _select(select.query, counts, columns, _VISITS, having=f"{_sum('visits', by_time=by_time)} > 0")


def scope_of(query: Query, day: date) -> DayScope:
    """Return what a query counts of a day: all of it, or until the end of the period."""
    is_cut = query.period.until is not None and day == query.period.last
    return DayScope(query.site_id, day, query.period.zone, query.period.until if is_cut else None)


def _of_visits(metric: Metric, *, by_time: bool) -> str:
    def total(column: str) -> str:
        return _sum(column, by_time=by_time)

    match metric:
        case Metric.VISITORS:
            return total("visitors") + (" - sumIf(counted.ended_visitors_again, not first)" if by_time else "")
        case Metric.VIEWS_PER_VISIT:
            return f"ifNotFinite(round(({total('pageviews')}) / ({total('visits')}), 2), 0)"
        case Metric.BOUNCE_RATE:
            return f"toUInt32(ifNotFinite(round(100 * ({total('bounces')}) / ({total('visits')})), 0))"
        case Metric.VISIT_DURATION:
            return f"toUInt32(ifNotFinite(round(({total('duration')}) / ({total('visits')})), 0))"
        case _:
            return total(metric.value)


def _sum(column: str, *, by_time: bool) -> str:
    """Return the sum over days: by time, of visits that ended there; else of visits started or carried over."""
    if by_time:
        return f"sum(counted.ended_{column})"
    return f"sum(counted.started_{column}) + sumIf(counted.carried_{column}, first)"


def _counted(query: Query, counts: Counts, source: _Source, columns: set[str]) -> Fragment:
    """Return the `from` operand with the counts of every day of the period."""
    part, missing = counts.part, list(counts.missing)
    kept = fill(
        "where site_id = {}\nand dimension = {}\nand day >= {}\nand day <= {}\nand day not in {}{}",
        value("UInt32", query.site_id),
        text(part.dimension),
        value("Date", query.period.first),
        value("Date", query.period.last),
        value("Array(Date)", missing),
        _narrowing("\nand", part),
    )
    if not missing:
        return fill("{} as counted final\n{}", source.table, kept)
    names = Fragment(", ".join(sorted(columns)))
    parts = [
        fill("select {} from {} final\n{}", names, source.table, kept),
        *(
            fill(
                "select {} from (\n{}\n){}",
                names,
                _on_the_spot(query, day, part, source, columns),
                _narrowing(" where", part),
            )
            for day in missing
        ),
    ]
    return fill("(\n{}\n) as counted", join("\nunion all\n", parts))


def _narrowing(word: str, part: Slice) -> Fragment:
    if part.props and part.content == "":
        return fill("{} value in {}", Fragment(word), texts(["", NO_PROP]))
    if part.content is not None:
        return fill("{} value = {}", Fragment(word), text(part.content))
    if part.conditions:
        matching = [conditions.of_value(condition, "value") for condition in part.conditions]
        return fill("{} {}", Fragment(word), join(" and ", matching))
    return Fragment("")


def _on_the_spot(query: Query, day: date, part: Slice, source: _Source, columns: set[str]) -> Fragment:
    local = scope_of(query, day)
    return with_values(source.sql(part, {*columns, "value"}), source.parameters(local, part))


def with_values(sql: str, parameters: Mapping[str, Any]) -> Fragment:
    """Return a statement with its parameters renamed by value, so several statements can be combined."""
    kinds = {match[1]: match[2] for match in _PARAMETER.finditer(sql)}
    values = {name: value(kind, parameters[name]) for name, kind in kinds.items()}
    renamed = _PARAMETER.sub(lambda match: values[match[1]].sql, sql)
    return Fragment(renamed, {name: content for part in values.values() for name, content in part.params.items()})


def _select(query: Query, counts: Counts, columns: list[Fragment], source: _Source, *, having: str) -> Fragment:
    part = counts.part
    numbers = {_number(bucket.start.astimezone(query.period.zone).date()): bucket.start for bucket in _buckets(query)}
    firsts = value("Array(UInt16)", list(numbers))
    starts = value("Array(UInt32)", [int(start.timestamp()) for start in numbers.values()])
    groups = [
        fill(
            "transform(roundDown(toUInt16(counted.day), {}), {}, {}, toUInt32(0)) as d{}",
            firsts,
            firsts,
            starts,
            _plain(number),
        )
        if isinstance(group, Interval)
        else fill("{} as d{}", _value(group), _plain(number))
        for number, group in enumerate(query.groups)
    ] or [Fragment("'' as d0")]
    names = ", ".join(f"d{number}" for number in range(len(query.groups)))
    selected = join(",\n", [*groups, *columns])
    needed = {"day", *_COLUMN.findall(f"{selected.sql} {having}"), *(["value"] if part.content is None else [])}
    return lines(
        fill("with has({}, toUInt16(counted.day)) as first", firsts),
        fill("select {}", selected),
        fill("from {}", _counted(query, counts, source, needed)),
        Fragment(f"group by {names}\nhaving {having}" if names else ""),
    )


def _value(group: Dimension) -> Fragment:
    if group.is_prop:
        return Fragment(f"if(counted.value = '{NO_PROP}', '', counted.value)")  # two rows in counts of version 0.2.0
    return Fragment("counted.value")


def _buckets(query: Query) -> Sequence[Any]:
    if query.interval is None:
        return buckets(query.period, Interval.MONTH)[:1]
    return buckets(query.period, query.interval)


def _plain(number: int) -> Fragment:
    return Fragment(str(number))


def _number(day: date) -> int:
    """Return the number that ClickHouse stores for a date."""
    return (day - _EPOCH) // timedelta(days=1)


_EVENTS = _Source(
    Fragment("daily_events"),
    lambda part, columns: events_sql(
        [] if part.dimension.startswith((GOAL, PROP)) else [part.dimension],
        has_props=part.dimension.startswith(PROP),
        has_goals=part.dimension == GOAL,
        columns=columns,
    ),
    lambda day, part: day.event_parameters(props=part.props, goals=part.goals),
)
_VISITS = _Source(
    Fragment("daily_visits"),
    lambda part, columns: visits_sql([part.dimension], columns),
    lambda day, _wanted: day.parameters(),
)
