"""What a visitor's browser asks for besides counting: the tracker, and whether events are accepted.

Nothing here may mark a device: no Set-Cookie, and neither ETag nor Last-Modified, which a browser sends back
and which can therefore carry a number from one visit to the next.
"""

import asyncio
import gzip
import json
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from hashlib import sha384

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ingest.tracker import names
from ingest.tracker.variant import variant
from schema.sites.sites import Site

_HEADERS = {
    "content-type": "application/javascript",
    "vary": "accept-encoding",
    "x-content-type-options": "nosniff",
    # Any site may embed it, also one that isolates itself (COEP).
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
}

# Making a script takes 20 ms, and there are 514. A thread of their own, so that neither hits nor pages wait for them.
_maker = ThreadPoolExecutor(1, "script")
_made: dict[frozenset[str], bytes] = {}  # script by its features


def routes(*, refusal: Callable[[], str], base_url: str, site_of_script: Callable[[str], Site | None]) -> list[Route]:
    """Return the public routes that are not the collector's.

    refusal: why an event sent now would be refused, empty if it would not; asked on each health check. base_url: how
    browsers reach this server. site_of_script: the site that has a script of its own under a name.
    """

    async def health(_: Request) -> Response:
        reason = refusal()
        status = {"status": "not accepting events", "reason": reason} if reason else {"status": "ok"}
        return JSONResponse(status, 503 if reason else 200, headers={"cache-control": "no-store"})

    async def site_script(request: Request) -> Response:
        site = site_of_script(request.path_params["id"])
        if site is None:
            return _not_found()
        settings = {"domain": site.domain, "endpoint": f"{base_url.rstrip('/')}/api/event", **_options(site)}
        script = (await _script(names.SITE)).replace(b"SITE", json.dumps(settings).encode())
        # Soon asked for again: with what it is made of, the site's settings, may change what it does.
        return _answer(request, script, caching="public, max-age=60, no-transform")

    return [
        Route("/js/pa-{id}.js", site_script),
        Route("/js/script.mjs", _module),
        Route("/js/{name}", _named_script),
        Route("/api/health", health),
    ]


def _options(site: Site) -> dict[str, bool]:
    """Return what the site's script is to do, as `plausible.init` takes it; only what is not so by default."""
    options = {
        "hashBasedRouting": site.script.hash_based_routing,
        "outboundLinks": site.script.outbound_links,
        "fileDownloads": site.script.file_downloads,
        "formSubmissions": site.script.form_submissions,
    }
    return {name: True for name, is_on in options.items() if is_on}


def script_integrity() -> str:
    """Return what a tag that pins /js/script.js holds in its attribute `integrity`."""
    return "sha384-" + b64encode(sha384(variant(names.TAG)).digest()).decode()


async def _module(request: Request) -> Response:
    return _answer(request, await _script(names.MODULE))


async def _named_script(request: Request) -> Response:
    """Answer with the script whose name stands in snippets that are already on people's pages."""
    features = names.features(request.path_params["name"])
    return _not_found() if features is None else _answer(request, await _script(features))


async def _script(features: frozenset[str]) -> bytes:
    """Return the script that has these features; it is made when it is asked for the first time."""
    if features not in _made:
        _made[features] = await asyncio.get_running_loop().run_in_executor(_maker, variant, features)
    return _made[features]


def _answer(request: Request, script: bytes, *, caching: str = "public, max-age=86400, must-revalidate") -> Response:
    headers = {**_HEADERS, "cache-control": caching}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(_compressed(script), headers={**headers, "content-encoding": "gzip"})
    return Response(script, headers=headers)


def _not_found() -> Response:
    return PlainTextResponse("Not found", status_code=404)


@lru_cache(maxsize=512)
def _compressed(script: bytes) -> bytes:
    return gzip.compress(script, mtime=0)
