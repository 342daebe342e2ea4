"""Rows for intervals without events, which the database does not return."""

from dashboard.stats.model.buckets import buckets
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Number, Result, Row

# Averages and shares of nothing are unknown; counts are 0.
_UNKNOWN_IF_EMPTY = frozenset(
    {
        Metric.VISIT_DURATION,
        Metric.SCROLL_DEPTH,
        Metric.TIME_ON_PAGE,
        Metric.TOTAL_REVENUE,
        Metric.AVERAGE_REVENUE,
        Metric.PERCENTAGE,
    }
)


def of_metric(metric: Metric) -> Number:
    """Return the value of a metric without events."""
    return None if metric in _UNKNOWN_IF_EMPTY else 0


def filled(result: Result, query: Query) -> Result:
    """Return a row for each interval of the period, in order. The query must be grouped by an interval only."""
    if query.interval is None or query.dimensions:
        raise ValueError("only rows grouped by an interval alone can be filled")
    metrics_by_start = {row.start: row.metrics for row in result.rows}
    empty = tuple(of_metric(metric) for metric in query.metrics)
    starts = {int(bucket.start.timestamp()): bucket.label for bucket in buckets(query.period, query.interval)}
    rows = tuple(Row((label,), metrics_by_start.get(start, empty), start) for start, label in starts.items())
    return Result(rows, len(rows), result.warnings)
