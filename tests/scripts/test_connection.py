import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

from scripts.connection import MAX_HEAD_BYTES, connections

HEAD = b"POST / HTTP/1.1\r\nhost: example.org\r\ncontent-length: 4\r\n"
REQUEST = HEAD + b"\r\nbody"

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def echo(_scope: Any, receive: Any, send: Any) -> None:
    """Answer with the body, once it is there in full."""
    body, message = b"", {"more_body": True}
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def serving(*, arrives_within_s: float) -> AsyncIterator[int]:
    """Give the port of a server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        http = connections(arrives_within_s=arrives_within_s)
        server = uvicorn.Server(uvicorn.Config(echo, http=http, lifespan="off", log_config=None, ws="none"))
        running = asyncio.create_task(server.serve(sockets=[listener]))
        yield listener.getsockname()[1]
        server.should_exit = True
        await running


async def answer(reader: asyncio.StreamReader) -> bytes:
    """Return the body of an answer; empty where the connection was closed instead."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        return await reader.readexactly(4) if head.startswith(b"HTTP/1.1 200 ") else b""
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


async def answer_to(piece: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Send the same again and again until the connection is closed, and return what was answered."""
    answered = asyncio.create_task(answer(reader))
    while not answered.done():
        writer.write(piece)
        await asyncio.wait([answered], timeout=0.01)
    writer.close()
    return answered.result()


@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"PO", id="half a word"),
        pytest.param(HEAD, id="half a head"),
        pytest.param(HEAD + b"\r\n", id="a head"),
        pytest.param(HEAD + b"\r\nbod", id="half a body"),
        pytest.param(REQUEST + HEAD, id="half of a second request"),
    ],
)
async def test_a_connection_is_closed_on_a_request_that_does_not_arrive(beginning):
    async with serving(arrives_within_s=0.1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(beginning)
        if beginning.startswith(REQUEST):
            assert await answer(reader) == b"body"

        assert await answer(reader) == b""
        writer.close()


async def test_a_byte_now_and_then_is_not_enough():
    async with serving(arrives_within_s=0.1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"x-slow: ")

        assert await answer_to(b"a", reader, writer) == b""


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([REQUEST], id="one piece"),
        pytest.param([HEAD + b"\r\n", b"body"], id="head and body"),
        pytest.param([HEAD, b"\r\nbo", b"dy"], id="three pieces"),
        pytest.param([REQUEST[at : at + 1] for at in range(len(REQUEST))], id="bytes"),
    ],
)
async def test_a_request_in_pieces_is_answered(pieces):
    async with serving(arrives_within_s=60) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0)

            assert await answer(reader) == b"body"
        writer.close()


async def test_a_connection_that_waits_for_its_next_request_stays():
    async with serving(arrives_within_s=0.1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        assert await answer(reader) == b"body"
        for _ in range(3):  # each as long as a request may take
            slow, other = await asyncio.open_connection("127.0.0.1", port)
            assert await slow.read() == b""
            other.close()
        writer.write(REQUEST)

        assert await answer(reader) == b"body"
        writer.close()


async def test_a_head_without_end_is_cut_off():
    async with serving(arrives_within_s=60) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"x-long: ")

        assert await answer_to(b"a" * 65_536, reader, writer) == b""


async def test_a_long_head_is_read():
    async with serving(arrives_within_s=60) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):  # its bytes count for one request alone
            writer.write(HEAD)
            await asyncio.sleep(0)
            writer.write(b"x-long: " + b"a" * (MAX_HEAD_BYTES - 100) + b"\r\n\r\nbody")

            assert await answer(reader) == b"body"
        writer.close()
