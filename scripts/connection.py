"""A connection of the server that nobody can hold, or fill, by being slow.

Uvicorn waits for ever for the rest of a request, and takes a head of any length (checked with 0.54 and its httptools
parser): connections that say a byte now and then would pile up until no file is left to accept another, and a header
without end would fill the memory. Here a request arrives within so many seconds, or its connection is closed.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 65_536  # beyond the piece in which the request began


class Connection(HttpToolsProtocol):
    """Uvicorn's connection with a limit of time and size to what has not arrived in full."""

    arrives_within_s = 10.0

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._patience: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._head: object = None  # the scope whose head is being counted

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_receiving():
            self._limit_head(data)
            if self._patience is None:
                self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._patience is not None:
            self._patience.cancel()

    def _is_receiving(self) -> bool:
        """Tell whether the newest request is not there in full. A scope belongs to a cycle once its head is there."""
        cycle = self.cycle
        return cycle is None or cycle.scope is not self.scope or cycle.more_body

    def _limit_head(self, data: bytes) -> None:
        if self.cycle is not None and self.cycle.scope is self.scope:
            return
        if self._head is self.scope:
            self._head_bytes += len(data)
        else:
            self._head, self._head_bytes = self.scope, 0
        if self._head_bytes > MAX_HEAD_BYTES:
            self.transport.close()

    def _wait(self) -> None:
        """Look again after the limit, and close if the request of now is not there by then."""
        self._patience = self.loop.call_later(self.arrives_within_s, self._look, self.scope)

    def _look(self, awaited: object) -> None:
        self._patience = None
        if self._is_receiving():
            if self.scope is awaited:
                self.transport.close()
            else:
                self._wait()


def connections(*, arrives_within_s: float) -> type[Connection]:
    """Return the class of connections over which a request has so many seconds to arrive, twice that at most."""
    return type("Connection", (Connection,), {"arrives_within_s": arrives_within_s})
