"""What is stored of a site, as a file: `GET /api/v1/sites/DOMAIN/export/events` and `.../visits`.

A client may read as slowly as it likes, so an export keeps a piece in memory and no more, and there are only a few at
once. A client that reads nothing is the connection's business (scripts/server/http_limits.py).
"""

from asyncio import to_thread
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
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
from schema.sites.keys import Scope

AT_ONCE = 4
SLICE_BYTES = 262_144  # what a connection buffers at most
RETRY_AFTER_S = 60
_BUSY = f"{AT_ONCE} exports are under way, and there are no more at once: try again in a minute."


class Running:
    """How many exports of a server are under way. For the event loop alone."""

    def __init__(self, most: int = AT_ONCE) -> None:
        self._free = most

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count one as long as the block runs. Raises HTTPException (503) where there are enough."""
        if not self._free:
            raise HTTPException(503, _BUSY, {"Retry-After": str(RETRY_AFTER_S)})
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


async def events(request: Request) -> ASGIApp:
    """Return the events of a site, in order of time, as NDJSON, CSV or Parquet."""
    return await to_thread(_answer, request, Kind.EVENTS)


async def visits(request: Request) -> ASGIApp:
    """Return the visits of a site, in order of their starts, as NDJSON, CSV or Parquet."""
    return await to_thread(_answer, request, Kind.VISITS)


def _answer(request: Request, kind: Kind) -> ASGIApp:
    site = bearer.site(request, Scope.READ_STATS, request.path_params["domain"])
    name = request.query_params.get("format", "ndjson")
    if name not in FORMATS:
        raise HTTPException(400, f"format must be one of {', '.join(FORMATS)}")
    first, last = _day(request, "from", rows.FIRST), _day(request, "to", rows.LAST)
    database = request.app.state.database

    def content() -> Iterator[bytes]:
        spans = rows.spans(database, site, kind, first=first, last=last)
        yield from FORMATS[name].write(rows.rows(database, site, kind, spans, first=first, last=last))

    headers = {
        "Content-Type": FORMATS[name].media_type,
        "Content-Disposition": f'attachment; filename="{kind}.{name}"',
    }
    if request.method == "HEAD":
        return Response(headers=headers)
    return _Export(_sliced(content()), request.app.state.exports, headers)


class _Export:
    """An answer whose content is made while it is sent, and closed when nobody takes it any more."""

    def __init__(self, slices: Generator[bytes], running: Running, headers: Mapping[str, str]) -> None:
        self._slices = slices
        self._running = running
        self._headers = headers

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        with self._running.one():
            try:
                # What goes wrong with the first query is still an answer of its own.
                first = await run_in_threadpool(next, self._slices, b"")
                whole = chain([first], self._slices)
                await StreamingResponse(whole, headers=self._headers)(scope, receive, send)
            finally:
                with suppress(ValueError):  # a thread is still in it where a server is made to stop
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
