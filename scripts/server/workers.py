"""The workers of a server: processes that read hits from the same port.

Each has a listening socket of its own, which the server opens and keeps: the kernel distributes connections over the
sockets, and connections that arrive while a worker is being restarted wait in its socket. A worker has no state, so
killing it loses only requests without an answer. It does not matter which worker reads a visitor's hit: all pass hits
on to the one process that counts.
"""

import asyncio
import contextlib
import logging
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

import msgspec

from scripts.server.hit_socket import Counting, HitReceiver
from scripts.server.http_server import STOP_WITHIN_S
from scripts.server.moving import Doorway
from scripts.server.worker import WorkerSettings

RESTART_AFTER_S = 1.0  # if it ended sooner than that after its start
_KILL_AFTER_S = STOP_WITHIN_S + 2

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Worker:
    """A process and our ends of the sockets to it."""

    process: subprocess.Popen[bytes]
    hits: socket.socket
    doorway: Doorway
    started_at: float  # monotonic clock


class Workers:
    """Starts workers, and starts each again that ends."""

    def __init__(self, listeners: Sequence[socket.socket], *, settings: WorkerSettings) -> None:
        """listeners: one for each worker. settings: without descriptors."""
        self._listeners = listeners
        self._settings = settings
        self._workers: list[_Worker] = []
        self._next = cycle(range(len(listeners)))  # that gets a connection
        self._keepers: list[asyncio.Task[None]] = []
        self.restarts = 0

    def __len__(self) -> int:
        """Return the number of workers that run."""
        return sum(worker.process.poll() is None for worker in self._workers)

    @property
    def pids(self) -> list[int]:
        return [worker.process.pid for worker in self._workers]

    def spawn(self) -> None:
        """Start the processes. They accept connections at once; hits wait for `run`."""
        self._workers = [self._spawned(listener) for listener in self._listeners]

    def run(self, counting: Counting, *, take: Callable[[socket.socket, bytes], None]) -> None:
        """Answer the workers' hits, and replace workers that end. take: goes on with a connection of a worker."""
        self._keepers = [
            asyncio.create_task(self._keep(number, counting, take)) for number in range(len(self._workers))
        ]

    def pass_on(self, connection: int, begun: bytes) -> bool:
        """Pass a connection to one of the workers. False if it can't take it."""
        return self._workers[next(self._next)].doorway.pass_on(connection, begun)

    async def stop(self) -> None:
        """Let the workers answer what they have read, and end them."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await asyncio.to_thread(self.end)

    def end(self) -> None:
        """End the processes and wait for it."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            try:
                worker.process.wait(_KILL_AFTER_S)
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()

    async def _keep(self, number: int, counting: Counting, take: Callable[[socket.socket, bytes], None]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            worker, is_over = self._workers[number], asyncio.Event()
            receiver = HitReceiver(counting, ended=is_over.set)
            await loop.create_unix_connection(lambda receiver=receiver: receiver, sock=worker.hits)  # type: ignore[misc]
            worker.doorway.listen(take, ended=lambda: None)
            await is_over.wait()
            worker.doorway.close()
            code = await asyncio.to_thread(worker.process.wait)
            _log.error("A worker (process %d) ended with code %d, and is started again.", worker.process.pid, code)
            if time.monotonic() - worker.started_at < RESTART_AFTER_S:
                await asyncio.sleep(RESTART_AFTER_S)
            self.restarts += 1
            self._workers[number] = await asyncio.to_thread(self._spawned, self._listeners[number])

    def _spawned(self, listener: socket.socket) -> _Worker:
        hits, of_hits = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        doorway, of_doorway = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        descriptors = (listener.fileno(), of_hits.fileno(), of_doorway.fileno())
        settings = msgspec.structs.replace(
            self._settings, listener=descriptors[0], hits=descriptors[1], doorway=descriptors[2]
        )
        command = [sys.executable, "-m", "scripts.server.worker", msgspec.json.encode(settings).decode()]
        with of_hits, of_doorway:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=descriptors)  # noqa: S603
        return _Worker(process, hits, Doorway(doorway), time.monotonic())


@contextlib.contextmanager
def listening(host: str, port: int, *, count: int) -> Iterator[list[socket.socket]]:
    """Yield sockets that listen on one port, among which the kernel distributes connections. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.ExitStack() as opened:
        listeners = [opened.enter_context(socket.socket(family)) for _ in range(count)]
        for listener in listeners:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            listener.bind((host, port))
        for listener in listeners:
            listener.listen(4096)
        yield listeners
