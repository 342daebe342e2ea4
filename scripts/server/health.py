"""What programs ask about the server: is it alive, does it accept hits, and its numbers.

/health/ready is about hits alone: with ClickHouse away, hits wait in the spool, and a load balancer must go on sending
them. /metrics answers programs on this machine, or those that send the token of `metrics_token_file`.
"""

import hmac
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ingest.collector import RETRY_AFTER_S

LIVE, READY, METRICS = "/health/live", "/health/ready", "/metrics"
_NEVER_STORED = {"cache-control": "no-store"}
# A proxy on the same machine speaks for strangers.
_OF_PROXIES = ("forwarded", "x-forwarded-for", "x-real-ip", "via", "cf-connecting-ip")
_LOCAL_ONLY = "Only programs on this machine get metrics. For others, set metrics_token_file and send its token.\n"
_UNAUTHORIZED = "Send the token of metrics_token_file as `Authorization: Bearer TOKEN`.\n"
_UNREADABLE = "The file that metrics_token_file names can't be read, or is empty.\n"


def routes(*, refusal: Callable[[], str], metrics: Callable[[], str], token_file: Path | None) -> list[Route]:
    """Return the routes.

    refusal: why events are rejected now; empty: they are accepted. metrics: in Prometheus's text format.
    """

    async def live(_: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers=_NEVER_STORED)

    async def ready(_: Request) -> Response:
        if reason := refusal():
            headers = {**_NEVER_STORED, "retry-after": str(RETRY_AFTER_S)}
            return JSONResponse({"status": "not accepting events", "reason": reason}, 503, headers)
        return JSONResponse({"status": "ok"}, headers=_NEVER_STORED)

    def measured(request: Request) -> Response:
        return _objection(request, token_file) or PlainTextResponse(
            metrics(), headers=_NEVER_STORED, media_type="text/plain; version=0.0.4"
        )

    return [Route(LIVE, live), Route(READY, ready), Route(METRICS, measured)]


def _objection(request: Request, token_file: Path | None) -> Response | None:
    """Return the refusal of a request that may not see metrics, else None."""
    if token_file is None:
        return None if _is_local(request) else PlainTextResponse(_LOCAL_ONLY, 403, _NEVER_STORED)
    try:
        token = token_file.read_bytes().strip()
    except OSError:
        token = b""
    if not token:
        return PlainTextResponse(_UNREADABLE, 503, _NEVER_STORED)
    token_sent = request.headers.get("authorization", "").partition(" ")[2].encode()
    if hmac.compare_digest(token_sent, token):
        return None
    return PlainTextResponse(_UNAUTHORIZED, 401, {**_NEVER_STORED, "www-authenticate": "Bearer"})


def _is_local(request: Request) -> bool:
    if any(name in request.headers for name in _OF_PROXIES):
        return False
    return request.client is None or ip_address(request.client.host).is_loopback
