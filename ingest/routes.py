"""What a visitor's browser asks for besides counting: the tracker, and whether events are accepted.

Nothing here may mark a device: no Set-Cookie, and neither ETag nor Last-Modified, which a browser sends back
and which can therefore carry a number from one visit to the next.
"""

import gzip
from collections.abc import Callable
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ingest.tracker import names
from ingest.tracker.variant import variant

_HEADERS = {
    "content-type": "application/javascript",
    "cache-control": "public, max-age=86400, must-revalidate",
    "vary": "accept-encoding",
    "x-content-type-options": "nosniff",
    # Any site may embed it, also one that isolates itself (COEP).
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
}


def routes(*, is_accepting: Callable[[], bool]) -> list[Route]:
    """Return the public routes that are not the collector's.

    is_accepting: whether an event sent now would be kept; asked on each health check.
    """

    async def health(_: Request) -> Response:
        status, code = ("ok", 200) if is_accepting() else ("not accepting events", 503)
        return JSONResponse({"status": status}, status_code=code, headers={"cache-control": "no-store"})

    return [
        Route("/js/{name}", _named_script),
        Route("/api/health", health),
    ]


async def _named_script(request: Request) -> Response:
    """Answer with the script whose name stands in snippets that are already on people's pages."""
    features = names.features(request.path_params["name"])
    return _not_found() if features is None else _answer(request, variant(features))


def _answer(request: Request, script: bytes) -> Response:
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(_compressed(script), headers={**_HEADERS, "content-encoding": "gzip"})
    return Response(script, headers=_HEADERS)


def _not_found() -> Response:
    return PlainTextResponse("Not found", status_code=404)


@lru_cache(maxsize=512)
def _compressed(script: bytes) -> bytes:
    return gzip.compress(script, mtime=0)
