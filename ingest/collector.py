"""POST /api/event: the HTTP of the hot path, which answers before any other application sees the request.

A server that has a request in full can call `answer_to` and `once_written` directly, which saves a task for each hit.

Every well-formed hit gets the same 202, counted or not. `x-plausible-dropped` reports to server-side callers how many
of its domains were dropped; browsers can't read it across origins. Only senders with an API key learn of drops by
exclusions, and in the body, of what is not stored. The answer is sent after the write to the spool.
"""

import json
import logging
import time
from asyncio import shield
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from traceback import format_tb
from typing import Any

from msgspec.structs import replace

from ingest.cuts import cuts
from ingest.hit import Hit, parse
from ingest.outcome import UNKNOWN_SITE, UNREPORTED, Dropped, Reason
from ingest.pipeline import Pipeline
from ingest.request import pixel
from ingest.request.body import MalformedError
from ingest.request.client_ip import TrustedProxies
from ingest.request.headers import ONE_HOST, Headers, by_name, names_one_host, whole
from ingest.request.sender import read_sender, with_key
from ingest.request.sender_keys import SenderKeys
from ingest.storage.drop_counts import Tally
from ingest.storage.flush import record_payload, sites_of
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

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, and the ASGI application that sends it."""

    status: int
    headers: Headers
    body: bytes = b""

    @cached_property
    def rest(self) -> bytes:
        """Return the bytes that follow the status line and the server's own headers."""
        return whole(self.headers, self.body)

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        length = [] if self.status == 204 else [(b"content-length", b"%d" % len(self.body))]
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers + length})
        await send({"type": "http.response.body", "body": self.body})


ACCEPTED = Answer(202, _TEXT, b"ok")
FULL = Answer(503, UNAVAILABLE, b"Events can't be stored right now. Try again later.")
_FAILED = Answer(500, _TEXT, b"Internal error")


