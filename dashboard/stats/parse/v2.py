"""Queries of the Stats API, version 2: parsed JSON becomes a query.

Errors have one line per top-level key, such as `#/metrics/0: Invalid metric "x"`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec

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
from dashboard.stats.parse.site_context import SiteContext, grouped_goals

TIME = "time"
INTERVALS: Mapping[str, Interval] = {f"time:{interval.value}": interval for interval in Interval}
KEYS = ("site_id", "metrics", "date_range", "dimensions", "filters", "order_by", "include", "pagination")
FLAGS = ("imports", "time_labels", "total_rows", "trim_relative_date_range")
_METRICS: Mapping[str, Metric] = {metric.value: metric for metric in Metric}
_Parsed = TypeVar("_Parsed")


class Pagination(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rows to return."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)] = MAX_LIMIT
    offset: Annotated[int, msgspec.Meta(ge=0, lt=2**32)] = 0


@dataclass(frozen=True, slots=True)
class Include:
    """Optional parts of the answer."""

    flags: frozenset[str]  # of FLAGS
    comparison: Comparison | None

    def __contains__(self, flag: str) -> bool:
        return flag in self.flags


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query with the optional parts of its answer."""

    query: Query
    filters_echo: list[Any]
    include: Include


def parse(body: Mapping[str, Any], context: SiteContext, *, now: datetime) -> ParsedQuery:
    """Return the query that a JSON object means now. Raises QueryError with a line for each invalid key."""
    errors = [f"#/{name[:60]}: Unknown key: use {', '.join(KEYS)}" for name in body if name not in KEYS]
    no_metrics: tuple[Metric, ...] = ()
    no_groups: tuple[Group, ...] = ()
    no_order: tuple[Order, ...] = ()
    metrics = _collect(errors, lambda: _metrics(body.get("metrics")), no_metrics)
    include = _collect(errors, lambda: _include(body.get("include", {}), context, now), Include(frozenset(), None))
    filters = _collect(errors, lambda: filter_trees.parse(body.get("filters", []), context), Filters((), []))
    pagination = _collect(errors, lambda: _pagination(body.get("pagination", {})), Pagination())
    period = _collect(errors, lambda: _period(body.get("date_range"), include, context, now), None)
    groups = _collect(errors, lambda: _groups(body.get("dimensions", []), period), no_groups)
    order = _collect(errors, lambda: _order(body.get("order_by", []), metrics, groups, period), no_order)
    if errors or period is None:
        raise QueryError("\n".join(errors))
    query = Query(
        site_id=context.site_id,
        period=period,
        metrics=metrics,
        groups=groups,
        filters=filters.filters,
        order=order,
        limit=pagination.limit,
        offset=pagination.offset,
        goals=grouped_goals(groups, filters.filters, context),
        counts_rows="total_rows" in include,
    )
    _check(query, include)
    return ParsedQuery(query, filters.echo, include)


def check_filters(filters: Any, context: SiteContext) -> None:
    """Raise QueryError if filters are not valid in a segment, where filters on segments are not allowed."""
    filter_trees.parse(filters, replace(context, segments=dict))


def group_of(name: str, period: Period | None) -> Group | None:
    """Return the dimension or interval with a name, or None. period: its length decides what `time` means."""
    if name == TIME:
        return date_range.interval_of(period) if period else Interval.DAY
    return INTERVALS.get(name) or dimensions.named(name)


def name_of(group: Group) -> str:
    """Return the name of a dimension or interval."""
    return group.name if isinstance(group, Dimension) else f"time:{group.value}"


def _collect(errors: list[str], parse_key: Callable[[], _Parsed], default: _Parsed) -> _Parsed:
    try:
        return parse_key()
    except QueryError as error:
        errors.append(str(error))
        return default


def _metrics(names: Any) -> tuple[Metric, ...]:
    if not isinstance(names, list) or not names:
        raise QueryError("#/metrics: Name at least one metric")
    for number, name in enumerate(names):
        if not isinstance(name, str) or name not in _METRICS:
            raise QueryError(f'#/metrics/{number}: Invalid metric "{str(name)[:60]}"')
    if len(set(names)) < len(names):
        raise QueryError("#/metrics: Name each metric only once")
    return tuple(_METRICS[name] for name in names)


def _period(written: Any, include: Include, context: SiteContext, now: datetime) -> Period:
    if written is None:
        raise QueryError('#/date_range: The date range is missing: use 7d or ["2026-03-01", "2026-03-31"]')
    try:
        return date_range.parse(
            written,
            zone=context.zone,
            now=now,
            first_day=context.first_day,
            is_trimmed="trim_relative_date_range" in include,
        )
    except QueryError as error:
        raise QueryError(f"#/date_range: {error}") from None


