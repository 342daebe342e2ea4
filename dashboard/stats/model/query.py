"""A query about one site."""

from dataclasses import dataclass
from typing import TypeAlias

from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import Condition, Filter, Reaches, leaves
from dashboard.stats.model.metrics import CONVERSIONS, Metric
from dashboard.stats.model.period import Interval, Period
from schema.measures.goals import Goal

MAX_LIMIT = 10_000

Group: TypeAlias = Dimension | Interval


@dataclass(frozen=True, slots=True)
class Order:
    by: Metric | Group
    is_descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """Metrics of a period: one row, or one row per group. Raises QueryError if the parts contradict each other."""

    site_id: int
    period: Period
    metrics: tuple[Metric, ...]
    groups: tuple[Group, ...] = ()
    filters: tuple[Filter, ...] = ()  # a row must match all
    order: tuple[Order, ...] = ()  # empty: by time, then by the first metric, descending
    limit: int = MAX_LIMIT
    offset: int = 0
    goals: tuple[Goal, ...] = ()  # the groups of dimensions.GOAL
    counts_rows: bool = False  # also return the number of rows without limit and offset
    counts_whole_visits: bool = False  # pageviews and events may come from whole visits

    def __post_init__(self) -> None:
        if not self.metrics or len(set(self.metrics)) < len(self.metrics):
            raise QueryError("Name at least one metric, and each metric only once")
        if len(set(self.groups)) < len(self.groups) or sum(isinstance(group, Interval) for group in self.groups) > 1:
            raise QueryError("Name each dimension only once, and at most one time interval")
        if not 1 <= self.limit <= MAX_LIMIT or self.offset < 0:
            raise QueryError("The limit must be from 1 to %(most)s, the offset 0 or more", most=MAX_LIMIT)
        for order in self.order:
            if order.by not in (*self.metrics, *self.groups):
                raise QueryError("Rows can only be ordered by a metric or dimension of the query")
        self._check_metrics()

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """Return the groups without the interval."""
        return tuple(group for group in self.groups if isinstance(group, Dimension))

    @property
    def interval(self) -> Interval | None:
        """Return the interval that rows are grouped by, or None."""
        return next((group for group in self.groups if isinstance(group, Interval)), None)

    @property
    def has_goal(self) -> bool:
        """True if the query groups or filters by goals."""
        return dimensions.GOAL in self.groups or any(isinstance(leaf, Reaches) for leaf in leaves(self.filters))

    def _check_metrics(self) -> None:
        if not self.has_goal:
            for metric in CONVERSIONS.intersection(self.metrics):
                raise QueryError("%(metric)s needs a filter on event:goal, or event:goal as a dimension", metric=metric)
        is_by_page = dimensions.PAGE in self.groups
        if Metric.SCROLL_DEPTH in self.metrics and not (is_by_page or any(map(_is_page, self.filters))):
            raise QueryError("scroll_depth needs a filter on event:page at the top level, or event:page as a dimension")
        has_page = is_by_page or any(map(_is_page, leaves(self.filters)))
        if Metric.TIME_ON_PAGE in self.metrics and not has_page:
            raise QueryError("time_on_page needs a filter on event:page, or event:page as a dimension")
        if Metric.VIEWS_PER_VISIT in self.metrics and (self.dimensions or has_page):
            raise QueryError("views_per_visit can't be broken down, or combined with a filter on event:page")


def _is_page(node: Filter) -> bool:
    return isinstance(node, Condition) and node.dimension == dimensions.PAGE


__all__ = ["MAX_LIMIT", "Group", "Interval", "Order", "Query", "QueryError"]
