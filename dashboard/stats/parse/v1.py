"""Queries of the Stats API, version 1: URL parameters become a query.

`7d` and `30d` end the day before `date`; `6mo` and `12mo` end with the month of `date`. `date` is today by default, in
the site's time zone.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import Condition, Filter, Op, Reaches, leaves
from dashboard.stats.model.metrics import CONVERSIONS, VISIT_ONLY, Metric
from dashboard.stats.model.period import Interval, Period, months_later
from dashboard.stats.model.query import Group, Order, Query
from dashboard.stats.parse import filters_v1
from dashboard.stats.parse.date_range import bounded
from dashboard.stats.parse.date_range import parse as parse_range
from dashboard.stats.parse.site_context import SiteContext, grouped_goals

Parameters = Mapping[str, str]
DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
MAX_PAGE = 10**6
_METRICS = {
    metric.value: metric
    for metric in (
        Metric.VISITORS,
        Metric.VISITS,
        Metric.PAGEVIEWS,
        Metric.EVENTS,
        Metric.VIEWS_PER_VISIT,
        Metric.BOUNCE_RATE,
        Metric.VISIT_DURATION,
        Metric.TIME_ON_PAGE,
        Metric.CONVERSION_RATE,
    )
}
_PERIODS = ("day", "7d", "30d", "month", "6mo", "12mo", "custom")
_FILTERED_ONLY = frozenset({dimensions.HOSTNAME})
_NOT_SHOWN_EMPTY = frozenset(
    {dimensions.COUNTRY, dimensions.REGION, dimensions.CITY, dimensions.ENTRY_PAGE, dimensions.EXIT_PAGE}
    | {dimensions.UTM_MEDIUM, dimensions.UTM_SOURCE, dimensions.UTM_CAMPAIGN, dimensions.UTM_CONTENT}
    | {dimensions.UTM_TERM}
)
_PRODUCT = {dimensions.BROWSER_VERSION: dimensions.BROWSER, dimensions.OS_VERSION: dimensions.OS}
_NO_PAGE = frozenset({dimensions.EVENT_NAME, dimensions.GOAL})


def aggregate(parameters: Parameters, context: SiteContext, *, now: datetime) -> Query:
    """Return the query for one row. Raises QueryError."""
    metrics, filters = _metrics(parameters), filters_v1.parse(parameters.get("filters", ""), context)
    _check_filters(metrics, filters)
    return Query(context.site_id, period(parameters, context, now), metrics, filters=filters)


def timeseries(parameters: Parameters, context: SiteContext, *, now: datetime) -> Query:
    """Return the query for one row per interval. Raises QueryError."""
    query = aggregate(parameters, context, now=now)
    return replace(query, metrics=_of_groups(query.metrics), groups=(_interval(parameters),))


def breakdown(parameters: Parameters, context: SiteContext, *, now: datetime) -> Query:
    """Return the query for one row per value of a property. Raises QueryError."""
    dimension = _property(parameters.get("property", ""))
    metrics, filters = _metrics(parameters), filters_v1.parse(parameters.get("filters", ""), context)
    if Metric.VIEWS_PER_VISIT in metrics:
        raise QueryError("Metric `views_per_visit` is not available in breakdowns")
    if Metric.TIME_ON_PAGE in metrics and dimension != dimensions.PAGE:
        raise QueryError("Metric `time_on_page` is only available in a breakdown by event:page")
    _check_filters(metrics, filters, dimension)
    limit, page = _number(parameters, "limit", DEFAULT_LIMIT, MAX_LIMIT), _number(parameters, "page", 1, MAX_PAGE)
    if dimension in _NOT_SHOWN_EMPTY:
        filters = (*filters, Condition(dimension, Op.IS_NOT, ("",)))
    if dimension != dimensions.GOAL and not dimension.is_prop:
        metrics = _of_groups(metrics)
    first = next((metric for metric in metrics if metric is not Metric.TIME_ON_PAGE), metrics[0])
    groups = _groups(dimension)
    return Query(
        context.site_id,
        period(parameters, context, now),
        metrics,
        groups,
        filters,
        order=(Order(first, is_descending=True),),
        limit=limit,
        offset=limit * (page - 1),
        goals=grouped_goals(groups, filters, context),
        counts_whole_visits=dimension.is_visit_only,
    )


def compares(parameters: Parameters) -> bool:
    """True if the request compares with the previous period. Raises QueryError."""
    if parameters.get("compare", "previous_period") != "previous_period":
        raise QueryError("`compare` can only be previous_period")
    return "compare" in parameters


def _metrics(parameters: Parameters) -> tuple[Metric, ...]:
    names = [name.strip() for name in parameters.get("metrics", "visitors").split(",")]
    for name in names:
        if name not in _METRICS:
            raise QueryError(f"There is no metric `{name[:60]}`: choose from {', '.join(_METRICS)}")
    if len(set(names)) < len(names):
        raise QueryError("Name each metric only once")
    return tuple(_METRICS[name] for name in names)


def _of_groups(metrics: tuple[Metric, ...]) -> tuple[Metric, ...]:
    """Return the metrics with conversion rates relative to the visitors of each row."""
    return tuple(Metric.GROUP_CONVERSION_RATE if metric in CONVERSIONS else metric for metric in metrics)


def _check_filters(
    metrics: tuple[Metric, ...], filters: tuple[Filter, ...], dimension: Dimension | None = None
) -> None:
    of_visits = [metric for metric in metrics if metric in VISIT_ONLY]
    filtered = [dimensions.GOAL if isinstance(leaf, Reaches) else leaf.dimension for leaf in leaves(filters)]
    for used in [*filtered, *([dimension] if dimension else [])]:
        if of_visits and (used in _NO_PAGE or used.is_prop):
            raise QueryError(f"Session metric `{of_visits[0]}` can't be combined with `{used.name}`")
    if Metric.TIME_ON_PAGE in metrics and any(on in _NO_PAGE for on in filtered):
        raise QueryError("Metric `time_on_page` can't be combined with a filter on goals or event names")


def _property(name: str) -> Dimension:
    if not name:
        raise QueryError("`property` is missing: name a dimension, such as visit:source")
    dimension = dimensions.named(name)
    if dimension is None or dimension in _FILTERED_ONLY or name.endswith(("_name", "_hostname")):
        raise QueryError(f"There is no property {name[:60]!r} to break down by")
    return dimension


def _groups(dimension: Dimension) -> tuple[Group, ...]:
    product = _PRODUCT.get(dimension)
    return (dimension, product) if product else (dimension,)


def _number(parameters: Parameters, name: str, default: int, most: int) -> int:
    text = parameters.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise QueryError(f"`{name}` must be a number from 1 to {most}")
    return int(text)


def _interval(parameters: Parameters) -> Interval:
    match parameters.get("interval"):
        case "month":
            return Interval.MONTH
        case "day" | "date":
            return Interval.DAY
        case None | "":
            word = parameters.get("period", "30d")
            return Interval.HOUR if word == "day" else Interval.MONTH if word in ("6mo", "12mo") else Interval.DAY
    raise QueryError("`interval` must be day or month")


def period(parameters: Parameters, context: SiteContext, now: datetime) -> Period:
    """Return the period that `period` and `date` mean now. Raises QueryError."""
    word = parameters.get("period", "30d")
    if word not in _PERIODS:
        raise QueryError(f"There is no period `{word[:20]}`: choose one of {', '.join(_PERIODS)}")
    text = parameters.get("date", "")
    if word == "custom":
        return _days(text.split(","), context, now)
    day = now.astimezone(context.zone).date()
    if text:
        try:
            day = date.fromisoformat(text.strip())
        except ValueError:
            raise QueryError(f"`date` is {text[:20]!r}, which is not a date: write it as in 2026-03-29") from None
        bounded(day)
    return _days([end.isoformat() for end in _first_and_last(word, day)], context, now)


def _first_and_last(word: str, day: date) -> tuple[date, date]:
    """Return the first and the last day."""
    match word:
        case "day":
            return day, day
        case "7d" | "30d":
            return day - timedelta(days=int(word[:-1])), day - timedelta(days=1)
        case "month":
            return day.replace(day=1), months_later(day, 1) - timedelta(days=1)
        case _:
            return months_later(day, 1 - int(word[:-2])), months_later(day, 1) - timedelta(days=1)


def _days(texts: list[str], context: SiteContext, now: datetime) -> Period:
    pair = [text.strip() for text in texts]
    if len(pair) != 2 or any(len(text) != len("2026-03-29") for text in pair):
        raise QueryError("For a custom period, `date` must be two dates, such as 2026-03-01,2026-03-29")
    return parse_range(pair, zone=context.zone, now=now, first_day=context.first_day)