def _groups(names: Any, period: Period | None) -> tuple[Group, ...]:
    if not isinstance(names, list):
        raise QueryError("#/dimensions: Write a list of dimensions")
    groups = [group_of(name, period) if isinstance(name, str) and len(name) <= 320 else None for name in names]
    for number, (name, group) in enumerate(zip(names, groups, strict=True)):
        if group is None:
            raise QueryError(f'#/dimensions/{number}: Invalid dimension "{str(name)[:60]}"')
        if isinstance(group, Interval) and period:
            date_range.check_buckets(period, group)
    return tuple(group for group in groups if group is not None)


def _order(
    pairs: Any, metrics: tuple[Metric, ...], groups: tuple[Group, ...], period: Period | None
) -> tuple[Order, ...]:
    if not isinstance(pairs, list):
        raise QueryError("#/order_by: Write a list of pairs")
    return tuple(_one_order(pair, number, metrics, groups, period) for number, pair in enumerate(pairs))


def _one_order(
    pair: Any, number: int, metrics: tuple[Metric, ...], groups: tuple[Group, ...], period: Period | None
) -> Order:
    match pair:
        case [str(name), ("asc" | "desc") as direction] if len(name) <= 320:
            by = _METRICS.get(name) or group_of(name, period)
            if by in metrics or by in groups:
                return Order(by, is_descending=direction == "desc")
            raise QueryError(f'#/order_by/{number}: "{name[:60]}" is not a metric or dimension of this query')
    raise QueryError(f'#/order_by/{number}: Invalid order: write it as ["visitors", "desc"]')


def _pagination(sent: Any) -> Pagination:
    try:
        return msgspec.convert(sent, Pagination)
    except msgspec.ValidationError as error:
        if "$.limit" in str(error):
            raise QueryError(f"#/pagination/limit: Must be a number from 1 to {MAX_LIMIT}") from None
        if "$.offset" in str(error):
            raise QueryError("#/pagination/offset: Must be a number, 0 or more") from None
        raise QueryError('#/pagination: Write it as {"limit": 100, "offset": 0}') from None


def _include(options: Any, context: SiteContext, now: datetime) -> Include:
    if not isinstance(options, dict):
        raise QueryError('#/include: Write an object, such as {"total_rows": true}')
    for name, option in options.items():
        if name not in (*FLAGS, "comparisons"):
            raise QueryError(f"#/include/{name[:60]}: Unknown key: use {', '.join(FLAGS)} or comparisons")
        if name in FLAGS and not isinstance(option, bool):
            raise QueryError(f"#/include/{name}: Must be true or false")
    flags = frozenset(name for name in FLAGS if options.get(name))
    return Include(flags, _comparison(options["comparisons"], context, now) if options.get("comparisons") else None)


def _comparison(options: Any, context: SiteContext, now: datetime) -> Comparison:
    keys = {"mode", "date_range", "match_day_of_week"}
    if not isinstance(options, dict) or not options.keys() <= keys or options.get("mode") not in list(Mode):
        raise QueryError(
            f'#/include/comparisons: Write it as {{"mode": "previous_period"}}, or {", ".join(list(Mode)[1:])}'
        )
    mode, is_weekday_kept = Mode(options["mode"]), options.get("match_day_of_week", False)
    if not isinstance(is_weekday_kept, bool):
        raise QueryError("#/include/comparisons/match_day_of_week: Must be true or false")
    if (mode is Mode.CUSTOM) is not isinstance(options.get("date_range"), list):
        raise QueryError("#/include/comparisons/date_range: A pair of dates is required for mode custom only")
    if mode is not Mode.CUSTOM:
        return Comparison(mode, None, is_weekday_kept)
    custom = date_range.parse(options["date_range"], zone=context.zone, now=now, first_day=context.first_day)
    return Comparison(mode, custom)


def _check(query: Query, include: Include) -> None:
    """Raise QueryError for labels without times, and if a nested filter on a property makes rates ambiguous."""
    if "time_labels" in include and query.interval is None:
        raise QueryError("#/include/time_labels: Needs a time dimension, such as time:day")
    if CONVERSIONS.isdisjoint(query.metrics):
        return
    for node in query.filters:
        props = [leaf.dimension for leaf in leaves([node]) if isinstance(leaf, Condition) and leaf.dimension.is_prop]
        if props and not isinstance(node, Condition):
            raise QueryError("#/filters: With conversion rates, properties can only be filtered at the top level")
