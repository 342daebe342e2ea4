"""Answers of the Stats API, version 2: the rows, and the query as it was parsed."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from dashboard.api import money
from dashboard.stats.answer.compared_rows import compared_rows, labels_of
from dashboard.stats.answer.percent_change import change
from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import Group, Query
from dashboard.stats.model.result import MetricWarning, Money, Number, Result, Row
from dashboard.stats.parse.v2 import ParsedQuery, name_of
from dashboard.stats.sql.statement import ordered

_UTC = frozenset(f"{area}{name}" for area in ("", "Etc/") for name in ("UTC", "UCT", "Universal", "Zulu"))
_WARNINGS = {
    MetricWarning.NO_REVENUE_GOALS: "There is no revenue: none of the goals in this query has a currency.",
    MetricWarning.SEVERAL_CURRENCIES: "There is no revenue: the goals in this query have several currencies. Filter by"
    " one goal, or break down by event:goal.",
}


def answer(
    domain: str, parsed: ParsedQuery, result: Result, compared: tuple[Query, Result] | None = None
) -> dict[str, Any]:
    """Return the body of an answer. compared: the query for the period to compare with, and its result."""
    query = parsed.query
    lines = [_row(query, row) for row in result.rows]
    echo = _echo(domain, parsed)
    if compared:
        for line, row in zip(lines, compared_rows(query, result, *compared), strict=True):
            line["comparison"] = _comparison(query, line, row)
        echo["comparison_date_range"] = _date_range(compared[0].period)
    return {"results": lines, "meta": _meta(parsed, result), "query": echo}


def label(group: Group, content: str) -> str | int:
    """Return the value of a group as JSON."""
    if group == dimensions.CITY:
        return int(content or 0)
    if isinstance(group, Interval):
        return content
    return content or group.empty_label


def number(content: Number) -> Any:
    """Return a metric as JSON."""
    return money.shown(content) if isinstance(content, Money) else content


def _row(query: Query, row: Row) -> dict[str, Any]:
    return {
        "metrics": [number(content) for content in row.metrics],
        "dimensions": [label(group, content) for group, content in zip(query.groups, row.groups, strict=True)],
    }


def _comparison(query: Query, line: Mapping[str, Any], other: Row) -> dict[str, Any]:
    other_line = _row(query, other)
    pairs = zip(query.metrics, line["metrics"], other_line["metrics"], strict=True)
    return other_line | {"change": [change(_plain(new), _plain(old), metric) for metric, new, old in pairs]}


def _plain(content: Any) -> float | None:
    plain: float | None = content["value"] if isinstance(content, dict) else content
    return plain


def _meta(parsed: ParsedQuery, result: Result) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    if parsed.include.imports:
        # Imports are stored as ordinary events; there are no imported daily totals.
        meta |= {"imports_included": False, "imports_skip_reason": "no_imported_data"}
    if result.warnings:
        meta["metric_warnings"] = {
            metric.value: {"code": warning.value, "warning": _WARNINGS[warning]}
            for metric, warning in result.warnings.items()
        }
    if parsed.include.time_labels:
        meta["time_labels"] = list(labels_of(parsed.query).values())
    if result.counted_since:
        meta["counted_since"] = {goal: day.isoformat() for goal, day in result.counted_since.items()}
    if result.total_rows is not None:
        meta["total_rows"] = result.total_rows
    return meta


def _echo(domain: str, parsed: ParsedQuery) -> dict[str, Any]:
    query = parsed.query
    include = msgspec.to_builtins(parsed.include)  # without defaults
    if parsed.comparison:
        include["comparisons"] = {"mode": parsed.comparison.mode.value}
    return {
        "site_id": domain,
        "metrics": [metric.value for metric in query.metrics],
        "date_range": _date_range(query.period),
        "filters": parsed.filters_echo,
        "dimensions": [name_of(group) for group in query.groups],
        "order_by": [[_name(order.by), "desc" if order.is_descending else "asc"] for order in ordered(query)],
        "include": include,
        "pagination": {"limit": query.limit, "offset": query.offset},
    }


def _name(by: Metric | Group) -> str:
    return by.value if isinstance(by, Metric) else name_of(by)


def _date_range(period: Period) -> list[str]:
    """Return the first and last second as local times with their UTC offsets, which is Z for a site in UTC."""
    last = period.end - timedelta(seconds=1)
    texts = [instant.astimezone(period.zone).isoformat(timespec="seconds") for instant in (period.start, last)]
    return [text.replace("+00:00", "Z") for text in texts] if period.zone.key in _UTC else texts


def columns(parsed: ParsedQuery, result: Result) -> dict[str, Sequence[Any]]:
    """Return the rows as columns: dimensions, metrics, and the currencies of amounts."""
    query = parsed.query
    table: dict[str, Sequence[Any]] = {
        name_of(group): [label(group, row.groups[position]) for row in result.rows]
        for position, group in enumerate(query.groups)
    }
    for position, metric in enumerate(query.metrics):
        cells = [row.metrics[position] for row in result.rows]
        table[metric.value] = [float(cell.amount) if isinstance(cell, Money) else cell for cell in cells]
        if any(isinstance(cell, Money) for cell in cells):
            table[f"{metric.value}_currency"] = [cell.currency if isinstance(cell, Money) else None for cell in cells]
    return table
