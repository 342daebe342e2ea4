"""A connection of the server that nobody can hold, or fill, by being slow, and of which there are only so many.

Uvicorn waits for ever for the rest of a request, takes a head of any length and any number of connections (checked
with 0.54 and its httptools parser): connections that say a byte now and then would pile up until no file is left to
accept another, and what they have said would fill the memory. Here a request arrives within so many seconds, all that
are arriving share so much memory, and who comes when all places are taken is refused. Uvicorn has a limit on
connections too, but it refuses whoever speaks next, also those who were there before. It also waits for ever for a
client that does not read its answer. Here such a connection is aborted, with what was left to send.

What arrives in one piece, as nearly every hit does, passes by all this. And such a hit is handed to the collector right
away and its answer written in one piece, without a task or a timer of its own, which would cost a tenth of the whole.
"""

import asyncio
import logging
from functools import lru_cache, partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from dashboard.api.imports import STREAMED
from ingest.collector import PATH, UNAVAILABLE, Answer, Collector
from ingest.request.body import MAX_CONTENT_TYPE_CHARACTERS
from ingest.request.headers import ONE_HOST, by_name, names_one_host, whole, written

MAX_HEAD_BYTES = 65_536  # beyond the piece in which the request began
MAX_HEADERS = 200  # a header of four bytes takes thirty times as much memory
# Of what is not a hit: to find its route, fields and cookies takes up to half a microsecond a byte.
MAX_PATH_CHARACTERS = 2000
MAX_LINE_BYTES = 16_384  # of a query, and of a header
# A hit of a page has no more: what others send never keeps one out. For these the number of connections is the limit.
FREE_BYTES = 8192

_log = logging.getLogger(__name__)


class Room:
    """Memory that all connections share for requests that have not arrived in full."""

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


