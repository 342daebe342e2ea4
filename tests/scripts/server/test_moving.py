import asyncio
import contextlib
import functools
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from ingest.collector import PATH, is_hit
from scripts.server.http_limits import connections
from scripts.server.moving import Doorway, MovingConnection, moving
from scripts.server.worker import take

pytestmark = pytest.mark.anyio

HIT = b"POST /api/event HTTP/1.1\r\nhost: stats.example\r\ncontent-length: 3\r\n\r\nhit"
PAGE = b"GET /page HTTP/1.1\r\nhost: stats.example\r\n\r\n"
FORM = b"POST /form HTTP/1.1\r\nhost: stats.example\r\ncontent-length: 4\r\n\r\nform"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def named(name: str) -> Any:
    """Return an application that answers with its name, the path, the client's port and the body."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body, message = b"", {"more_body": True}
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        content = f"{name} {scope['path']} {scope['client'][1]} ".encode() + body
        headers = [(b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return app


def connecting(app: Any, http: type[MovingConnection], state: ServerState) -> functools.partial[MovingConnection]:
    config = uvicorn.Config(app, http=http, interface="asgi3", lifespan="off", log_config=None, ws="none")
    config.load()
    return functools.partial(http, config=config, server_state=state, app_state={})


@contextlib.asynccontextmanager
async def serving(*, is_full: bool = False) -> AsyncIterator[int]:
    """Give the port of a worker, beside a server that takes what is not for workers.

    is_full: the server does not take anything now.
    """
    loop = asyncio.get_running_loop()
    of_worker, of_server = map(Doorway, socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
    limits = connections(arrives_within_s=60, max_connections=100, arriving_max_bytes=100_000)
    state = ServerState()
    worker = connecting(
        named("worker"),
        moving(
            limits,
            is_for_others=lambda scope: scope["path"] != PATH,
            pass_on=(lambda *_: False) if is_full else of_worker.pass_on,
            answers_all=False,
        ),
        state,
    )
    server = connecting(
        named("server"), moving(limits, is_for_others=is_hit, pass_on=of_server.pass_on, answers_all=True), state
    )
    of_worker.listen(lambda *passed: take(worker(), *passed), ended=lambda: None)
    of_server.listen(lambda *passed: take(server(), *passed), ended=lambda: None)
    async with await loop.create_server(worker, "127.0.0.1", 0) as listening:
        yield listening.sockets[0].getsockname()[1]
        for connection in list(state.connections):
            connection.shutdown()
    of_worker.close()
    of_server.close()


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer
        self.port = writer.get_extra_info("sockname")[1]

    async def send(self, *pieces: bytes) -> str:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)
        return await self.answer()

    async def answer(self) -> str:
        """Return the body of an answer, after its status if that is not 200."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        body = await self._reader.readexactly(int(head.partition("content-length: ")[2].split()[0]))
        return ("" if " 200 " in head else head.split()[1] + " ") + body.decode()

    async def is_closed(self) -> bool:
        return await self._reader.read() == b""


async def client_of(port: int) -> Client:
    return Client(*await asyncio.open_connection("127.0.0.1", port))


async def test_every_request_is_answered_by_the_process_it_is_for():
    async with serving() as port:
        client = await client_of(port)
        answers = [await client.send(request) for request in (HIT, PAGE, PAGE, HIT, HIT, FORM, HIT)]
        client.writer.close()

    assert answers == [
        f"{name} {path} {client.port} {body}"  # the port shows that the connection itself was passed on
        for name, path, body in (
            ("worker", "/api/event", "hit"),
            ("server", "/page", ""),
            ("server", "/page", ""),
            ("worker", "/api/event", "hit"),
            ("worker", "/api/event", "hit"),
            ("server", "/form", "form"),
            ("worker", "/api/event", "hit"),
        )
    ]


@pytest.mark.parametrize("cut", [1, 20, len(FORM) - 4, len(FORM) - 2])
async def test_a_request_moves_wherever_it_is_cut(cut: int):
    async with serving() as port:
        client = await client_of(port)
        answer = await client.send(FORM[:cut], FORM[cut:])
        client.writer.close()

    assert answer == f"server /form {client.port} form"


async def test_what_follows_a_page_at_once_moves_with_it():
    async with serving() as port:
        client = await client_of(port)
        answers = [await client.send(PAGE + FORM), await client.answer()]
        client.writer.close()

    assert answers == [f"server /page {client.port} ", f"server /form {client.port} form"]


async def test_a_page_behind_a_hit_that_is_not_answered_is_refused():
    async with serving() as port:
        client = await client_of(port)
        answers = [await client.send(HIT + PAGE), await client.answer()]
        is_closed = await client.is_closed()
        client.writer.close()

    assert answers[0].startswith("worker /api/event")
    assert (answers[1], is_closed) == ("503 Send this request over a connection of its own.", True)


async def test_a_page_is_refused_while_the_server_takes_no_connections():
    async with serving(is_full=True) as port:
        client = await client_of(port)
        answer = await client.send(PAGE)
        client.writer.close()

    assert answer == "503 Send this request over a connection of its own."


async def test_the_end_of_the_other_process_is_noticed():
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ended = asyncio.Event()
    doorway = Doorway(ends[0])
    doorway.listen(lambda *_: None, ended=ended.set)
    ends[1].close()

    await asyncio.wait_for(ended.wait(), 30)
    assert not doorway.pass_on(0, b"")
