"""POST /api/event, answered ahead of everything else: the HTTP of the hot path lives here, and the pixel's way in.

A server may hand a hit over whose body it has in full (`answer_to`, `once_written`), which spares the hit a task of its
own; else it arrives as with any ASGI application.

Every well-formed hit gets the same 202, counted or not; only `x-plausible-dropped` tells a server-side caller how many
of its domains were not counted (browsers can't read it across origins). What an exclusion keeps out is told to whoever
shows a key, and to nobody else. The answer comes after the write to the spool.
"""

import json
import logging
import time
from asyncio import shield
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import cached_property
from traceback import format_tb
from typing import Any

from msgspec.structs import replace

from ingest.hit import Hit, parse
from ingest.outcome import UNKNOWN_SITE, UNTOLD, Dropped, Reason
from ingest.pipeline import Pipeline
from ingest.request import client_hints, pixel, signals
from ingest.request.body import MalformedError
from ingest.request.client_ip import TrustedProxies, client_ip, named_ip
from ingest.request.headers import ONE_HOST, Headers, by_name, names_one_host, whole
from ingest.request.sender_keys import SenderKeys
from ingest.storage.drop_counts import Tally
from ingest.storage.flush import record_payload
from ingest.storage.refusals import Refusals
from ingest.storage.spool import Spool, SpoolFullError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PATH = "/api/event"
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
_UNREADABLE = {"request": ["Unable to parse request body as json"]}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What is answered, and the ASGI application that answers it."""

    status: int
    headers: Headers
    body: bytes = b""

    @cached_property
    def rest(self) -> bytes:
        """All of it as it is sent, but for the status line and the server's own headers."""
        return whole(self.headers, self.body)

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        length = [] if self.status == 204 else [(b"content-length", b"%d" % len(self.body))]
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers + length})
        await send({"type": "http.response.body", "body": self.body})


_ACCEPTED = Answer(202, _TEXT, b"ok")
_FULL = Answer(503, UNAVAILABLE, b"events can't be stored just now, try again later")
_FAILED = Answer(500, _TEXT, b"Internal error")


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
        refusals: Refusals | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """refusals: counts hits that can't be stored."""
        self._app = app
        self._pipeline = pipeline
        self._spool = spool
        self._tally = tally
        self._trusted = trusted
        self._refusals = refusals or Refusals(lambda: spool.refusal)
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
            await Answer(204, _PREFLIGHT)(scope, receive, send)
        else:
            await Answer(405, [(b"allow", b"POST, OPTIONS"), *_TEXT], b"send events with POST")(scope, receive, send)

    def answer_to(self, scope: Scope, body: bytes | None) -> Answer:
        """Put down what a request reports, and return what is answered once that is written. body: None: unreadable."""
        if body is None or len(body) > MAX_BODY_BYTES:
            return _refused(_UNREADABLE)
        if self._spool.is_refusing:  # ahead of the visit, which would count what is not stored
            self._refusals.add(self._spool.refusal)
            return _FULL
        try:
            dropped = self.take(scope, body)
        except MalformedError as error:
            return _refused(error.errors)
        except Exception as error:  # noqa: BLE001 one hit must not cost its connection; the message may quote the hit: left out
            _log.error("a hit failed: %s\n%s", type(error).__name__, "".join(format_tb(error.__traceback__)))
            return _FAILED
        if not dropped:
            return _ACCEPTED
        return Answer(_ACCEPTED.status, [*_TEXT, (b"x-plausible-dropped", b"%d" % dropped)], _ACCEPTED.body)

    def once_written(self, answer: Answer, write: Callable[[Answer], None]) -> None:
        """Have an answer written once everything put down so far is in the spool, or another where it can't be."""
        self._spool.once_written(lambda error: write(self._after(error, answer)))

    def take(self, scope: Scope, body: bytes) -> int:
        """Put down what a request reports; return for how many domains the sender is told that it isn't counted.

        Raises MalformedError, SpoolFullError.
        """
        return self._accept(self._hit(scope, body))

    def _after(self, error: SpoolFullError | None, answer: Answer) -> Answer:
        """Return the answer, or a refusal where what was accepted could not be written. error: why it could not."""
        if error and answer.status == _ACCEPTED.status:
            self._refusals.add(str(error))
            return _FULL
        return answer

    async def _elsewhere(self, scope: Scope, receive: Receive, send: Send) -> None:
        if pixel.is_asked_for(scope):
            await pixel.answer(scope, send, count=self._post)
        else:
            await self._app(scope, receive, send)

    async def _post(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self.answer_to(scope, await _body(receive))
        try:
            await shield(self._spool.written())  # others wait for the same
        except SpoolFullError as error:
            answer = self._after(error, answer)
        await answer(scope, receive, send)

    def _hit(self, scope: Scope, body: bytes) -> Hit:
        headers = by_name(scope["headers"])
        if not names_one_host(scope, headers):
            raise MalformedError({"request": [ONE_HOST]})
        client = scope.get("client")
        peer = client[0] if client else None
        looked_at = self._pipeline.header_names
        has_claims = signals.ADDRESS_KIND in headers or not looked_at.isdisjoint(headers)
        hit = parse(
            body,
            content_type=headers.get(b"content-type", b"").decode("latin-1"),
            address=client_ip(peer, headers, self._trusted),
            user_agent=headers.get(b"user-agent", b"").decode("latin-1"),
            hints=client_hints.read(headers),
            claims=signals.read(headers, is_trusted=has_claims and self._trusted.trusts(peer), looked_at=looked_at),
        )
        return self._by_key(hit, headers) if b"authorization" in headers else hit

    def _by_key(self, hit: Hit, headers: Mapping[bytes, bytes]) -> Hit:
        """Return a hit with what its sender says of the visitor, where the sender shows a key of ours."""
        if not self._keys.cover(headers[b"authorization"], hit.domains):
            return hit
        address = named_ip(headers) or hit.address
        return replace(hit, address=address, claims=signals.read(headers, is_trusted=True)._replace(has_key=True))

    def _accept(self, hit: Hit) -> int:
        """Put down what is to be stored, count the rest; return for how many domains a drop is told."""
        dropped = unknown = 0
        now = self._clock()
        for domain in hit.domains:
            outcome = self._pipeline.admit(hit, domain=domain, now=now)
            if not isinstance(outcome, Dropped):
                self._spool.append(record_payload(outcome))
            elif outcome.reason is Reason.UNKNOWN_SITE:
                unknown += 1
            else:
                dropped += hit.claims.has_key or outcome.reason not in UNTOLD
                self._tally.add(outcome, now=now, zone=self._pipeline.zone(domain))
        if unknown:
            # After the known ones, which are counted whatever else is in the list.
            self._pipeline.charge(hit, count=unknown, now=now)
            self._tally.add(UNKNOWN_SITE, now=now, zone=None, count=unknown)
        return dropped + unknown


async def _body(receive: Receive) -> bytes | None:
    """Return the body, of one that is too large at least so much; None where the client went away."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        whole = bytearray(body)  # not a list of pieces: as objects, small ones take twenty times their size
        while message.get("more_body") and len(whole) <= MAX_BODY_BYTES:
            message = await receive()
            whole += message.get("body", b"")
        body = bytes(whole)
    return body if message["type"] == "http.request" else None


def _refused(errors: dict[str, list[str]]) -> Answer:
    return Answer(400, _JSON, json.dumps({"errors": errors}).encode())
