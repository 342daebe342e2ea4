"""What a visitor's browser asks for besides counting: the tracker, and whether events are accepted.

Nothing here may mark a device: no Set-Cookie, and neither ETag nor Last-Modified, which a browser sends back
and which can therefore carry a number from one visit to the next.
"""

import gzip
from collections.abc import Callable
from pathlib import Path

from rjsmin import jsmin
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TRACKER = jsmin((Path(__file__).parent / "tracker" / "script.js").read_text(encoding="utf-8")).encode()
TRACKER_GZIP = gzip.compress(TRACKER, mtime=0)

_TRACKER_HEADERS = {
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
        # Both names stand in snippets that are already on people's pages.
        Route("/js/script.js", _tracker),
        Route("/js/plausible.js", _tracker),
        Route("/api/health", health),
    ]


async def _tracker(request: Request) -> Response:
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(TRACKER_GZIP, headers={**_TRACKER_HEADERS, "content-encoding": "gzip"})
    return Response(TRACKER, headers=_TRACKER_HEADERS)
