import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ingest.collector import ACCEPTED, FULL, MAX_BODY_BYTES, PATH, UNREADABLE, Answer
from scripts.server.hit_socket import HitReceiver, HitSender

pytestmark = pytest.mark.anyio

HEADERS = [(b"host", b"stats.example"), (b"user-agent", b"Firefox")]
SCOPE = {"type": "http", "method": "POST", "path": PATH, "http_version": "1.1", "headers": HEADERS}
BY_VISITOR = SCOPE | {"client": ("198.51.100.7", 4711)}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Counting:
    """Answers what a body names, once `written` is set."""

    def __init__(self) -> None:
        self.scopes: list[Any] = []
        self.has_hits = asyncio.Event()
        self.written = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def answer_to(self, scope: Any, body: bytes | None) -> Answer:
        self.scopes.append(scope)
        self.has_hits.set()
        return ACCEPTED if body == b"good" else Answer(400, [(b"x-why", b"bad")], body or b"")

    def once_written(self, answer: Answer, write: Any) -> None:
        async def wait() -> None:
            await self.written.wait()
            write(answer)

        self._tasks.append(asyncio.ensure_future(wait()))


@contextlib.asynccontextmanager
async def connected(counting: Counting) -> AsyncIterator[HitSender]:
    loop = asyncio.get_running_loop()
    ends = socket.socketpair()
    sender = HitSender()
    receiving, _ = await loop.create_unix_connection(lambda: HitReceiver(counting), sock=ends[0])
    sending, _ = await loop.create_unix_connection(lambda: sender, sock=ends[1])
    yield sender
    sending.close()
    receiving.close()


def answered(sender: HitSender, scope: Any, body: bytes | None) -> "asyncio.Future[Answer]":
    future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    sender.once_written(sender.answer_to(scope, body), future.set_result)
    return future


async def test_hits_are_answered_with_what_the_counting_process_answers():
    counting = Counting()
    counting.written.set()
    async with connected(counting) as sender:
        answers = await asyncio.gather(*(answered(sender, BY_VISITOR, body) for body in (b"good", b"bad", b"good")))

    assert [ACCEPTED, Answer(400, [(b"x-why", b"bad")], b"bad"), ACCEPTED] == answers


async def test_a_hit_is_not_answered_before_it_is_written():
    counting = Counting()
    async with connected(counting) as sender:
        answer = answered(sender, BY_VISITOR, b"good")
        await counting.has_hits.wait()
        was_answered = answer.done()
        counting.written.set()

        assert (False, ACCEPTED) == (was_answered, await answer)


@pytest.mark.parametrize(
    ("scope", "client"),
    [
        pytest.param(BY_VISITOR, "198.51.100.7", id="an address"),
        pytest.param(SCOPE | {"client": None}, None, id="a Unix socket"),
        pytest.param(BY_VISITOR | {"http_version": "1.0"}, "198.51.100.7", id="an old version of HTTP"),
    ],
)
async def test_the_counting_process_sees_the_request(scope: Any, client: str | None):
    counting = Counting()
    counting.written.set()
    async with connected(counting) as sender:
        await answered(sender, scope, b"good")

    seen = counting.scopes[0]
    assert client == (seen["client"] and seen["client"][0])
    assert {name: scope[name] for name in SCOPE} == {name: seen[name] for name in SCOPE}


async def test_messages_may_arrive_in_any_pieces():
    counting = Counting()
    counting.written.set()
    async with connected(counting) as sender:
        receiver, messages = HitReceiver(counting), bytearray()
        sender._transport = type("Kept", (), {"write": lambda _self, data: messages.extend(data)})()
        for body in (b"good", b"bad"):
            answered(sender, BY_VISITOR, body)
            await asyncio.sleep(0)
        for position in range(len(messages)):
            receiver.data_received(bytes(messages[position : position + 1]))

    assert 2 == len(counting.scopes)


async def test_hits_without_an_answer_are_refused_once_the_counting_process_is_gone():
    counting = Counting()
    async with connected(counting) as sender:
        waiting = answered(sender, BY_VISITOR, b"good")
        await counting.has_hits.wait()

    assert FULL == await waiting
    assert FULL == await answered(sender, BY_VISITOR, b"good")


@pytest.mark.parametrize(
    "body", [pytest.param(None, id="no body"), pytest.param(b"x" * (MAX_BODY_BYTES + 1), id="a long body")]
)
async def test_what_no_hit_can_be_is_refused_here(body: bytes | None):
    counting = Counting()
    async with connected(counting) as sender:
        answer = await answered(sender, BY_VISITOR, body)

    assert (UNREADABLE, []) == (answer, counting.scopes)
