"""Questions of the Stats API, version 2: parsed JSON becomes a query.

What is wrong is told a line for each top-level key, as in `#/metrics/0: Invalid metric "x"`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from dashboard.stats.model import dimensions
from dashboard.stats.model.comparison import Comparison, Mode
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import Condition, leaves
from dashboard.stats.model.metrics import CONVERSIONS, Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import MAX_LIMIT, Group, Order, Query
from dashboard.stats.parse import date_range, filter_trees
from dashboard.stats.parse.filter_trees import Filters
from dashboard.stats.parse.site_context import Background, goals_told_apart

TIME = "time"
INTERVALS: Mapping[str, Interval] = {f"time:{interval.value}": interval for interval in Interval}
KEYS = ("site_id", "metrics", "date_range", "dimensions", "filters", "order_by", "include", "pagination")
FLAGS = ("imports", "time_labels", "total_rows", "trim_relative_date_range")
_METRICS: Mapping[str, Metric] = {metric.value: metric for metric in Metric}
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Include:
    """What else is to be in the answer."""

    flags: frozenset[str]  # of FLAGS
    comparison: Comparison | None

    def __contains__(self, flag: str) -> bool:
        return flag in self.flags


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and what its answer says of it."""

    query: Query
    filters_echo: list[Any]
    include: Include


def parse(asked: Mapping[str, Any], background: Background, *, now: datetime) -> Asked:
    """Return the question that a JSON object means now. Raises QueryError with a line for each key that is wrong."""
    errors = [
        f"#/{name[:60]}: There is no such key: take one of {', '.join(KEYS)}" for name in asked if name not in KEYS
    ]
    no_metrics: tuple[Metric, ...] = ()
    no_groups: tuple[Group, ...] = ()
    no_order: tuple[Order, ...] = ()
    metrics = _take(errors, lambda: _metrics(asked.get("metrics")), no_metrics)
    include = _take(errors, lambda: _include(asked.get("include", {}), background, now), Include(frozenset(), None))
    filters = _take(errors, lambda: filter_trees.parse(asked.get("filters", []), background), Filters((), []))
    limit, offset = _take(errors, lambda: _pagination(asked.get("pagination", {})), (MAX_LIMIT, 0))
    period = _take(errors, lambda: _period(asked.get("date_range"), include, background, now), None)
    groups = _take(errors, lambda: _groups(asked.get("dimensions", []), period), no_groups)
    order = _take(errors, lambda: _order(asked.get("order_by", []), metrics, groups, period), no_order)
    if errors or period is None:
        raise QueryError("\n".join(errors))
    query = Query(
        site_id=background.site_id,
        period=period,
        metrics=metrics,
        groups=groups,
        filters=filters.filters,
        order=order,
        limit=limit,
        offset=offset,
        goals=goals_told_apart(groups, filters.filters, background),
        counts_rows="total_rows" in include,
    )
    _check(query)
    return Asked(query, filters.echo, include)


def check_filters(asked: Any, background: Background) -> None:
    """Raise QueryError on filters that can't be those of a segment, which has none of segments."""
    filter_trees.parse(asked, replace(background, segments=dict))


def group_of(name: str, period: Period | None) -> Group | None:
    """Return what rows are told apart by under a name, or None. period: whose length `time` goes by."""
    if name == TIME:
        return date_range.interval_of(period) if period else Interval.DAY
    return INTERVALS.get(name) or dimensions.named(name)


def name_of(group: Group) -> str:
    """Return the name of what rows are told apart by."""
    return group.name if isinstance(group, Dimension) else f"time:{group.value}"


def _take(errors: list[str], parse_one: Callable[[], _Found], otherwise: _Found) -> _Found:
    try:
        return parse_one()
    except QueryError as error:
        errors.append(str(error))
        return otherwise


def _metrics(asked: Any) -> tuple[Metric, ...]:
    if not isinstance(asked, list) or not asked:
        raise QueryError("#/metrics: Ask for at least one metric")
    for number, name in enumerate(asked):
        if not isinstance(name, str) or name not in _METRICS:
            raise QueryError(f'#/metrics/{number}: Invalid metric "{str(name)[:60]}"')
    if len(set(asked)) < len(asked):
        raise QueryError("#/metrics: Ask for each metric once")
    return tuple(_METRICS[name] for name in asked)


def _period(asked: Any, include: Include, background: Background, now: datetime) -> Period:
    if asked is None:
        raise QueryError('#/date_range: Say when, as in 7d or ["2026-03-01", "2026-03-31"]')
    try:
        return date_range.parse(
            asked,
            zone=background.zone,
            now=now,
            first_day=background.first_day,
            is_trimmed="trim_relative_date_range" in include,
        )
    except QueryError as error:
        raise QueryError(f"#/date_range: {error}") from None


