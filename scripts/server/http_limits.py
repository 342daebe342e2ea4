"""Connections that slow or greedy clients can't exhaust.

Uvicorn waits for ever for the rest of a request and for a client that does not read its answer, and accepts a head of
any length and any number of connections (checked with 0.54 and its httptools parser). Open files and memory would run
out. Here a request must arrive within a time limit, all requests that are arriving share a memory limit, new
connections beyond a maximum are refused, and a connection whose client stops reading is aborted. Uvicorn's own limit
on connections refuses the next request of any connection, also of earlier ones.

Requests that arrive in one piece, as nearly every hit does, skip all this. An application may offer to answer such
requests directly (see Direct). Then there is no task or timer for each hit, which would cost a tenth of the whole.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from dashboard.api.imports import STREAMED
from ingest.collector import UNAVAILABLE, Answer
from ingest.request.body import MAX_CONTENT_TYPE_CHARACTERS
from ingest.request.headers import ONE_HOST, by_name, names_one_host, whole, written

MAX_HEAD_BYTES = 65_536  # beyond the piece in which the request began
MAX_HEADERS = 200  # a header of four bytes takes thirty times as much memory
# Of requests that are not hits. Routing, fields and cookies take up to half a microsecond a byte.
MAX_PATH_CHARACTERS = 2000
MAX_LINE_BYTES = 16_384  # of a query, or a header
# A browser's hit is not larger, so the memory limit never refuses one. Only the number of connections limits them.
FREE_BYTES = 8192

_log = logging.getLogger(__name__)


class Room:
    """Memory for incomplete requests, shared by all connections."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._taken_bytes = 0

    @property
    def is_full(self) -> bool:
        return self._taken_bytes > self._max_bytes

    def take(self, size_bytes: int) -> None:
        self._taken_bytes += size_bytes

    def give_back(self, size_bytes: int) -> None:
        self._taken_bytes -= size_bytes


class Direct(Protocol):
    """What an application offers to answer a complete request without a task of its own."""

    def is_hit(self, scope: Any) -> bool:
        """Return whether the application answers this request so."""

    def answer_to(self, scope: Any, body: bytes | None) -> Answer: ...

    def once_written(self, answer: Answer, write: Callable[[Answer], None]) -> None: ...


