"""The Stats API, version 1: `/api/v1/stats/...`."""

from asyncio import to_thread
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboard.api import answer_v2, bearer
from dashboard.services import services
from dashboard.stats.answer.empty_intervals import filled
from dashboard.stats.answer.percent_change import change
from dashboard.stats.model.comparison import Comparison, Mode, compared
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.metrics import CONVERSIONS, Metric
from dashboard.stats.model.query import Group, Query
from dashboard.stats.model.result import Money, Number, Result, Row
from dashboard.stats.parse import site_context, v1
from dashboard.stats.parse.site_context import SiteContext
from dashboard.stats.plan import base_of
from dashboard.stats.reports.realtime import current_visitors
from schema.sites.keys import Scope
from schema.sites.sites import Site

PREFIX = "/api/v1/stats"
_RATES = CONVERSIONS | {Metric.BOUNCE_RATE}
_NO_IMPORTS = "Imported totals are not supported: the numbers include events only."
Answer = Callable[[Request, Site, SiteContext], Any]


def routes() -> list[Route]:
    """Return the routes of the Stats API, version 1."""
    return [
        Route(f"{PREFIX}/realtime/visitors", _endpoint(_current), methods=["GET"]),
        Route(f"{PREFIX}/aggregate", _endpoint(_aggregate), methods=["GET"]),
        Route(f"{PREFIX}/timeseries", _endpoint(_timeseries), methods=["GET"]),
        Route(f"{PREFIX}/breakdown", _endpoint(_breakdown), methods=["GET"]),
    ]


def _endpoint(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await to_thread(_answered, answer, request)

    endpoint.__name__, endpoint.__module__, endpoint.__doc__ = answer.__name__, answer.__module__, answer.__doc__
    return endpoint


def _answered(answer: Answer, request: Request) -> Response:
    key = bearer.authorized(request, Scope.READ_STATS)
    domain = request.query_params.get("site_id", "")
    if not domain:
        raise HTTPException(400, "`site_id` is missing: give the domain of the site")
    site = bearer.site_of(request, key, domain)
    context = site_context.of_site(services(request).control, services(request).database, site)
    try:
        return JSONResponse(answer(request, site, context))
    except QueryError as error:
        raise HTTPException(400, str(error)) from None


def _current(request: Request, site: Site, _context: SiteContext) -> int:
    """Return the number of visitors in the last five minutes."""
    return current_visitors(services(request).database, site.id, _now(request), privacy=site.privacy)


def _aggregate(request: Request, site: Site, context: SiteContext) -> dict[str, Any]:
    """Return metrics of a period, with those of the previous period on request."""
    query = v1.aggregate(request.query_params, context, now=_now(request))
    (row,) = _run(request, site, query).rows
    results: dict[str, dict[str, Any]] = {
        metric.value: {"value": number} for metric, number in zip(query.metrics, row.metrics, strict=True)
    }
    if v1.compares(request.query_params):
        _compare(request, site, query, row, results)
    return {"results": results} | _warning(request)


def _compare(request: Request, site: Site, query: Query, row: Row, results: dict[str, dict[str, Any]]) -> None:
    period = compared(query.period, Comparison(Mode.PREVIOUS_PERIOD), now=_now(request))
    previous = Query(query.site_id, period, query.metrics, filters=query.filters)
    (previous_row,) = _run(request, site, previous).rows
    for metric, new, old in zip(query.metrics, row.metrics, previous_row.metrics, strict=True):
        is_known = bool(old) or site.privacy.is_exempt or not _is_of_nothing(request, site, previous, metric)
        results[metric.value] |= {
            "change": _change(_plain(new), _plain(old), metric) if is_known else None,
            "comparison_value": old,
        }


def _is_of_nothing(request: Request, site: Site, query: Query, metric: Metric) -> bool:
    """True for a rate that is 0 because there was nobody to bounce or convert."""
    return metric in _RATES and not any(_run(request, site, base_of(query, metric)).rows[0].metrics)


def _change(new: float | None, old: float | None, metric: Metric) -> float | None:
    """Return the change of a metric. In version 1 a bounce rate changes in points, even from 0."""
    if metric is Metric.BOUNCE_RATE and new is not None and old is not None:
        return round(new - old)
    return change(new, old, metric)


def _plain(number: Number) -> float | None:
    return None if isinstance(number, Money) else number  # version 1 has no revenue


def _timeseries(request: Request, site: Site, context: SiteContext) -> dict[str, Any]:
    """Return metrics for each hour, day or month of a period."""
    query = v1.timeseries(request.query_params, context, now=_now(request))
    rows = filled(_run(request, site, query), query).rows
    return {"results": [{"date": row.groups[0]} | _named(query, row) for row in rows]} | _warning(request)


def _breakdown(request: Request, site: Site, context: SiteContext) -> dict[str, Any]:
    """Return metrics for each value of a property."""
    query = v1.breakdown(request.query_params, context, now=_now(request))
    rows = _run(request, site, query).rows
    return {"results": [_values(query.groups, row) | _named(query, row) for row in rows]} | _warning(request)


def _values(groups: tuple[Group, ...], row: Row) -> dict[str, Any]:
    pairs = zip(groups, row.groups, strict=True)
    return {_key(group): answer_v2.label(group, content) for group, content in pairs if isinstance(group, Dimension)}


def _key(dimension: Dimension) -> str:
    return dimension.name.split(":", 2 if dimension.is_prop else 1)[-1]


def _named(query: Query, row: Row) -> dict[str, Any]:
    """Return the metrics of a row by name. Version 1 has one name for both conversion rates."""
    return {
        "conversion_rate" if metric is Metric.GROUP_CONVERSION_RATE else metric.value: number
        for metric, number in zip(query.metrics, row.metrics, strict=True)
    }


def _warning(request: Request) -> dict[str, str]:
    return {"warning": _NO_IMPORTS} if request.query_params.get("with_imported") == "true" else {}


def _run(request: Request, site: Site, query: Query) -> Result:
    return services(request).ask(query, site.privacy)


def _now(request: Request) -> datetime:
    return datetime.fromtimestamp(services(request).clock(), UTC)
