"""POST /api/event, answered ahead of everything else: the HTTP of the hot path lives here, and the pixel's way in.

Every well-formed hit gets the same 202, counted or not; only `x-plausible-dropped` tells a server-side caller how many
of its domains were not counted (browsers can't read it across origins). What an exclusion keeps out is told to whoever
shows a key, and to nobody else. The answer comes after the write to the spool.
"""

import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from traceback import format_tb
from typing import Any

from msgspec.structs import replace

from ingest import claims, client_hints, pixel
from ingest.body import MalformedError
from ingest.client_ip import TrustedProxies, client_ip, named_ip
from ingest.flush import record_payload
from ingest.headers import Headers, by_name, whole
from ingest.hit import Hit, parse
from ingest.outcome import UNTOLD, Dropped
from ingest.pipeline import Pipeline
from ingest.sender_keys import SenderKeys
from ingest.spool import Spool, SpoolFullError
from ingest.tally import Tally

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
# Writes a whole answer: a status, and all that goes behind the server's own headers. False where it has to be sent.
AtOnce = Callable[[Scope, int, bytes], bool]

PATH = "/api/event"
AT_ONCE = "sillage.at_once"  # in the ASGI scope where the server offers it, of the type AtOnce
MAX_BODY_BYTES = 1_000_000
RETRY_AFTER_S = 10

_ALLOWED_HEADERS = (
    b"Authorization,Content-Type,Accept,Origin,User-Agent,DNT,Cache-Control,X-Mx-ReqToken,"
    b"Keep-Alive,X-Requested-With,If-Modified-Since,X-CSRF-Token"
)
_CORS: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-credentials", b"true"),
    (b"access-control-expose-headers", b""),
]
_PREFLIGHT: Headers = [
    *_CORS,
    (b"access-control-max-age", b"1728000"),
    (b"access-control-allow-methods", b"GET,POST,PUT,PATCH,DELETE,OPTIONS"),
    (b"access-control-allow-headers", _ALLOWED_HEADERS),
]
_TEXT: Headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *_CORS]
UNAVAILABLE: Headers = [(b"retry-after", b"%d" % RETRY_AFTER_S), *_TEXT]  # with 503
_JSON: Headers = [(b"content-type", b"application/json; charset=utf-8"), (b"cache-control", b"no-store"), *_CORS]
_OK = b"ok"
_ACCEPTED_AT_ONCE = whole(_TEXT, _OK)
_UNREADABLE = {"errors": {"request": ["Unable to parse request body as json"]}}

_log = logging.getLogger(__name__)


class Collector:
    """An ASGI application that answers /api/event and hands everything else on."""

    def __init__(
        self,
        app: App,
        *,
        pipeline: Pipeline,
        spool: Spool,
        tally: Tally,
        trusted: TrustedProxies,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._app = app
        self._pipeline = pipeline
        self._spool = spool
        self._tally = tally
        self._trusted = trusted
        self._clock = clock
        self._keys = SenderKeys()

    def accept_keys(self, keys: SenderKeys) -> None:
        """Put the keys of senders in force in place of the present ones."""
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._elsewhere(scope, receive, send)
        elif scope["method"] == "POST":
            await self._post(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await _answer(send, 204, _PREFLIGHT, b"")
        else:
            await _answer(send, 405, [(b"allow", b"POST, OPTIONS"), *_TEXT], b"send events with POST")

    def take(self, scope: Scope, body: bytes) -> int:
        """Put down what a request reports; return for how many domains the sender is told that it isn't counted.

        Raises MalformedError, SpoolFullError.
        """
        return self._accept(self._hit(scope, body))

    async def _elsewhere(self, scope: Scope, receive: Receive, send: Send) -> None:
        if pixel.is_asked_for(scope):
            await pixel.answer(scope, send, count=self._post)
        else:
            await self._app(scope, receive, send)

    async def _post(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        if body is None:
            await _answer(send, 400, _JSON, json.dumps(_UNREADABLE).encode())
            return
        if self._spool.is_full:
            await _answer_full(send)
            return
        try:
            dropped = self.take(scope, body)
            await self._spool.written()
        except MalformedError as error:
            await _answer(send, 400, _JSON, json.dumps({"errors": error.errors}).encode())
        except SpoolFullError as error:
            _log.error("events are refused: %s", error)
            await _answer_full(send)
        except Exception as error:  # noqa: BLE001 one hit must not cost its connection; the message may quote the hit: left out
            _log.error("a hit failed: %s\n%s", type(error).__name__, "".join(format_tb(error.__traceback__)))
            await _answer(send, 500, _TEXT, b"Internal error")
        else:
            at_once: AtOnce | None = scope.get(AT_ONCE)
            if dropped or at_once is None or not at_once(scope, 202, _ACCEPTED_AT_ONCE):
                count: Headers = [(b"x-plausible-dropped", b"%d" % dropped)] if dropped else []
                await _answer(send, 202, [*_TEXT, *count], _OK)

    def _hit(self, scope: Scope, body: bytes) -> Hit:
        headers = by_name(scope["headers"])
        client = scope.get("client")
        peer = client[0] if client else None
        looked_at = self._pipeline.header_names
        has_claims = claims.ADDRESS_KIND in headers or not looked_at.isdisjoint(headers)
        hit = parse(
            body,
            content_type=headers.get(b"content-type", b"").decode("latin-1"),
            address=client_ip(peer, headers, self._trusted),
            user_agent=headers.get(b"user-agent", b"").decode("latin-1"),
            hints=client_hints.read(headers),
            claims=claims.read(headers, is_trusted=has_claims and self._trusted.trusts(peer), looked_at=looked_at),
        )
        return self._by_key(hit, headers) if b"authorization" in headers else hit

    def _by_key(self, hit: Hit, headers: Mapping[bytes, bytes]) -> Hit:
        """Return a hit with what its sender says of the visitor, where the sender shows a key of ours."""
        if not self._keys.cover(headers[b"authorization"], hit.domains):
            return hit
        address = named_ip(headers) or hit.address
        return replace(hit, address=address, claims=claims.read(headers, is_trusted=True)._replace(has_key=True))

    def _accept(self, hit: Hit) -> int:
        """Put down what is to be stored, count the rest; return for how many domains a drop is told."""
        dropped = 0
        now = self._clock()
        for domain in hit.domains:
            outcome = self._pipeline.admit(hit, domain=domain, now=now)
            if isinstance(outcome, Dropped):
                dropped += hit.claims.has_key or outcome.reason not in UNTOLD
                self._tally.add(outcome, now=now, zone=self._pipeline.zone(domain))
            else:
                self._spool.append(record_payload(outcome))
        return dropped


async def _body(receive: Receive) -> bytes | None:
    """Return the whole body; None where it is too large or the client went away."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        whole = bytearray(body)  # not a list of pieces: as objects, small ones take twenty times their size
        while message.get("more_body") and len(whole) <= MAX_BODY_BYTES:
            message = await receive()
            whole += message.get("body", b"")
        body = bytes(whole)
    return body if len(body) <= MAX_BODY_BYTES and message["type"] == "http.request" else None


async def _answer_full(send: Send) -> None:
    await _answer(send, 503, UNAVAILABLE, b"events can't be stored just now, try again later")


async def _answer(send: Send, status: int, headers: Headers, body: bytes) -> None:
    length = [] if status == 204 else [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers + length})
    await send({"type": "http.response.body", "body": body})