class Collector:
    """An ASGI application that answers /api/event and passes everything else on."""

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
        """Replace the API keys in force."""
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._elsewhere(scope, receive, send)
        elif scope["method"] == "POST":
            await self._post(scope, receive, send)
        else:
            await without_hit(scope)(scope, receive, send)

    def is_hit(self, scope: Scope) -> bool:
        """Return whether `answer_to` answers an HTTP request."""
        return is_hit(scope)

    def answer_to(self, scope: Scope, body: bytes | None) -> Answer:
        """Spool the events of a request, and return the answer to send once they are written.

        body: None if the client went away.
        """
        if body is None or len(body) > MAX_BODY_BYTES:
            return UNREADABLE
        if self._spool.is_refusing:  # before the visit grows by an event that is not stored
            self._refuse(scope, body)
            return FULL
        try:
            return self.take(scope, body)
        except MalformedError as error:
            return _refused(error.errors)
        except Exception as error:  # noqa: BLE001 - a hit must not end its connection. The message may quote the hit.
            _log.error("A hit failed: %s\n%s", type(error).__name__, "".join(format_tb(error.__traceback__)))
            return _FAILED

    def once_written(self, answer: Answer, write: Callable[[Answer], None]) -> None:
        """Write an answer once everything spooled so far is on disk, or a refusal if that fails."""
        self._spool.once_written(lambda error: write(self._after(error, answer)))

    def take(self, scope: Scope, body: bytes) -> Answer:
        """Spool the events of a request, and return the answer. Raises MalformedError, SpoolFullError."""
        hit = self._hit(scope, body)
        dropped = self._accept(hit)
        return ACCEPTED if not dropped and not hit.cuts else _partly_accepted(dropped, hit.cuts)

    def _after(self, error: SpoolFullError | None, answer: Answer) -> Answer:
        """Return the answer, or a refusal if accepted events could not be written."""
        if error and answer.status == ACCEPTED.status:
            self._refusals.add(str(error), cause=error.cause)
            if self._refusals.is_new(error):
                self._refusals.of_sites(sites_of(error.content), cause=error.cause, now=self._clock())
            return FULL
        return answer

    def _refuse(self, scope: Scope, body: bytes) -> None:
        """Count a hit that can't be stored."""
        cause = self._spool.cause
        self._refusals.add(self._spool.refusal, cause=cause)
        with suppress(Exception):  # an invalid hit counts for no site
            domains = self._hit(scope, body).domains
            site_ids = [site_id for domain in domains if (site_id := self._pipeline.site_id(domain)) is not None]
            self._refusals.of_sites(site_ids, cause=cause, now=self._clock())

    async def _elsewhere(self, scope: Scope, receive: Receive, send: Send) -> None:
        if pixel.is_pixel(scope):
            await pixel.answer(scope, send, count=self._post)
        else:
            await self._app(scope, receive, send)

    async def _post(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self.answer_to(scope, await read_body(receive))
        try:
            await shield(self._spool.written())  # other hits share the write
        except SpoolFullError as error:
            answer = self._after(error, answer)
        await answer(scope, receive, send)

    def _hit(self, scope: Scope, body: bytes) -> Hit:
        headers = by_name(scope["headers"])
        if not names_one_host(scope, headers):
            raise MalformedError({"request": [ONE_HOST]})
        sender = read_sender(scope, headers, trusted=self._trusted, header_names=self._pipeline.header_names)
        content_type = headers.get(b"content-type", b"").decode("latin-1")
        hit = parse(body, content_type=content_type, sender=sender)
        if b"authorization" in headers and self._keys.cover(headers[b"authorization"], hit.domains):
            return replace(hit, sender=with_key(sender, headers), cuts=cuts(hit, body, content_type=content_type))
        return hit

    def _accept(self, hit: Hit) -> int:
        """Spool the event or count the drop of each domain, and return how many drops to report."""
        dropped = unknown = 0
        now = self._clock()
        for domain in hit.domains:
            outcome = self._pipeline.admit(hit, domain=domain, now=now)
            if not isinstance(outcome, Dropped):
                self._spool.append(record_payload(outcome))
            elif outcome.reason is Reason.UNKNOWN_SITE:
                unknown += 1
            else:
                dropped += hit.sender.has_key or outcome.reason not in UNREPORTED
                self._tally.add(outcome, now=now, zone=self._pipeline.zone(domain))
        if unknown:
            # Charged last, so unknown domains can't use up the limit of known ones.
            self._pipeline.charge(hit.sender.address, count=unknown, now=now)
            self._tally.add(UNKNOWN_SITE, now=now, zone=None, count=unknown)
        return dropped + unknown


def is_hit(scope: Scope) -> bool:
    """Return whether an HTTP request is a hit."""
    return bool(scope["path"] == PATH and scope["method"] == "POST")


def without_hit(scope: Scope) -> Answer:
    """Return the answer to a request for PATH that is not a hit."""
    if scope["method"] == "OPTIONS":
        return Answer(204, _PREFLIGHT)
    return Answer(405, [(b"allow", b"POST, OPTIONS"), *_TEXT], b"Send events with POST.")


async def read_body(receive: Receive) -> bytes | None:
    """Return the body, or its beginning if it is too large; None if the client went away."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        joined = bytearray(body)  # not a list: small pieces take twenty times their size as objects
        while message.get("more_body") and len(joined) <= MAX_BODY_BYTES:
            message = await receive()
            joined += message.get("body", b"")
        body = bytes(joined)
    return body if message["type"] == "http.request" else None


def _partly_accepted(dropped: int, cuts: dict[str, list[str]] | None) -> Answer:
    headers = [(b"x-plausible-dropped", b"%d" % dropped)] if dropped else []
    if not cuts:
        return Answer(ACCEPTED.status, [*_TEXT, *headers], ACCEPTED.body)
    return Answer(ACCEPTED.status, [*_JSON, *headers], json.dumps({"cut": cuts}).encode())


def _refused(errors: dict[str, list[str]]) -> Answer:
    return Answer(400, _JSON, json.dumps({"errors": errors}).encode())


UNREADABLE = _refused({"request": ["Unable to parse request body as json"]})