class Connection(HttpToolsProtocol):
    """Uvicorn's connection with limits on the time and size of incomplete requests.

    A body that the application streams has no limit as long as it keeps arriving.
    """

    arrives_within_s = 10.0
    taken_within_s = 60.0
    max_connections = 10_000
    room = Room(64 * 1_048_576)

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._arrival_check: asyncio.TimerHandle | None = None
        self._arriving: object = None  # the scope of the request that is arriving
        self._is_hit: Callable[[Any], bool] | None = None
        self.use(self.app)
        self._arrived_bytes = 0  # of it, including all of the piece in which it began
        self._max_head_bytes = MAX_HEAD_BYTES
        self._has_moved = False  # since the last check
        self._hit: RequestResponseCycle | None = None  # its body may be complete before this piece ends
        self._idle_since: float | None = None  # by the loop's clock: since when nothing arrived after an answered hit
        self._idleness: asyncio.TimerHandle | None = None
        self._watch: asyncio.TimerHandle | None = None  # for a client that has not read what was written
        self._untaken_bytes = 0  # when the watch started
        self._has_taken = False  # since then

    def use(self, app: Any) -> None:
        """Answer with an application. It may offer to answer complete hits directly."""
        self.app, self._is_hit = app, getattr(app, "is_hit", None)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.max_connections:
            self._refuse("connections exceed connections_max")
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._hit is not None:
            self._hit = None
            super()._start_asgi_task(self.cycle, _ending(self.app, self.cycle))
        if self._is_receiving() and not self.transport.is_closing():
            self._has_moved = True
            if self._is_streamed():
                self._release()
            else:
                self._take(len(data))
            if self._arrival_check is None:
                self._wait()
        elif self._arrived_bytes:
            self._release()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self._hit is not None:
            hit, self._hit = self._hit, None
            self._hand_over(hit, self.app)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.cycle is not None:
            self.cycle.on_response = lambda: None  # it holds this connection, which holds the cycle
        self._release()
        for timer in (self._arrival_check, self._idleness, self._watch):
            if timer is not None:
                timer.cancel()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_client()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._has_taken = True

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch_client()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._watch_client()

    def _watch_client(self) -> None:
        """Check after the time limit whether the client has read anything of what waits to be sent."""
        untaken_bytes = self.transport.get_write_buffer_size()
        if untaken_bytes and self._watch is None:
            self._untaken_bytes, self._has_taken = untaken_bytes, False
            self._watch = self.loop.call_later(self.taken_within_s, self._check_client)

    def _check_client(self) -> None:
        self._watch = None
        if self._has_taken or self.transport.get_write_buffer_size() < self._untaken_bytes:
            self._watch_client()
        else:
            self.transport.abort()  # closing would wait until everything is sent

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        scope: Any = cycle.scope
        is_hit = self._is_hit is not None and app is self.app and self._is_hit(scope)
        # The collector checks the headers of a hit itself.
        if not is_hit and (refusal := _refusal(scope)) is not None:
            cycle.keep_alive = False
            super()._start_asgi_task(cycle, refusal)  # type: ignore[arg-type]
        elif is_hit and not cycle.more_body:  # it waited behind another request
            self._hand_over(cycle, app)
        elif is_hit and not cycle.waiting_for_100_continue:
            self._hit = cycle
        else:
            super()._start_asgi_task(cycle, _ending(app, cycle))

    def _hand_over(self, hit: RequestResponseCycle, app: Direct) -> None:
        """Pass a complete hit to the application, and write its answer."""
        app.once_written(app.answer_to(hit.scope, bytes(hit.body)), partial(self._write, hit))

    def _write(self, hit: RequestResponseCycle, answer: Answer) -> None:
        """Write the answer to a hit. Uvicorn does it if the connection is slow or must end."""
        if not hit.keep_alive or self.flow.write_paused:
            super()._start_asgi_task(hit, answer)  # type: ignore[arg-type]  # uvicorn has its own types of messages
        elif not hit.disconnected:
            own = _own_headers(tuple(self.server_state.default_headers))
            self.transport.write(STATUS_LINE[answer.status] + own + answer.rest)
            hit.response_started = hit.response_complete = True
            if self.pipeline or self.flow.read_paused:
                hit.on_response()
            else:
                self.server_state.total_requests += 1
                self._stay()

    def _stay(self) -> None:
        """Wait for the next request as long as uvicorn does, but without a new timer for each hit."""
        self._idle_since = self.loop.time()
        if self._idleness is None:
            self._idleness = self.loop.call_later(self.timeout_keep_alive, self._end_if_idle)

    def _end_if_idle(self) -> None:
        self._idleness = None
        if self._idle_since is None:
            return
        left_s = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left_s > 0:
            self._idleness = self.loop.call_later(left_s, self._end_if_idle)
        else:
            self.timeout_keep_alive_handler()

    def _unset_keepalive_if_required(self) -> None:
        super()._unset_keepalive_if_required()
        self._idle_since = None

    def _is_receiving(self) -> bool:
        """Return whether the newest request is incomplete. It has a cycle of its own once its head has arrived.

        An empty line after an answer counts as the start of a request, because it ends uvicorn's wait for the next one.
        """
        cycle = self.cycle
        if cycle is None or cycle.scope is not self.scope or cycle.more_body:
            return True
        return cycle.response_complete and self.timeout_keep_alive_task is None and self._idle_since is None

    def _is_streamed(self) -> bool:
        """Return whether the application streams the arriving request, whose sender it has authorized.

        Uvicorn reads no faster than the application, so the body does not accumulate here.
        """
        return self.cycle is not None and self.cycle.scope is self.scope and bool(self.scope.get(STREAMED))

    def _take(self, size_bytes: int) -> None:
        """Reserve memory for a piece of the arriving request, and close the connection if the request is too large."""
        if self._arriving is not self.scope:
            self._release()
            self._arriving, self._max_head_bytes = self.scope, size_bytes + MAX_HEAD_BYTES
        is_head = self.cycle is None or self.cycle.scope is not self.scope
        if not is_head and self.cycle.response_complete:  # the rest is discarded
            self._release()
            return
        self._arrived_bytes += size_bytes
        self.room.take(size_bytes)
        if (is_head and self._arrived_bytes > self._max_head_bytes) or len(self.headers or ()) > MAX_HEADERS:
            self.transport.close()
        elif self._arrived_bytes > FREE_BYTES and self.room.is_full:
            self._refuse("incomplete requests exceed arriving_max_mb")

    def _release(self) -> None:
        self.room.give_back(self._arrived_bytes)
        self._arrived_bytes = 0

    def _refuse(self, reason: str) -> None:
        """Answer 503 and close. No answer if the client would take it for another request's."""
        _log.warning("Requests are refused: %s", reason)
        cycle = self.cycle
        is_next = cycle is None or cycle.response_complete
        if is_next or (cycle.scope is self.scope and not cycle.response_started and not self.pipeline):
            self.transport.write(_UNAVAILABLE)
        self.transport.close()

    def _wait(self) -> None:
        """Check again after the time limit, and close if the present request is still incomplete."""
        self._arrival_check = self.loop.call_later(self.arrives_within_s, self._check, self.scope)

    def _check(self, awaited: object) -> None:
        self._arrival_check = None
        has_moved, self._has_moved = self._has_moved, False
        if self._is_receiving():
            if self.scope is awaited and not (self._is_streamed() and (has_moved or self.flow.read_paused)):
                self.transport.close()
            else:
                self._wait()


