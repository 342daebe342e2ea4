"""GET /api/pixel.gif: a page view for pages without JavaScript, as a transparent image of one pixel.

Its parameters are the page (u), the site (d) and the referrer (r). Without u, the page is the request's Referer header:
for an image on another site, browsers shorten it to the host unless the image has a `referrerpolicy`. The answer is
always the image, whether the page view counts or not.

The same image is at /api/event/pixel.gif: browsers send the opt-out cookie there, on the site's own web server.
"""

import json
from base64 import b64decode
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH = "/api/pixel.gif"
# Below the path of the collector, where browsers send the opt-out cookie.
PATH_OF_SITE = "/api/event/pixel.gif"
_PATHS = frozenset({PATH, PATH_OF_SITE})

_IMAGE = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_HEADERS = [
    (b"content-type", b"image/gif"),
    (b"content-length", b"%d" % len(_IMAGE)),
    # Every page view must send a request.
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"cross-origin"),
]


def is_pixel(scope: Scope) -> bool:
    return bool(scope["type"] == "http" and scope["path"] in _PATHS and scope["method"] == "GET")


async def answer(scope: Scope, send: Send, *, count: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
    """Send the image, after `count` has handled the page view as if a script had posted it."""
    body = json.dumps(_event(scope)).encode()
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-type"]

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body}

    await count({**scope, "headers": headers}, receive, _discard)
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _IMAGE})


def _event(scope: Scope) -> dict[str, str]:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    fields = {key: query[key][0] for key in ("u", "d", "r") if key in query}
    page = dict(scope["headers"]).get(b"referer", b"").decode("latin-1")
    return {"n": "pageview", "u": page, **fields}


async def _discard(_message: MutableMapping[str, Any]) -> None:
    """Drop the answer that a script would get."""
