"""Import of events over HTTP: the body is a file of any size, read while it arrives.

Each import has its own thread outside the shared pool, because it may wait a long time for its client or for earlier
imports. The importer limits their number.
"""

import sqlite3
from asyncio import get_running_loop
from collections.abc import AsyncIterator, Iterator
from functools import partial

from anyio import CapacityLimiter, from_thread, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from dashboard.api import bearer
from dashboard.services import services
from schema.sites.imports import ImportBusyError, ImportRefusedError, ImportResult, OlderEvents
from schema.sites.keys import Scope

STREAMED = "sillage.streamed"  # true in the ASGI scope: no limit on the size and duration of the body
RETRY_AFTER_S = 30
LOWEST_BYTES_PER_S = 2000  # of a body; the slowest uplinks in use are five times faster
LOOK_EVERY_S = 60.0  # of waiting for the client
_YES = ("1", "true")


async def events(request: Request) -> Response:
    """Import past events, one per line, as NDJSON or CSV. Accepted events are in the statistics after the response."""
    site = await run_in_threadpool(bearer.site, request, Scope.IMPORT_EVENTS, request.path_params["domain"])
    request.scope[STREAMED] = True
    run = partial(
        services(request).import_events,
        site,
        _pieces(_arriving(request.stream())),
        import_id=request.query_params.get("import_id", ""),
        is_dry_run=_is_set(request, "dry_run"),
        skips_older=_is_set(request, "skip_older"),
    )
    try:
        result = await to_thread.run_sync(run, limiter=CapacityLimiter(1))
    except ClientDisconnect:
        return Response(status_code=400)  # the client is gone
    except _TooSlowError as error:
        raise HTTPException(408, str(error), {"Connection": "close"}) from None
    except ImportBusyError as error:
        raise HTTPException(503, str(error), {"Retry-After": str(RETRY_AFTER_S)}) from None
    except ImportRefusedError as error:
        raise HTTPException(400, str(error)) from None
    except (OSError, sqlite3.Error) as error:
        raise HTTPException(
            503, f"The import was interrupted ({error}). Send the same file again to continue."
        ) from error
    return JSONResponse(as_fields(result))


def _is_set(request: Request, name: str) -> bool:
    return request.query_params.get(name, "").lower() in _YES


def as_fields(result: ImportResult) -> dict[str, object]:
    """Return the result of an import as JSON fields."""
    return {
        "import_id": result.id,
        "accepted": result.accepted,
        "rejected": [{"line": line, "error": problem} for line, problem in result.problems],
        "rejected_count": result.rejected,
        "repeated": result.is_repeated,
        "older": _older_fields(result.older),
    }


def _older_fields(older: OlderEvents | None) -> dict[str, object] | None:
    """Return the events that are older than the retention, as JSON fields."""
    if older is None:
        return None
    days = {name: str(getattr(older, name)) for name in ("first_day", "last_day", "kept_from")}
    return {"events": older.events, "days": older.days, **days, "description": f"{older}."}


class _TooSlowError(Exception):
    """The body arrives below the lowest rate. The message is shown to the user."""


async def _arriving(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield a body. Raises _TooSlowError below LOWEST_BYTES_PER_S. Only time spent waiting for the client counts."""
    waited_s, received_bytes = 0.0, 0
    clock = get_running_loop().time
    since = clock()
    async for piece in stream:
        waited_s += clock() - since
        received_bytes += len(piece)
        if waited_s >= LOOK_EVERY_S:
            if received_bytes < waited_s * LOWEST_BYTES_PER_S:
                raise _TooSlowError(
                    f"The file arrives at less than {LOWEST_BYTES_PER_S:,} bytes a second: "
                    "send it over a faster connection or in smaller files"
                )
            waited_s, received_bytes = 0.0, 0
        yield piece
        since = clock()


def _pieces(stream: AsyncIterator[bytes]) -> Iterator[bytes]:
    """Yield a body in the importer's thread, which sets the pace."""

    async def next_piece() -> bytes | None:
        return await anext(stream, None)

    while (piece := from_thread.run(next_piece)) is not None:
        if piece:
            yield piece
