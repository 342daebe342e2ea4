"""Public routes besides the collector's: the tracker scripts and the health check.

No response may mark a device. Set-Cookie is forbidden, and so are ETag and Last-Modified: browsers send them back, so
they could carry a number from one visit to the next.
"""

import asyncio
import gzip
import json
from base64 import b64encode
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from hashlib import sha384

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ingest.tracker import names
from ingest.tracker.variant import variant
from schema.sites.host import of_url, without_www
from schema.sites.sites import Site

_HEADERS = {
    "content-type": "application/javascript",
    "vary": "accept-encoding",
    "x-content-type-options": "nosniff",
    # Any site may embed it, even one that isolates itself (COEP).
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
}

Endpoint = Callable[[Request], Awaitable[Response]]

# Building a script takes 20 ms, and there are 1,026. They have their own thread, so hits and pages never wait for them.
_builder = ThreadPoolExecutor(1, "script")
_built: dict[frozenset[str], bytes] = {}  # script by its features


def routes(
    *,
    refusal: Callable[[], str],
    base_url: str,
    site_of_script: Callable[[str], Site | None],
    note_load: Callable[[str], None] = lambda _host: None,
) -> list[Route]:
    """Return the routes.

    refusal: why events are rejected now, empty if they are accepted; called for each health check. base_url: how
    browsers reach this server. site_of_script: returns the site whose own script has an ID. note_load: called with the
    host of the page for each script that is loaded.
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
        # Cached briefly, because a change of the site's settings changes the script.
        return _answer(request, script, caching="public, max-age=60, no-transform")

    def noted(answer: Endpoint) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            note_load(without_www(of_url(request.headers.get("referer", ""))))
            return await answer(request)

        return endpoint

    return [
        Route("/js/pa-{id}.js", noted(site_script)),
        Route("/js/script.mjs", noted(_module)),
        Route("/js/{name}", noted(_named_script)),
        Route("/api/health", health),
    ]


def _options(site: Site) -> dict[str, bool]:
    """Return the options of the site's script for `plausible.init`, without defaults."""
    options = {
        "hashBasedRouting": site.script.hash_based_routing,
        "outboundLinks": site.script.outbound_links,
        "fileDownloads": site.script.file_downloads,
        "formSubmissions": site.script.form_submissions,
    }
    return {name: True for name, is_on in options.items() if is_on}


def script_integrity() -> str:
    """Return the `integrity` attribute of a tag that pins /js/script.js."""
    return "sha384-" + b64encode(sha384(variant(names.TAG)).digest()).decode()


async def _module(request: Request) -> Response:
    return _answer(request, await _script(names.MODULE))


async def _named_script(request: Request) -> Response:
    """Return a script by the file name that snippets on existing pages use."""
    features = names.features(request.path_params["name"])
    return _not_found() if features is None else _answer(request, await _script(features))


async def _script(features: frozenset[str]) -> bytes:
    """Return the script with these features. It is built on its first request."""
    if features not in _built:
        _built[features] = await asyncio.get_running_loop().run_in_executor(_builder, variant, features)
    return _built[features]


def _answer(request: Request, script: bytes, *, caching: str = "public, max-age=86400, must-revalidate") -> Response:
    headers = {**_HEADERS, "cache-control": caching}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(_compressed(script), headers={**headers, "content-encoding": "gzip"})
    return Response(script, headers=headers)


def _not_found() -> Response:
    return PlainTextResponse("Not found", status_code=404)


@lru_cache(maxsize=1026)
def _compressed(script: bytes) -> bytes:
    return gzip.compress(script, mtime=0)
