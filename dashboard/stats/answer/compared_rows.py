"""Rows of two periods side by side. Values correspond by name, intervals by position."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from dashboard.stats.answer import empty_intervals
from dashboard.stats.model.buckets import buckets
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval
from dashboard.stats.model.query import Group, Query
from dashboard.stats.model.result import Money, Result, Row
from dashboard.stats.sql.statement import ordered


def with_empty_intervals(query: Query, result: Result, other_query: Query, other: Result) -> Result:
    """Return the result with a row for each row of the other period that has none, in the order of the query.

    result: all rows, without limit and offset. Intervals that only the other period has are left out.
    """
    rows = {_key(query, row): row for row in result.rows}
    starts, labels = _starts(query), labels_of(query)
    for row in other.rows:
        start = starts.get(_positions(other_query)[row.start])
        if start is not None and (key := (start, _values(other_query, row))) not in rows:
            rows[key] = _empty(query, row.groups, start, labels[start])
    merged = in_order(list(rows.values()), query)
    shown = merged[query.offset : query.offset + query.limit]
    return Result(tuple(shown), (len(merged) if shown else 0) if query.counts_rows else None, result.warnings)


def compared_rows(query: Query, result: Result, other_query: Query, other: Result) -> list[Row]:
    """Return the row of the other period for each row."""
    positions, other_starts, labels = _positions(query), _starts(other_query), labels_of(other_query)
    other_rows = {_key(other_query, row): row for row in other.rows}
    rows = []
    for row in result.rows:
        start = other_starts.get(positions[row.start]) if row.start is not None else None
        empty = _empty(query, row.groups, start, labels.get(start, ""))
        rows.append(other_rows.get((start, _values(query, row)), empty))
    return rows


def labels_of(query: Query) -> Mapping[int | None, str]:
    """Return the labels of all intervals of the period, by start."""
    if query.interval is None:
        return {}
    return {int(bucket.start.timestamp()): bucket.label for bucket in buckets(query.period, query.interval)}


def _positions(query: Query) -> Mapping[int | None, int]:
    return {start: position for position, start in enumerate(labels_of(query))}


def _starts(query: Query) -> Mapping[int, int | None]:
    return {position: start for start, position in _positions(query).items()}


def _key(query: Query, row: Row) -> tuple[int | None, tuple[str, ...]]:
    return row.start, _values(query, row)


def _values(query: Query, row: Row) -> tuple[str, ...]:
    pairs = zip(query.groups, row.groups, strict=True)
    return tuple(content for group, content in pairs if not isinstance(group, Interval))


def _empty(query: Query, groups: tuple[str, ...], start: int | None, label: str) -> Row:
    """Return a row without events, for the values of another row and an interval."""
    values = tuple(
        label if isinstance(group, Interval) else content for group, content in zip(query.groups, groups, strict=True)
    )
    return Row(values, tuple(empty_intervals.of_metric(metric) for metric in query.metrics), start)


def in_order(rows: list[Row], query: Query) -> list[Row]:
    """Return rows in the order that the database would return them in: unknown values last."""
    for group in reversed(query.groups):
        rows = sorted(rows, key=partial(_rank, query, group))
    for order in reversed(ordered(query)):
        rank = partial(_rank, query, order.by)
        ranked = sorted((row for row in rows if rank(row) is not None), key=rank, reverse=order.is_descending)
        rows = ranked + [row for row in rows if rank(row) is None]
    return rows


def _rank(query: Query, by: Metric | Group, row: Row) -> Any:
    if isinstance(by, Metric):
        number = row.metrics[query.metrics.index(by)]
        return number.amount if isinstance(number, Money) else number
    return row.start if isinstance(by, Interval) else row.groups[query.groups.index(by)]
