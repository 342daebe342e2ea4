"""What the Stats API, version 2, answers: rows as programs read them, and what was asked as it was understood."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from dashboard.api import money
from dashboard.stats.answer import empty_intervals
from dashboard.stats.answer.percent_change import change
from dashboard.stats.model import dimensions
from dashboard.stats.model.buckets import buckets
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import Group, Query
from dashboard.stats.model.result import MetricWarning, Money, Number, Result, Row
from dashboard.stats.parse.v2 import ParsedQuery, name_of
from dashboard.stats.sql.statement import ordered

_WARNINGS = {
    MetricWarning.NO_REVENUE_GOALS: "There is no revenue: no goal with a currency is among those asked about.",
    MetricWarning.SEVERAL_CURRENCIES: "There is no revenue: the goals asked about have several currencies. Ask about"
    " one, or break down by event:goal.",
}


def answer(
    domain: str, asked: ParsedQuery, result: Result, before: tuple[Query, Result] | None = None
) -> dict[str, Any]:
    """Return the body of an answer. before: the question about the other period of a comparison, and its result."""
    query = asked.query
    shown = [_row(query, row) for row in result.rows]
    if before:
        for line, other in zip(shown, _others(query, result, *before), strict=True):
            line["comparison"] = _comparison(query, line, other)
    echo = _echo(domain, asked)
    if before:
        echo["comparison_date_range"] = _date_range(before[0].period)
    return {"results": shown, "meta": _meta(asked, result), "query": echo}


def label(group: Group, content: str) -> str | int:
    """Return a value as programs know it."""
    if group == dimensions.CITY:
        return int(content or 0)
    if isinstance(group, Interval):
        return content
    return content or group.empty_label


def number(content: Number) -> Any:
    """Return a metric as JSON has it."""
    return money.shown(content) if isinstance(content, Money) else content


def _row(query: Query, row: Row) -> dict[str, Any]:
    return {
        "metrics": [number(content) for content in row.metrics],
        "dimensions": [label(group, content) for group, content in zip(query.groups, row.groups, strict=True)],
    }


def _others(query: Query, result: Result, other_query: Query, other: Result) -> list[Row]:
    """Return for each row the one of the other period that it is compared with: time goes by position."""
    starts = _positions(query)
    other_starts = {position: start for start, position in _positions(other_query).items()}
    labels = _labels(other_query)
    known = {(row.start, _values(other_query, row)): row for row in other.rows}
    nothing = tuple(empty_intervals.of_metric(metric) for metric in query.metrics)
    found = []
    for row in result.rows:
        start = other_starts.get(starts[row.start]) if row.start is not None else None
        groups = tuple(
            labels.get(start, "") if isinstance(group, Interval) else content
            for group, content in zip(query.groups, row.groups, strict=True)
        )
        found.append(known.get((start, _values(query, row)), Row(groups, nothing, start)))
    return found


def _positions(query: Query) -> Mapping[int | None, int]:
    return {start: position for position, start in enumerate(_labels(query))}


def _labels(query: Query) -> Mapping[int | None, str]:
    if query.interval is None:
        return {}
    return {int(bucket.start.timestamp()): bucket.label for bucket in buckets(query.period, query.interval)}


def _values(query: Query, row: Row) -> tuple[str, ...]:
    pairs = zip(query.groups, row.groups, strict=True)
    return tuple(content for group, content in pairs if not isinstance(group, Interval))


def _comparison(query: Query, line: Mapping[str, Any], other: Row) -> dict[str, Any]:
    shown = _row(query, other)
    pairs = zip(query.metrics, line["metrics"], shown["metrics"], strict=True)
    return shown | {"change": [change(_plain(new), _plain(old), metric) for metric, new, old in pairs]}


def _plain(content: Any) -> float | None:
    found: float | None = content["value"] if isinstance(content, dict) else content
    return found


def _meta(asked: ParsedQuery, result: Result) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    if "imports" in asked.include:
        # Totals by day from elsewhere are not kept: what is imported are events like any other.
        meta |= {"imports_included": False, "imports_skip_reason": "no_imported_data"}
    if result.warnings:
        meta["metric_warnings"] = {
            metric.value: {"code": warning.value, "warning": _WARNINGS[warning]}
            for metric, warning in result.warnings.items()
        }
    if "time_labels" in asked.include:
        meta["time_labels"] = list(_labels(asked.query).values())
    if result.total_rows is not None:
        meta["total_rows"] = result.total_rows
    return meta


def _echo(domain: str, asked: ParsedQuery) -> dict[str, Any]:
    query = asked.query
    include: dict[str, Any] = dict.fromkeys(sorted(asked.include.flags), True)
    if asked.include.comparison:
        include["comparisons"] = {"mode": asked.include.comparison.mode.value}
    return {
        "site_id": domain,
        "metrics": [metric.value for metric in query.metrics],
        "date_range": _date_range(query.period),
        "filters": asked.filters_echo,
        "dimensions": [name_of(group) for group in query.groups],
        "order_by": [[_name(order.by), "desc" if order.is_descending else "asc"] for order in ordered(query)],
        "include": include,
        "pagination": {"limit": query.limit, "offset": query.offset},
    }


def _name(by: Metric | Group) -> str:
    return by.value if isinstance(by, Metric) else name_of(by)


def _date_range(period: Period) -> list[str]:
    """Return the first and the last second, local, with the offset from UTC that they have."""
    last = period.end - timedelta(seconds=1)
    return [instant.astimezone(period.zone).isoformat(timespec="seconds") for instant in (period.start, last)]


def columns(asked: ParsedQuery, result: Result) -> dict[str, Sequence[Any]]:
    """Return the rows as a table, column by column: dimensions, metrics, and the currency of amounts."""
    query = asked.query
    table: dict[str, Sequence[Any]] = {
        name_of(group): [label(group, row.groups[position]) for row in result.rows]
        for position, group in enumerate(query.groups)
    }
    for position, metric in enumerate(query.metrics):
        found = [row.metrics[position] for row in result.rows]
        table[metric.value] = [float(each.amount) if isinstance(each, Money) else each for each in found]
        if any(isinstance(each, Money) for each in found):
            table[f"{metric.value}_currency"] = [each.currency if isinstance(each, Money) else None for each in found]
    return table
