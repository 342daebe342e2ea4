"""`POST /api/v2/query`: the Stats API, version 2."""

from asyncio import to_thread
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard.api import answer_v2, bearer, body, table
from dashboard.services import services
from dashboard.stats.answer.compared_rows import with_empty_intervals
from dashboard.stats.model.comparison import compared
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.query import MAX_LIMIT, Query
from dashboard.stats.model.result import Result
from dashboard.stats.parse import site_context, v2
from dashboard.stats.parse.v2 import ParsedQuery
from schema.privacy import lost_salts
from schema.sites.keys import Key, Scope
from schema.sites.sites import Site

MAX_BYTES = 100_000


async def query(request: Request) -> Response:
    """Return metrics of a period, grouped and filtered, as JSON, CSV or Arrow."""
    key = await to_thread(bearer.authorized, request, Scope.READ_STATS)
    fields = await body.read_object(request, max_bytes=MAX_BYTES)
    return await to_thread(_answer, request, key, fields)


def _answer(request: Request, key: Key, fields: dict[str, Any]) -> Response:
    domain = fields.get("site_id")
    if not isinstance(domain, str) or not domain:
        raise HTTPException(400, "#/site_id: The domain of the site is missing")
    site = bearer.site_of(request, key, domain)
    try:
        parsed = _parsed(request, site, fields)
        result, compared = _results(request, site, parsed)
        if media_type := table.accepted(request):
            return table.answer(media_type, answer_v2.columns(parsed, result))
        answer = answer_v2.answer(domain, parsed, result, compared)
        if days := _lost_salts(request, site, parsed):
            answer["meta"]["lost_salts"] = days
        return JSONResponse(answer)
    except QueryError as error:
        raise HTTPException(400, str(error)) from None


def _lost_salts(request: Request, site: Site, parsed: ParsedQuery) -> list[str]:
    """Return the days of the period whose visitors may count twice."""
    period = parsed.query.period
    days = lost_salts.within(services(request).control, site.id, first=period.first, last=period.last)
    return [day.isoformat() for day in days]


def _parsed(request: Request, site: Site, fields: dict[str, Any]) -> ParsedQuery:
    context = site_context.of_site(services(request).control, services(request).database, site)
    return v2.parse(fields, context, now=_now(request))


def _results(request: Request, site: Site, parsed: ParsedQuery) -> tuple[Result, tuple[Query, Result] | None]:
    """Return the result, and for a comparison the query for the other period with its result, which has all rows."""
    query, comparison = parsed.query, parsed.comparison
    if comparison is None:
        return _run(request, site, query), None
    period = compared(query.period, comparison, now=_now(request))
    other_query = replace(query, period=period, limit=MAX_LIMIT, offset=0, counts_rows=False)
    other = _run(request, site, other_query)
    if query.interval is None:
        return _run(request, site, query), (other_query, other)
    all_rows = _run(request, site, replace(query, limit=MAX_LIMIT, offset=0))
    return with_empty_intervals(query, all_rows, other_query, other), (other_query, other)


def _run(request: Request, site: Site, query: Query) -> Result:
    return services(request).ask(query, site.privacy)


def _now(request: Request) -> datetime:
    return datetime.fromtimestamp(services(request).clock(), UTC)
