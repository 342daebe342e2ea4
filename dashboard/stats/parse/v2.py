"""Queries of the Stats API, version 2: parsed JSON becomes a query.

`Body` is the shape of a query, and its JSON schema is generated from it. Names and what belongs together are checked
here. Errors have one line per top-level key, such as `#/metrics/0: Invalid metric "x"`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from dashboard.stats.model import dimensions
from dashboard.stats.model.comparison import Comparison, Mode
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import Condition, leaves
from dashboard.stats.model.metrics import CONVERSIONS, Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import MAX_LIMIT, Group, Order, Query
from dashboard.stats.parse import date_range, filter_trees
from dashboard.stats.parse.site_context import SiteContext, grouped_goals

TIME = "time"
# Minutes are for the report: Plausible's public API does not have them either.
INTERVALS: Mapping[str, Interval] = {
    f"time:{interval.value}": interval for interval in Interval if interval is not Interval.MINUTE
}
DEFINITIONS = "#/$defs/"  # the prefix of references within the schema
_Parsed = TypeVar("_Parsed")

_KEYWORD = {"pattern": "^(day|24h|month|year|all|[1-9][0-9]{0,3}d|[1-9][0-9]{0,2}mo)$"}
# Not Meta(pattern=...): msgspec 0.22 frees memory twice, at exit, for a union of such a text with a list.
_Keyword = Annotated[str, Meta(extra_json_schema=_KEYWORD, description="Days end yesterday, months with the last one")]
_Pair = Annotated[list[str], Meta(min_length=2, max_length=2, description="Dates or instants, both included")]
_Name = Annotated[str, Meta(max_length=320, extra_json_schema={"$ref": f"{DEFINITIONS}dimension"})]
_By = Annotated[
    str,
    Meta(
        max_length=320, extra_json_schema={"anyOf": [{"$ref": DEFINITIONS + name} for name in ("Metric", "dimension")]}
    ),
]
_Tree = Annotated[Any, Meta(extra_json_schema={"$ref": f"{DEFINITIONS}filter"})]  # read by filter_trees
_UNIQUE = Meta(extra_json_schema={"uniqueItems": True})


class Pagination(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rows to return."""

    limit: Annotated[int, Meta(ge=1, le=MAX_LIMIT)] = MAX_LIMIT
    offset: Annotated[int, Meta(ge=0, lt=2**32)] = 0


