"""A question about one site."""

from dataclasses import dataclass

from dashboard.stats.dimensions import Dimension
from dashboard.stats.error import QueryError
from dashboard.stats.metrics import Metric
from dashboard.stats.period import Interval, Period

MAX_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Query:
    """Metrics of a period: as one row, a row for each value of a dimension, or a row for each interval.

    Raises QueryError on a question that contradicts itself.
    """

    site_id: int
    period: Period
    metrics: tuple[Metric, ...]  # the first one orders the values of a dimension
    dimension: Dimension | None = None
    interval: Interval | None = None
    limit: int = 100  # rows of a dimension; intervals are never cut
    offset: int = 0

    def __post_init__(self) -> None:
        if not self.metrics or len(set(self.metrics)) < len(self.metrics):
            raise QueryError("ask for at least one metric, and for each once")
        if self.dimension and self.interval:
            raise QueryError("ask for a dimension or an interval, not for both")
        if not 1 <= self.limit <= MAX_LIMIT or self.offset < 0:
            raise QueryError(f"ask for 1 to {MAX_LIMIT} rows, and skip none or more")


__all__ = ["MAX_LIMIT", "Interval", "Query", "QueryError"]
