"""`POST /api/v2/query`: the Stats API, version 2."""

from asyncio import to_thread
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard.api import answer_v2, bearer, body, table
from dashboard.stats.model.comparison import compared
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.query import MAX_LIMIT, Query
from dashboard.stats.model.result import Result
from dashboard.stats.parse import site_context, v2
from dashboard.stats.parse.v2 import ParsedQuery
from schema.sites.keys import Key, Scope
from schema.sites.sites import Site

MAX_BYTES = 100_000


async def query(request: Request) -> Response:
    """Answer one question, in JSON, or as the table that the request accepts."""
    key = await to_thread(bearer.authorized, request, Scope.READ_STATS)
    asked = await body.read_object(request, max_bytes=MAX_BYTES)
    return await to_thread(_answer, request, key, asked)


def _answer(request: Request, key: Key, body_fields: dict[str, Any]) -> Response:
    domain = body_fields.get("site_id")
    if not isinstance(domain, str) or not domain:
        raise HTTPException(400, "#/site_id: Say which site, by its domain")
    site = bearer.site_of(request, key, domain)
    try:
        asked = _parsed(request, site, body_fields)
        result = _run(request, asked.query)
        if kind := table.wanted(request):
            return table.answer(kind, answer_v2.columns(asked, result))
        return JSONResponse(answer_v2.answer(domain, asked, result, _before(request, asked)))
    except QueryError as error:
        raise HTTPException(400, str(error)) from None


def _parsed(request: Request, site: Site, fields: dict[str, Any]) -> ParsedQuery:
    known = site_context.of_site(request.app.state.control, request.app.state.database, site)
    return v2.parse(fields, known, now=_now(request))


def _before(request: Request, asked: ParsedQuery) -> tuple[Query, Result] | None:
    """Return the question about the other period of a comparison with all its rows, and its answer."""
    comparison = asked.include.comparison
    if comparison is None:
        return None
    period = compared(asked.query.period, comparison, now=_now(request))
    other = replace(asked.query, period=period, limit=MAX_LIMIT, offset=0, counts_rows=False)
    return other, _run(request, other)


def _run(request: Request, question: Query) -> Result:
    result: Result = request.app.state.ask(question)
    return result


def _now(request: Request) -> datetime:
    return datetime.fromtimestamp(request.app.state.clock(), UTC)
