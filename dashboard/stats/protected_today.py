"""Protected rows of a question about today that the daily counts of an exempt site have no combination for.

Today still has its events. Each row is a cell: it is rounded, and shown if it has enough visitors.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from dashboard.stats.answer.compared_rows import in_order
from dashboard.stats.answer.day_sums import hundredths, share_of
from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import CONVERSIONS, COUNTS, SHARES, Metric
from dashboard.stats.model.query import MAX_LIMIT, Group, Query
from dashboard.stats.model.result import Number, Result, Row
from dashboard.stats.plan import base_of, without_goals
from dashboard.stats.protection import limits, rounding
from dashboard.stats.protection.limits import REST

Ask: TypeAlias = Callable[[Query], Result]


def of_today(query: Query, exact: Ask) -> Result:
    """Return the protected rows of a question about today that the counts have no combination for."""
    exact_query = replace(query, metrics=_exact_metrics(query), order=(), limit=MAX_LIMIT, offset=0, counts_rows=False)
    totals = {metric: _exact_total(query, metric, exact) for metric in SHARES.intersection(query.metrics)}
    every = exact(exact_query).rows
    rows = [
        _protected(query, exact_query, row, totals)
        for row in every
        if rounding.is_shown(_number(exact_query, row)) or not query.groups
    ]
    if query.groups:
        rows = in_order(rows, query)
        if query.dimensions and not query.interval and len(rows) < len(every) and not limits.is_of_goals(query):
            rows.append(Row((REST,), (None,) * len(query.metrics), is_rest=True))
    shown = tuple(rows[query.offset : query.offset + query.limit])
    return Result(shown, (len(rows) if shown else 0) if query.counts_rows else None)


def _exact_metrics(query: Query) -> tuple[Metric, ...]:
    needed = [Metric.VISITORS, Metric.VISITS, *(metric for metric in query.metrics if metric not in SHARES)]
    return tuple(dict.fromkeys(needed))


def _number(exact_query: Query, row: Row, metric: Metric = Metric.VISITORS) -> float:
    return row.numbers[exact_query.metrics.index(metric)]


def _protected(
    query: Query, exact_query: Query, row: Row, totals: Mapping[Metric, Mapping[tuple[str, ...], int]]
) -> Row:
    return replace(row, metrics=tuple(_protected_metric(metric, exact_query, row, totals) for metric in query.metrics))


def _protected_metric(
    metric: Metric, exact_query: Query, row: Row, totals: Mapping[Metric, Mapping[tuple[str, ...], int]]
) -> Number:
    visitors, visits = _number(exact_query, row), _number(exact_query, row, Metric.VISITS)
    if metric in totals:
        of = totals[metric]
        return share_of(metric, rounding.shown(visitors, visitors), of.get(row.groups, of.get((), 0)))
    number = row.metrics[exact_query.metrics.index(metric)]
    if number is None:
        return None
    if metric in COUNTS:
        return rounding.shown(_number(exact_query, row, metric), visitors)
    count = rounding.shown(visits, visitors)
    if not count:
        return None
    average = rounding.weighted(_number(exact_query, row, metric) * visits / _scale(metric), visits, visitors) / count
    return hundredths(average) if metric is Metric.VIEWS_PER_VISIT else round(average * _scale(metric))


def _scale(metric: Metric) -> int:
    return 100 if metric is Metric.BOUNCE_RATE else 1


def _exact_total(query: Query, metric: Metric, exact: Ask) -> dict[tuple[str, ...], int]:
    """Return the visitors that are 100 percent of a share: of all rows, or of each row."""
    base = base_of(query, metric)
    if metric in CONVERSIONS - {Metric.CONVERSION_RATE}:
        kept: tuple[Group, ...] = tuple(group for group in query.groups if group != dimensions.GOAL)
        base = Query(query.site_id, query.period, (Metric.VISITORS,), kept, without_goals(query.filters))
    return {row.groups: rounding.shown(row.numbers[0], row.numbers[0]) for row in exact(base).rows}