class Connection(HttpToolsProtocol):
    """Uvicorn's connection with a limit of time and size to what has not arrived in full.

    A body that the application reads as it comes has none, as long as it comes.
    """

    arrives_within_s = 10.0
    taken_within_s = 60.0
    max_connections = 10_000
    room = Room(64 * 1_048_576)

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._patience: asyncio.TimerHandle | None = None
        self._arriving: object = None  # the scope of the request that is arriving
        self._arrived_bytes = 0  # of it, with the whole of the piece in which it began
        self._max_head_bytes = MAX_HEAD_BYTES
        self._has_moved = False  # since it was last looked
        self._hit: RequestResponseCycle | None = None  # whose body may be there before this piece ends
        self._idle_since: float | None = None  # by the loop's clock: when a hit was answered, and nothing came since
        self._idleness: asyncio.TimerHandle | None = None
        self._watch: asyncio.TimerHandle | None = None  # of a client that has not taken what was written
        self._untaken_bytes = 0  # when the watch began
        self._has_taken = False  # since then

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.max_connections:
            self._refuse("there are more connections than connections_max allows")
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._hit is not None:
            self._hit = None
            super()._start_asgi_task(self.cycle, self.app)
        if self._is_receiving() and not self.transport.is_closing():
            self._has_moved = True
            if self._is_streamed():
                self._let_go()
            else:
                self._take(len(data))
            if self._patience is None:
                self._wait()
        elif self._arrived_bytes:
            self._let_go()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self._hit is not None:
            hit, self._hit = self._hit, None
            self._hand_over(hit, self.app)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.cycle is not None:
            self.cycle.on_response = lambda: None  # it holds this connection, which holds the cycle
        self._let_go()
        for timer in (self._patience, self._idleness, self._watch):
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
        """Look after the limit whether the client has taken anything of what waits to be sent, if anything does."""
        untaken_bytes = self.transport.get_write_buffer_size()
        if untaken_bytes and self._watch is None:
            self._untaken_bytes, self._has_taken = untaken_bytes, False
            self._watch = self.loop.call_later(self.taken_within_s, self._look_at_client)

    def _look_at_client(self) -> None:
        self._watch = None
        if self._has_taken or self.transport.get_write_buffer_size() < self._untaken_bytes:
            self._watch_client()
        else:
            self.transport.abort()  # closing would wait until all is sent

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        scope: Any = cycle.scope
        is_hit = isinstance(app, Collector) and scope["path"] == PATH and scope["method"] == "POST"
        # A hit is checked where its headers are read.
        if not is_hit and (refusal := _refusal(scope)) is not None:
            cycle.keep_alive = False
            super()._start_asgi_task(cycle, refusal)  # type: ignore[arg-type]
        elif is_hit and not cycle.more_body:  # it has waited behind another request
            self._hand_over(cycle, app)
        elif is_hit and not cycle.waiting_for_100_continue:
            self._hit = cycle
        else:
            super()._start_asgi_task(cycle, app)

    def _hand_over(self, hit: RequestResponseCycle, collector: Collector) -> None:
        """Have a hit put down that is there in full, and its answer written."""
        scope: Any = hit.scope
        collector.once_written(collector.answer_to(scope, bytes(hit.body)), partial(self._write, hit))

    def _write(self, hit: RequestResponseCycle, answer: Answer) -> None:
        """Write the answer to a hit, or let uvicorn do it where the connection is to end, or is slow."""
        if not hit.keep_alive or self.flow.write_paused:
            super()._start_asgi_task(hit, answer)  # type: ignore[arg-type]  # uvicorn names its own types of messages
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
        """Wait for the next request as long as uvicorn does, with a timer that is not begun again by each hit."""
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
        """Tell whether the newest request is not there in full. A scope belongs to a cycle once its head is there.

        An empty line after an answer ends the time for which uvicorn waits for another request, and begins none: it
        counts as the beginning of one.
        """
        cycle = self.cycle
        if cycle is None or cycle.scope is not self.scope or cycle.more_body:
            return True
        return cycle.response_complete and self.timeout_keep_alive_task is None and self._idle_since is None

    def _is_streamed(self) -> bool:
        """Tell whether the application has let the request that is arriving take its time: who sends it is known.

        It reads the body piece by piece, and uvicorn reads no faster, so nothing of it piles up here.
        """
        return self.cycle is not None and self.cycle.scope is self.scope and bool(self.scope.get(STREAMED))

    def _take(self, size_bytes: int) -> None:
        """Take room for a piece of the request that is arriving, and end the request where it is too large."""
        if self._arriving is not self.scope:
            self._let_go()
            self._arriving, self._max_head_bytes = self.scope, size_bytes + MAX_HEAD_BYTES
        is_head = self.cycle is None or self.cycle.scope is not self.scope
        if not is_head and self.cycle.response_complete:  # the rest is thrown away
            self._let_go()
            return
        self._arrived_bytes += size_bytes
        self.room.take(size_bytes)
        if (is_head and self._arrived_bytes > self._max_head_bytes) or len(self.headers or ()) > MAX_HEADERS:
            self.transport.close()
        elif self._arrived_bytes > FREE_BYTES and self.room.is_full:
            self._refuse("there is more on its way than arriving_max_mb allows")

    def _let_go(self) -> None:
        self.room.give_back(self._arrived_bytes)
        self._arrived_bytes = 0

    def _refuse(self, why: str) -> None:
        """Answer 503, unless it would be taken for the answer to an earlier request or the rest of one, and close."""
        _log.warning("requests are refused: %s", why)
        cycle = self.cycle
        is_next = cycle is None or cycle.response_complete
        if is_next or (cycle.scope is self.scope and not cycle.response_started and not self.pipeline):
            self.transport.write(_UNAVAILABLE)
        self.transport.close()

    def _wait(self) -> None:
        """Look again after the limit, and close if the request of now is not there by then."""
        self._patience = self.loop.call_later(self.arrives_within_s, self._look, self.scope)

    def _look(self, awaited: object) -> None:
        self._patience = None
        has_moved, self._has_moved = self._has_moved, False
        if self._is_receiving():
            if self.scope is awaited and not (self._is_streamed() and (has_moved or self.flow.read_paused)):
                self.transport.close()
            else:
                self._wait()


def connections(
    *, arrives_within_s: float, max_connections: int, arriving_max_bytes: int, taken_within_s: float = 60
) -> type[Connection]:
    """Return the class of connections of a server.

    arrives_within_s: how long a request may take to arrive; twice that at most. arriving_max_bytes: of all requests
    that have not arrived in full; a connection may go beyond it by FREE_BYTES. taken_within_s: how long a client may
    read nothing of an answer; twice that at most.
    """
    limits = {
        "arrives_within_s": arrives_within_s,
        "taken_within_s": taken_within_s,
        "max_connections": max_connections,
        "room": Room(arriving_max_bytes),
    }
    return type("Connection", (Connection,), limits)


def _refusal(scope: Any) -> Answer | None:
    """Return the answer to a request that no application is to see, None where there is nothing against it."""
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
_own_headers = lru_cache(maxsize=1)(written)  # they change once a second
_UNAVAILABLE = STATUS_LINE[503] + whole(
    [*UNAVAILABLE, (b"connection", b"close")], b"too much is going on just now, try again later"
)