def _groups(asked: Any, period: Period | None) -> tuple[Group, ...]:
    if not isinstance(asked, list):
        raise QueryError("#/dimensions: Write a list of dimensions")
    groups = [group_of(name, period) if isinstance(name, str) and len(name) <= 320 else None for name in asked]
    for number, (name, group) in enumerate(zip(asked, groups, strict=True)):
        if group is None:
            raise QueryError(f'#/dimensions/{number}: Invalid dimension "{str(name)[:60]}"')
        if isinstance(group, Interval) and period:
            date_range.check_buckets(period, group)
    return tuple(group for group in groups if group is not None)


def _order(
    asked: Any, metrics: tuple[Metric, ...], groups: tuple[Group, ...], period: Period | None
) -> tuple[Order, ...]:
    if not isinstance(asked, list):
        raise QueryError("#/order_by: Write a list of pairs")
    return tuple(_one_order(each, number, metrics, groups, period) for number, each in enumerate(asked))


def _one_order(
    asked: Any, number: int, metrics: tuple[Metric, ...], groups: tuple[Group, ...], period: Period | None
) -> Order:
    match asked:
        case [str(name), ("asc" | "desc") as way] if len(name) <= 320:
            by = _METRICS.get(name) or group_of(name, period)
            if by in metrics or by in groups:
                return Order(by, is_descending=way == "desc")
            raise QueryError(f'#/order_by/{number}: "{name[:60]}" is not among the metrics and dimensions asked for')
    raise QueryError(f'#/order_by/{number}: Invalid order: write it as ["visitors", "desc"]')


def _pagination(asked: Any) -> tuple[int, int]:
    if not isinstance(asked, dict) or not asked.keys() <= {"limit", "offset"}:
        raise QueryError('#/pagination: Write it as {"limit": 100, "offset": 0}')
    limit, offset = asked.get("limit", MAX_LIMIT), asked.get("offset", 0)
    if type(limit) is not int or not 1 <= limit <= MAX_LIMIT:
        raise QueryError(f"#/pagination/limit: A number from 1 to {MAX_LIMIT}")
    if type(offset) is not int or not 0 <= offset < 2**32:
        raise QueryError("#/pagination/offset: A number from 0 on")
    return limit, offset


def _include(asked: Any, background: Background, now: datetime) -> Include:
    if not isinstance(asked, dict):
        raise QueryError('#/include: Write an object, as in {"total_rows": true}')
    for name, wanted in asked.items():
        if name not in (*FLAGS, "comparisons"):
            raise QueryError(f"#/include/{name[:60]}: There is nothing of that name to include")
        if name in FLAGS and not isinstance(wanted, bool):
            raise QueryError(f"#/include/{name}: true or false")
    flags = frozenset(name for name in FLAGS if asked.get(name))
    return Include(flags, _comparison(asked["comparisons"], background, now) if asked.get("comparisons") else None)


def _comparison(asked: Any, background: Background, now: datetime) -> Comparison:
    keys = {"mode", "date_range", "match_day_of_week"}
    if not isinstance(asked, dict) or not asked.keys() <= keys or asked.get("mode") not in list(Mode):
        raise QueryError(
            f'#/include/comparisons: Write it as {{"mode": "previous_period"}}, or {", ".join(list(Mode)[1:])}'
        )
    mode, is_weekday_kept = Mode(asked["mode"]), asked.get("match_day_of_week", False)
    if not isinstance(is_weekday_kept, bool):
        raise QueryError("#/include/comparisons/match_day_of_week: true or false")
    if (mode is Mode.CUSTOM) is not isinstance(asked.get("date_range"), list):
        raise QueryError("#/include/comparisons/date_range: A pair of dates, with the mode custom and no other")
    if mode is not Mode.CUSTOM:
        return Comparison(mode, None, is_weekday_kept)
    custom = date_range.parse(asked["date_range"], zone=background.zone, now=now, first_day=background.first_day)
    return Comparison(mode, custom)


def _check(query: Query) -> None:
    """Raise QueryError where rates of conversion would be of nobody knows whom."""
    if CONVERSIONS.isdisjoint(query.metrics):
        return
    for each in query.filters:
        props = [leaf.dimension for leaf in leaves([each]) if isinstance(leaf, Condition) and leaf.dimension.is_prop]
        if props and not isinstance(each, Condition):
            raise QueryError("#/filters: With conversion rates, properties can be filtered at the top level only")
