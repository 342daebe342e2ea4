"""Export of a site's events or visits: `GET /api/v1/sites/DOMAIN/export/events` and `.../visits`.

Clients may read slowly, so an export keeps only one piece in memory, and few exports run at a time (see
dashboard/export/running.py). A Parquet export needs the memory of two and counts as two (see
dashboard/export/formats.py).
scripts/server/http_limits.py closes connections of clients that stop reading.
"""

from asyncio import to_thread
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from itertools import chain

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from dashboard.api import bearer
from dashboard.export import rows
from dashboard.export.formats import FORMATS
from dashboard.export.rows import Kind
from dashboard.export.running import Running, TooManyExportsError
from dashboard.services import services
from schema.sites.keys import Scope

SLICE_BYTES = 262_144  # the maximum that a connection buffers
RETRY_AFTER_S = 60


async def events(request: Request) -> ASGIApp:
    """Export the events of a site, oldest first, as NDJSON, CSV or Parquet."""
    return await to_thread(_answer, request, Kind.EVENTS)


async def visits(request: Request) -> ASGIApp:
    """Export the visits of a site, ordered by start, as NDJSON, CSV or Parquet."""
    return await to_thread(_answer, request, Kind.VISITS)


def _answer(request: Request, kind: Kind) -> ASGIApp:
    site = bearer.site(request, Scope.READ_STATS, request.path_params["domain"])
    try:
        rows.check(site)
    except rows.ExportRefusedError as error:
        raise HTTPException(403, str(error)) from None
    name = request.query_params.get("format", "ndjson")
    if name not in FORMATS:
        raise HTTPException(400, f"format must be one of {', '.join(FORMATS)}")
    first, last = _day(request, "from", rows.FIRST), _day(request, "to", rows.LAST)
    database = services(request).database

    def content() -> Iterator[bytes]:
        spans = rows.spans(database, site, kind, first=first, last=last)
        yield from FORMATS[name].write(rows.rows(database, site, kind, spans, first=first, last=last))

    headers = {
        "Content-Type": FORMATS[name].media_type,
        "Content-Disposition": f'attachment; filename="{kind}.{name}"',
    }
    if request.method == "HEAD":
        return Response(headers=headers)
    return _Export(_sliced(content()), services(request).exports, headers, places=FORMATS[name].places)


class _Export:
    """An answer that is produced while it is sent, and closed when the client disconnects."""

    def __init__(self, slices: Generator[bytes], running: Running, headers: Mapping[str, str], *, places: int) -> None:
        self._slices = slices
        self._running = running
        self._headers = headers
        self._places = places

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        try:
            with self._running.taking(self._places):
                await self._send(scope, receive, send)
        except TooManyExportsError as error:
            raise HTTPException(503, str(error), {"Retry-After": str(RETRY_AFTER_S)}) from None

    async def _send(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        try:
            # Run the first query before the headers are sent: its errors still get their own status.
            first = await run_in_threadpool(next, self._slices, b"")
            whole = chain([first], self._slices)
            await StreamingResponse(whole, headers=self._headers)(scope, receive, send)
        finally:
            with suppress(ValueError):  # a thread still runs it if the server is stopped
                self._slices.close()


def _sliced(pieces: Iterable[bytes]) -> Generator[bytes]:
    for piece in pieces:
        for start in range(0, len(piece), SLICE_BYTES):
            yield piece[start : start + SLICE_BYTES]


def _day(request: Request, name: str, default: date) -> date:
    text = request.query_params.get(name, "")
    try:
        day = date.fromisoformat(text) if text else default
    except ValueError:
        raise HTTPException(400, f"{name} must be a day, as in 2026-03-10") from None
    return min(max(day, rows.FIRST), rows.LAST)