def connections(
    *, arrives_within_s: float, max_connections: int, arriving_max_bytes: int, taken_within_s: float = 60
) -> type[Connection]:
    """Return the connection class of a server.

    arrives_within_s: time for a request to arrive, enforced within twice that. arriving_max_bytes: of all incomplete
    requests; each connection may exceed it by FREE_BYTES. taken_within_s: how long a client may stop reading an answer,
    enforced within twice that.
    """
    limits = {
        "arrives_within_s": arrives_within_s,
        "taken_within_s": taken_within_s,
        "max_connections": max_connections,
        "room": Room(arriving_max_bytes),
    }
    return type("Connection", (Connection,), limits)


def _ending(app: Any, cycle: RequestResponseCycle) -> Any:
    """Return an application whose requests get 503 if a stopping server cancels them. Uvicorn would answer 500."""

    async def answered(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            if not cycle.response_started:
                await _STOPPING(scope, receive, send)

    return answered


def _refusal(scope: Any) -> Answer | None:
    """Return the answer to a request that no application may see, None if the request is acceptable."""
    headers = by_name(scope["headers"])
    if not names_one_host(scope, headers):
        return _NOT_ONE_HOST
    if len(scope["path"]) > MAX_PATH_CHARACTERS or len(scope["query_string"]) > MAX_LINE_BYTES:
        return _LONG_ADDRESS
    is_long = len(headers.get(b"content-type", b"")) > MAX_CONTENT_TYPE_CHARACTERS
    return _LONG_HEADER if is_long or any(len(value) > MAX_LINE_BYTES for _, value in scope["headers"]) else None


def _refused(status: int, sentence: str) -> Answer:
    return Answer(status, [(b"content-type", b"text/plain; charset=utf-8")], sentence.encode())


_NOT_ONE_HOST = _refused(400, ONE_HOST)
_LONG_ADDRESS = _refused(414, "The address is too long.")
_LONG_HEADER = _refused(431, "A header is too long. If it is Cookie, delete the cookies of this site.")
_STOPPING = Answer(503, UNAVAILABLE, b"The server is stopping. Try again later.")
_own_headers = lru_cache(maxsize=1)(written)  # they change once a second
_UNAVAILABLE = STATUS_LINE[503] + whole(
    [*UNAVAILABLE, (b"connection", b"close")], b"The server is busy. Try again later."
)