class Comparisons(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The period to compare with."""

    mode: Mode
    date_range: Annotated[_Pair | None, Meta(description="For mode custom")] = None
    match_day_of_week: bool = False


class Include(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Optional parts of the answer."""

    imports: bool = False
    time_labels: bool = False
    total_rows: bool = False
    trim_relative_date_range: bool = False
    comparisons: Comparisons | None = None


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a query."""

    site_id: Annotated[str, Meta(min_length=1, description="Domain of the site")]
    metrics: Annotated[tuple[Metric, ...], Meta(min_length=1), _UNIQUE]
    date_range: _Keyword | _Pair
    dimensions: Annotated[tuple[_Name, ...], _UNIQUE] = ()
    filters: tuple[_Tree, ...] = ()
    order_by: tuple[tuple[_By, Literal["asc", "desc"]], ...] = ()
    include: Include = Include()
    pagination: Pagination = Pagination()


_KEYS = Body.__struct_fields__
_FLAGS = Include.__struct_fields__[:-1]
_SMALLEST = {"site_id": "example.org", "metrics": ["visitors"], "date_range": "day"}
_REFUSALS = {  # path of a value of another shape -> what to write; members of lists are numbered 0
    "site_id": "The domain of the site is missing",
    "metrics": "Name at least one metric",
    "metrics/0": 'Invalid metric "%(value)s"',
    "date_range": "Invalid date range %(value)r",
    "dimensions": "Write a list of dimensions",
    "dimensions/0": 'Invalid dimension "%(value)s"',
    "filters": 'Invalid filters: write a list, such as [["is", "visit:country", ["FR"]]]',
    "order_by": "Write a list of pairs",
    "order_by/0": 'Invalid order: write it as ["visitors", "desc"]',
    "include": 'Write an object, such as {"total_rows": true}',
    **dict.fromkeys((f"include/{flag}" for flag in _FLAGS), "Must be true or false"),
    "include/comparisons": f'Write it as {{"mode": "previous_period"}}, or {", ".join(list(Mode)[1:])}',
    "include/comparisons/date_range": "A pair of dates is required for mode custom only",
    "include/comparisons/match_day_of_week": "Must be true or false",
    "pagination": 'Write it as {"limit": 100, "offset": 0}',
    "pagination/limit": f"Must be a number from 1 to {MAX_LIMIT}",
    "pagination/offset": "Must be a number, 0 or more",
}
# In "Expected `str`, got `int` - at `$.metrics[0]`" and "Object contains unknown field `x` - at `$.include`".
_PLACE = re.compile(r"(?:unknown field `(.*)` - )?at `\$\.([^`]+)`$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query with the optional parts of its answer."""

    query: Query
    filters_echo: list[Any]
    include: Include
    comparison: Comparison | None


def parse(fields: Mapping[str, Any], context: SiteContext, *, now: datetime) -> ParsedQuery:
    """Return the query that a JSON object means now. Raises QueryError with a line for each invalid key."""
    body, errors = _read(fields)
    comparison = _collect(errors, lambda: _comparison(body.include.comparisons, context, now))
    filters = _collect(errors, lambda: filter_trees.parse(body.filters, context))
    is_trimmed = body.include.trim_relative_date_range
    period = _collect(errors, lambda: _period("date_range", body.date_range, context, now, is_trimmed=is_trimmed))
    groups = _collect(errors, lambda: _groups(body.dimensions, period)) or ()
    order = _collect(errors, lambda: _order(body, groups, period)) or ()
    if len(set(body.metrics)) < len(body.metrics):
        errors.append("#/metrics: Name each metric only once")
    if errors or filters is None or period is None:
        raise QueryError("\n".join(errors))
    query = Query(
        site_id=context.site_id,
        period=period,
        metrics=body.metrics,
        groups=groups,
        filters=filters.filters,
        order=order,
        limit=body.pagination.limit,
        offset=body.pagination.offset,
        goals=grouped_goals(groups, filters.filters, context),
        counts_rows=body.include.total_rows,
    )
    _check(query, body.include)
    return ParsedQuery(query, filters.echo, body.include, comparison)


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


def _collect(errors: list[str], parse_key: Callable[[], _Parsed]) -> _Parsed | None:
    try:
        return parse_key()
    except QueryError as error:
        errors.append(str(error))
        return None


def _read(fields: Mapping[str, Any]) -> tuple[Body, list[str]]:
    """Return the body, with valid values in place of invalid ones, and a line for each of these."""
    errors = [f"#/{key[:60]}: Unknown key: use {', '.join(_KEYS)}" for key in fields if key not in _KEYS]
    sent = {"metrics": None, "date_range": None} | {key: fields[key] for key in _KEYS if key in fields}
    while True:
        try:
            return msgspec.convert(_SMALLEST | sent, Body), errors
        except msgspec.ValidationError as error:
            unknown, place = _PLACE.findall(str(error))[0]
            path = re.findall(r"\w+", place)
            errors.append(_refusal(sent, path, unknown=unknown))
            del sent[path[0]]


def _refusal(sent: Any, path: list[str], *, unknown: str) -> str:
    """Return the line for a value of another shape. unknown: the key that an object cannot have."""
    if unknown and path == ["include"]:
        return f"#/include/{unknown[:60]}: Unknown key: use {', '.join(_FLAGS)} or comparisons"
    while (pattern := re.sub(r"\d+", "0", "/".join(path))) not in _REFUSALS:
        path = path[:-1]
    value = reduce(lambda inner, part: inner[int(part) if part.isdigit() else part], path, sent)
    if path == ["date_range"] and value is None:
        return '#/date_range: The date range is missing: use 7d or ["2026-03-01", "2026-03-31"]'
    return f"#/{'/'.join(path)}: {_REFUSALS[pattern] % {'value': str(value)[:60]}}"


def _comparison(written: Comparisons | None, context: SiteContext, now: datetime) -> Comparison | None:
    if written is None:
        return None
    if (written.mode is Mode.CUSTOM) is not bool(written.date_range):
        raise QueryError(f"#/include/comparisons/date_range: {_REFUSALS['include/comparisons/date_range']}")
    if written.date_range is None:
        return Comparison(written.mode, None, written.match_day_of_week)
    return Comparison(written.mode, _period("include/comparisons/date_range", written.date_range, context, now))


def _period(
    path: str, written: str | list[str], context: SiteContext, now: datetime, *, is_trimmed: bool = False
) -> Period:
    zone, first_day = context.zone, context.first_day
    try:
        return date_range.parse(written, zone=zone, now=now, first_day=first_day, is_trimmed=is_trimmed)
    except QueryError as error:
        raise QueryError(f"#/{path}: {error}") from None


def _groups(names: Sequence[str], period: Period | None) -> tuple[Group, ...]:
    groups = []
    for number, name in enumerate(names):
        group = group_of(name, period)
        if group is None:
            raise QueryError(f'#/dimensions/{number}: Invalid dimension "{name[:60]}"')
        if isinstance(group, Interval) and period:
            date_range.check_buckets(period, group)
        groups.append(group)
    return tuple(groups)


def _order(body: Body, groups: tuple[Group, ...], period: Period | None) -> tuple[Order, ...]:
    orders = []
    for number, (name, direction) in enumerate(body.order_by):
        by = group_of(name, period) if name not in list(Metric) else Metric(name)
        if by not in body.metrics and by not in groups:
            raise QueryError(f'#/order_by/{number}: "{name[:60]}" is not a metric or dimension of this query')
        orders.append(Order(by, is_descending=direction == "desc"))
    return tuple(orders)


def _check(query: Query, include: Include) -> None:
    """Raise QueryError for labels without times, and if a nested filter on a property makes rates ambiguous."""
    if include.time_labels and query.interval is None:
        raise QueryError("#/include/time_labels: Needs a time dimension, such as time:day")
    if CONVERSIONS.isdisjoint(query.metrics):
        return
    for node in query.filters:
        props = [leaf.dimension for leaf in leaves([node]) if isinstance(leaf, Condition) and leaf.dimension.is_prop]
        if props and not isinstance(node, Condition):
            raise QueryError("#/filters: With conversion rates, properties can only be filtered at the top level")
