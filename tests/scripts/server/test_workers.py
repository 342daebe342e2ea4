import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest

from ingest.collector import ACCEPTED, Answer
from scripts.server.worker import WorkerSettings
from scripts.server.workers import Workers, listening

pytestmark = pytest.mark.anyio
SPAWNS = subprocess.Popen  # which makes these tests ones of servers

SETTINGS = WorkerSettings(
    listener=-1,
    hits=-1,
    doorway=-1,
    arrives_within_s=60,
    max_connections=100,
    arriving_max_bytes=1_000_000,
    log_level="warning",
    log_format="text",
)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Counting:
    """Accepts every hit."""

    def __init__(self) -> None:
        self.bodies: list[bytes | None] = []

    def answer_to(self, _scope: Any, body: bytes | None) -> Answer:
        self.bodies.append(body)
        return ACCEPTED

    def once_written(self, answer: Answer, write: Any) -> None:
        write(answer)


@pytest.fixture
def listeners() -> Iterator[list[socket.socket]]:
    with listening("127.0.0.1", 0, count=1) as listeners:
        yield listeners


@contextlib.asynccontextmanager
async def running(listeners: list[socket.socket], counting: Counting) -> AsyncIterator[Workers]:
    workers = Workers(listeners, settings=SETTINGS)
    workers.spawn()
    workers.run(counting, take=lambda *_: None)
    yield workers
    await workers.stop()


def client_of(listeners: list[socket.socket]) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=f"http://127.0.0.1:{listeners[0].getsockname()[1]}", timeout=60)


async def test_a_killed_worker_is_replaced_and_hits_wait_for_it(listeners: list[socket.socket]):
    counting = Counting()
    async with running(listeners, counting) as workers:
        for content in ("first", "second"):
            async with client_of(listeners) as client:
                assert (await client.post("/api/event", content=content)).status_code == 202
            if content == "first":
                os.kill(workers.pids[0], signal.SIGKILL)
        restarts, running_count = workers.restarts, len(workers)

    assert [b"first", b"second"] == counting.bodies
    assert (1, 1, 0) == (restarts, running_count, len(workers))


async def test_preflights_are_answered_by_the_worker(listeners: list[socket.socket]):
    async with running(listeners, Counting()), client_of(listeners) as client:
        answers = [await client.options("/api/event"), await client.get("/api/event")]

    assert [204, 405] == [answer.status_code for answer in answers]


def test_the_sockets_of_workers_share_a_port():
    with listening("127.0.0.1", 0, count=1) as first:
        port = first[0].getsockname()[1]
        with listening("127.0.0.1", port, count=2) as others:
            assert {port} == {listener.getsockname()[1] for listener in others}
