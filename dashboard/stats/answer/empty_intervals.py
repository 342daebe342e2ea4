"""Rows for intervals in which nothing happened, which the database has none for."""

from dashboard.stats.model.buckets import buckets
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Number, Result, Row

# Nothing has no duration and was read by nobody; everything else of it is 0.
_NOT_KNOWN = frozenset(
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
    """Return what a metric is where nothing happened."""
    return None if metric in _NOT_KNOWN else 0


def filled(result: Result, query: Query) -> Result:
    """Return the result of a query by an interval alone with a row for each interval of its period, in order."""
    if query.interval is None or query.dimensions:
        raise ValueError("only rows that are told apart by time alone can be filled up")
    known = {row.start: row.metrics for row in result.rows}
    nothing = tuple(of_metric(metric) for metric in query.metrics)
    starts = {int(bucket.start.timestamp()): bucket.label for bucket in buckets(query.period, query.interval)}
    rows = tuple(Row((label,), known.get(start, nothing), start) for start, label in starts.items())
    return Result(rows, len(rows), result.warnings)
