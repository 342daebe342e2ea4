"""What is stored of a site, as a file: `GET /api/v1/sites/DOMAIN/export/events` and `.../visits`."""

from asyncio import to_thread
from datetime import date

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from dashboard.api import bearer
from dashboard.export import rows
from dashboard.export.formats import FORMATS
from dashboard.export.rows import Kind
from schema.keys import Scope


async def events(request: Request) -> Response:
    """Return the events of a site, in order of time, as NDJSON, CSV or Parquet."""
    return await to_thread(_answer, request, Kind.EVENTS)


async def visits(request: Request) -> Response:
    """Return the visits of a site, in order of their starts, as NDJSON, CSV or Parquet."""
    return await to_thread(_answer, request, Kind.VISITS)


def _answer(request: Request, kind: Kind) -> Response:
    site = bearer.site(request, Scope.READ_STATS, request.path_params["domain"])
    name = request.query_params.get("format", "ndjson")
    if name not in FORMATS:
        raise HTTPException(400, f"format must be one of {', '.join(FORMATS)}")
    first, last = _day(request, "from", rows.FIRST), _day(request, "to", rows.LAST)
    database = request.app.state.database
    wanted = rows.pieces(database, site, kind, first=first, last=last)
    found = rows.rows(database, site, kind, wanted, first=first, last=last)
    return StreamingResponse(
        FORMATS[name].write(found),
        media_type=FORMATS[name].media_type,
        headers={"Content-Disposition": f'attachment; filename="{kind}.{name}"'},
    )


def _day(request: Request, name: str, default: date) -> date:
    text = request.query_params.get(name, "")
    try:
        day = date.fromisoformat(text) if text else default
    except ValueError:
        raise HTTPException(400, f"{name} must be a day, as in 2026-03-10") from None
    return min(max(day, rows.FIRST), rows.LAST)
