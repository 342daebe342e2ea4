"""A question about one site."""

from dataclasses import dataclass
from typing import TypeAlias

from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import Filter, Reaches, is_on, leaves
from dashboard.stats.model.metrics import CONVERSIONS, Metric
from dashboard.stats.model.period import Interval, Period
from schema.measures.goals import Goal

MAX_LIMIT = 10_000

Group: TypeAlias = Dimension | Interval  # what rows are told apart by


@dataclass(frozen=True, slots=True)
class Order:
    by: Metric | Group
    is_descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """Metrics of a period: as one row, or a row for each value of what it is grouped by.

    Raises QueryError on a question that contradicts itself.
    """

    site_id: int
    period: Period
    metrics: tuple[Metric, ...]
    groups: tuple[Group, ...] = ()
    filters: tuple[Filter, ...] = ()  # all of them hold
    order: tuple[Order, ...] = ()  # none: time in order, then the greatest first metric
    limit: int = MAX_LIMIT
    offset: int = 0
    goals: tuple[Goal, ...] = ()  # those that dimensions.GOAL tells apart
    counts_rows: bool = False  # also how many rows there are without limit and offset
    counts_whole_visits: bool = False  # page views and events may be all those of the visits

    def __post_init__(self) -> None:
        if not self.metrics or len(set(self.metrics)) < len(self.metrics):
            raise QueryError("ask for at least one metric, and for each once")
        if len(set(self.groups)) < len(self.groups) or sum(isinstance(group, Interval) for group in self.groups) > 1:
            raise QueryError("ask for each dimension once, and for one interval of time")
        if not 1 <= self.limit <= MAX_LIMIT or self.offset < 0:
            raise QueryError(f"ask for 1 to {MAX_LIMIT} rows, and skip none or more")
        for order in self.order:
            if order.by not in (*self.metrics, *self.groups):
                raise QueryError("rows can be ordered by a metric or dimension that is asked for")
        self._check_metrics()

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """Return what rows are told apart by, time aside."""
        return tuple(group for group in self.groups if isinstance(group, Dimension))

    @property
    def interval(self) -> Interval | None:
        """Return the interval of time that rows are told apart by."""
        return next((group for group in self.groups if isinstance(group, Interval)), None)

    @property
    def has_goal(self) -> bool:
        """True where rows or filters are about goals."""
        return dimensions.GOAL in self.groups or any(isinstance(leaf, Reaches) for leaf in leaves(self.filters))

    def _check_metrics(self) -> None:
        if not self.has_goal:
            for metric in CONVERSIONS.intersection(self.metrics):
                raise QueryError(f"{metric} needs a filter on event:goal, or event:goal as a dimension")
        if not self._has_page:
            for metric in {Metric.SCROLL_DEPTH, Metric.TIME_ON_PAGE}.intersection(self.metrics):
                raise QueryError(f"{metric} needs a filter on event:page, or event:page as a dimension")
        if Metric.VIEWS_PER_VISIT in self.metrics and (self.dimensions or self._has_page):
            raise QueryError("views_per_visit can't be broken down, nor be asked for with a filter on event:page")

    @property
    def _has_page(self) -> bool:
        return dimensions.PAGE in self.groups or any(is_on(dimensions.PAGE, each) for each in self.filters)


__all__ = ["MAX_LIMIT", "Group", "Interval", "Order", "Query", "QueryError"]
