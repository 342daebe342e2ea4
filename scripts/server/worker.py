"""A worker: reads hits from its own listening socket, and passes them to the counting process.

`workers.py` starts it with `python -m scripts.server.worker SETTINGS`. It has no state, opens no file and ends with the
server. Connections that send anything but hits go to the server.
"""

import asyncio
import logging
import socket
import sys
from typing import Any

import msgspec

from ingest.collector import PATH
from scripts.server import http_server, log, secrecy
from scripts.server.hit_socket import HitSender
from scripts.server.http_limits import connections
from scripts.server.http_server import HttpServer
from scripts.server.moving import Doorway, moving

_log = logging.getLogger(__name__)


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker needs to know, as the argument of its process."""

    listener: int  # descriptors that it inherits
    hits: int
    doorway: int
    arrives_within_s: int
    max_connections: int
    arriving_max_bytes: int
    log_level: str
    log_format: str


class _WorkerServer(HttpServer):
    """Connects the sockets to the server before it accepts connections."""

    def __init__(self, settings: Any, *, sender: HitSender, hits: socket.socket, doorway: Doorway) -> None:
        super().__init__(settings)
        self._sender, self._hits, self._doorway = sender, hits, doorway

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await asyncio.get_running_loop().create_unix_connection(lambda: self._sender, sock=self._hits)
        self._doorway.listen(lambda *passed: take(self.protocol(), *passed), ended=self._end)
        await super().startup(sockets)
        http_server.freeze()

    def _end(self) -> None:
        """End soon, because the server has ended."""
        self.should_exit = True


def take(protocol: Any, connection: socket.socket, begun: bytes) -> None:
    """Go on with a connection that another process has passed on."""
    protocol.begun = begun
    task = asyncio.ensure_future(asyncio.get_running_loop().connect_accepted_socket(lambda: protocol, sock=connection))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


_tasks: set["asyncio.Future[Any]"] = set()  # protects them from garbage collection


def _serve(settings: WorkerSettings) -> None:
    doorway = Doorway(socket.socket(fileno=settings.doorway))
    sender = HitSender()
    limits = connections(
        arrives_within_s=settings.arrives_within_s,
        max_connections=settings.max_connections,
        arriving_max_bytes=settings.arriving_max_bytes,
    )
    http = moving(limits, is_for_others=lambda scope: scope["path"] != PATH, pass_on=doorway.pass_on, answers_all=False)
    server = _WorkerServer(
        http_server.settings(sender, http=http, log_level=settings.log_level, has_lifespan=False),
        sender=sender,
        hits=socket.socket(fileno=settings.hits),
        doorway=doorway,
    )
    server.run(sockets=[socket.socket(fileno=settings.listener)])


def main() -> None:
    """Run a worker until it is stopped, or the server ends."""
    settings = msgspec.json.decode(sys.argv[1], type=WorkerSettings)
    secrecy.hide_memory()
    log.to_stderr(level=settings.log_level, log_format=settings.log_format)
    _serve(settings)


if __name__ == "__main__":
    main()
