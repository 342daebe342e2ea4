"""Connections that change hands between our processes, because a client may send hits and open pages over one of them.

All processes read HTTP in the same way. A worker answers hits, and the server the rest. The process that receives a
request of the other kind passes on the connection itself, with the bytes of the request: nothing is copied back and
forth later, and the other process sees the client's address. What a client sends behind a hit, before its answer, can't
be passed on, because only the parser knows where it begins. Browsers and proxies do not do that.
"""

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from ingest.collector import UNAVAILABLE, Answer
from scripts.server.http_limits import Connection

_UNMOVABLE = Answer(503, UNAVAILABLE, b"Send this request over a connection of its own.")
_MOVED = b"m"  # a message between processes: the descriptors of a connection and of the bytes that have arrived


class Doorway:
    """One process's end of the socket over which connections are passed."""

    def __init__(self, own_end: socket.socket) -> None:
        """own_end: of a pair of sockets that keep the borders of messages."""
        self._socket = own_end
        self._socket.settimeout(0)

    def listen(self, receive: Callable[[socket.socket, bytes], None], *, ended: Callable[[], None]) -> None:
        """Receive connections and the bytes that have arrived on them. ended: called when the other process is gone."""
        self._receive, self._ended = receive, ended
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._on_readable)

    def pass_on(self, connection: int, begun: bytes) -> bool:
        """Pass a connection on. False if the other process can't take it now. begun: the bytes that have arrived."""
        try:
            memory = os.memfd_create("begun", os.MFD_CLOEXEC)
        except OSError:
            return False
        try:
            os.write(memory, begun)
            socket.send_fds(self._socket, [_MOVED], [connection, memory])
        except OSError:  # full, or the process is gone
            return False
        finally:
            os.close(memory)
        return True

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            with suppress(RuntimeError):  # without an event loop, nothing listens
                asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()

    def _on_readable(self) -> None:
        try:
            message, descriptors, _, _ = socket.recv_fds(self._socket, len(_MOVED), 2)
        except BlockingIOError:
            return
        except OSError:
            message, descriptors = b"", []
        if len(descriptors) == 2:
            connection, memory = descriptors
            begun = os.pread(memory, os.fstat(memory).st_size, 0)
            os.close(memory)
            self._receive(socket.socket(fileno=connection), begun)
        elif not message:
            self.close()
            self._ended()


class MovingConnection(Connection):
    """A connection whose requests are answered here or elsewhere."""

    is_for_others: Callable[[Any], bool] = staticmethod(lambda _scope: False)  # by the scope of a request
    pass_on: Callable[[int, bytes], bool] = staticmethod(lambda _connection, _begun: False)
    answers_all = True  # what can't be passed on

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.begun = b""  # bytes that another process has received
        self._received = b""  # since the present request began
        self._is_begun = False  # it is incomplete
        self._has_head = False
        self._requests = 0  # that began in what was received

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.begun and not transport.is_closing():
            self.data_received(self.begun)

    def data_received(self, data: bytes) -> None:
        if not self._is_begun:
            self._received, self._requests = data, 0
        elif not self._has_head:
            self._received += data
        super().data_received(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_begun, self._has_head = True, False
        self._requests += 1

    def on_headers_complete(self) -> None:
        self._has_head = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_begun = False

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if app is not self.app or not self.is_for_others(cycle.scope):
            super()._start_asgi_task(cycle, app)
        elif self._can_move(cycle) and self.pass_on(self.transport.get_extra_info("socket").fileno(), self._received):
            self.transport.close()  # here only: the other process has it, too
        elif self.answers_all:
            super()._start_asgi_task(cycle, app)
        else:
            cycle.keep_alive = False
            super()._start_asgi_task(cycle, _UNMOVABLE)

    def _can_move(self, cycle: RequestResponseCycle) -> bool:
        """Return whether what was received begins with this request, and nothing waits to be sent."""
        return self._requests == 1 and cycle is self.cycle and not self.transport.get_write_buffer_size()


def moving(
    connections: type[Connection],
    *,
    is_for_others: Callable[[Any], bool],
    pass_on: Callable[[int, bytes], bool],
    answers_all: bool,
) -> type[MovingConnection]:
    """Return the connection class of a process that shares connections with another.

    connections: with its limits. is_for_others: by the scope of a request. pass_on: hands over the descriptor of a
    connection and the bytes that have arrived; False if that is not possible now. answers_all: whether this process
    answers such a request then, or refuses it.
    """
    attributes = {
        "is_for_others": staticmethod(is_for_others),
        "pass_on": staticmethod(pass_on),
        "answers_all": answers_all,
    }
    return type("MovingConnection", (MovingConnection, connections), attributes)
