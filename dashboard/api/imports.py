"""Importing events over HTTP: the file is the body of the request, of any size, and is read while it arrives."""

import sqlite3
from collections.abc import AsyncIterator, Iterator

from anyio import from_thread
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from dashboard.api import bearer
from schema.imports import ImportBusyError, ImportRefusedError, ImportResult
from schema.keys import Scope

STREAMED = "sillage.streamed"  # in the ASGI scope, and true: the body may take its time and any size, piece by piece
RETRY_AFTER_S = 30
_YES = ("1", "true")


async def events(request: Request) -> Response:
    """Import events of the past, one a line, as NDJSON or CSV; what was accepted is counted when this answers."""
    site = await run_in_threadpool(bearer.site, request, Scope.IMPORT_EVENTS, request.path_params["domain"])
    request.scope[STREAMED] = True
    try:
        result = await run_in_threadpool(
            request.app.state.import_events,
            site,
            _pieces(request.stream()),
            import_id=request.query_params.get("import_id", ""),
            is_dry_run=request.query_params.get("dry_run", "").lower() in _YES,
        )
    except ClientDisconnect:
        return Response(status_code=400)  # which nobody is there to read
    except ImportBusyError as error:
        raise HTTPException(409, str(error), {"Retry-After": str(RETRY_AFTER_S)}) from None
    except ImportRefusedError as error:
        raise HTTPException(400, str(error)) from None
    except (OSError, sqlite3.Error) as error:
        raise HTTPException(
            503, f"The import broke off ({error}). Send the same file again, and it goes on where it was."
        ) from error
    return JSONResponse(as_fields(result))


def as_fields(result: ImportResult) -> dict[str, object]:
    """Return what came of an import, as programs are told."""
    return {
        "import_id": result.id,
        "accepted": result.accepted,
        "rejected": [{"line": line, "error": problem} for line, problem in result.problems],
        "rejected_count": result.rejected,
        "repeated": result.is_repeated,
    }


def _pieces(stream: AsyncIterator[bytes]) -> Iterator[bytes]:
    """Yield a body in the thread that reads it, no faster than it is read."""

    async def next_piece() -> bytes | None:
        return await anext(stream, None)

    while (piece := from_thread.run(next_piece)) is not None:
        if piece:
            yield piece
