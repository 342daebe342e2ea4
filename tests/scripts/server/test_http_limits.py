import asyncio
import contextlib
import functools
import gc
import json
import weakref
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from dashboard.api.imports import STREAMED
from ingest.collector import Answer, Collector
from ingest.enrich.place import Places
from ingest.gates.exclusions import Exclusions
from ingest.pipeline import Pipeline
from ingest.request.client_ip import TrustedProxies
from ingest.storage.drop_counts import Tally
from ingest.storage.flush import read
from ingest.storage.spool import Spool
from ingest.visits.live_visits import Visits
from ingest.visits.salts import Salts
from schema.sites.sites import Site
from scripts.server.http_limits import (
    FREE_BYTES,
    MAX_HEAD_BYTES,
    MAX_HEADERS,
    MAX_LINE_BYTES,
    MAX_PATH_CHARACTERS,
    Connection,
    connections,
)

HEAD = b"POST / HTTP/1.1\r\nhost: example.org\r\ncontent-length: 4\r\n"
REQUEST = HEAD + b"\r\nbody"
ROOM_BYTES = 100_000
LARGE_BYTES = 40_000  # there is room for two of them

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the body, once it is there in full; for the path /early, with an empty one at once.

    For the path /streamed, with what its pieces end with, and without limits to them.
    """
    scope[STREAMED] = scope["path"] == "/streamed"
    body, message = b"", {"more_body": scope["path"] != "/early"}
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        body = body[-4:] if scope[STREAMED] else body
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def serving(
    *,
    app: Any = echo,
    arrives_within_s: float = 60,
    taken_within_s: float = 60,
    max_connections: int = 1000,
    stays_s: float = 60,
) -> AsyncIterator[int]:
    """Give the port of a server; uvicorn's own would take a third of a second to stop.

    stays_s: how long a connection waits for its next request.
    """
    http = connections(
        arrives_within_s=arrives_within_s,
        taken_within_s=taken_within_s,
        max_connections=max_connections,
        arriving_max_bytes=ROOM_BYTES,
    )
    config = uvicorn.Config(
        app,
        http=http,
        interface="asgi3",
        lifespan="off",
        log_config=None,
        ws="none",
        proxy_headers=False,
        timeout_keep_alive=stays_s,  # type: ignore[arg-type]  # a part of a second will do, too
    )
    state = ServerState()
    state.default_headers = [(b"date", b"today")]
    config.load()
    loop = asyncio.get_running_loop()
    connect = functools.partial(http, config=config, server_state=state, app_state={})
    async with await loop.create_server(connect, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        for connection in list(state.connections):
            connection.shutdown()


async def answer(reader: asyncio.StreamReader) -> bytes:
    """Return the body of an answer; empty where the connection was closed instead."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        return await reader.readexactly(4) if head.startswith(b"HTTP/1.1 200 ") else b""
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


async def status(reader: asyncio.StreamReader) -> int:
    """Return the status of an answer, after all of it; 0 where the connection was closed instead."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        await reader.readexactly(int(head.partition("content-length: ")[2].split()[0]))
        return int(head.split()[1])
    except (asyncio.IncompleteReadError, ConnectionError):
        return 0


async def arrival(port: int) -> None:
    """Wait until the server has read what was sent to it before."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST)
    await answer(reader)
    writer.close()


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
        pytest.param(b"\r\n", id="an empty line"),
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


async def test_a_connection_is_closed_when_nothing_but_an_empty_line_follows_an_answer():
    async with serving(arrives_within_s=0.1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        assert await answer(reader) == b"body"
        writer.write(b"\r\n")

        assert await answer(reader) == b""
        writer.close()


async def test_an_empty_line_before_a_request_does_no_harm():
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(b"\r\n" + REQUEST)

            assert await answer(reader) == b"body"
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


class Hits:
    """A collector with all that lies behind it, and what a server hands over to it."""

    def __init__(self, directory: Path) -> None:
        self.spool = Spool(directory / "spool", max_bytes=1_000_000)
        pipeline = Pipeline(salts=Salts(None), visits=Visits(), places=Places())
        pipeline.apply([Site(1, "example.org", "Europe/Paris", 761)], Exclusions())
        self.app = Collector(
            echo, pipeline=pipeline, spool=self.spool, tally=Tally(), trusted=TrustedProxies(["127.0.0.1"])
        )
        self.handed_over: list[int] = []  # status of each answer
        given_over = self.app.once_written

        def once_written(answer: Answer, write: Any) -> None:
            self.handed_over.append(answer.status)
            given_over(answer, write)

        self.app.once_written = once_written  # type: ignore[method-assign]

    async def as_any_other(self, scope: Any, receive: Any, send: Any) -> None:
        """Be an ASGI application of which a server knows no more."""
        await self.app(scope, receive, send)

    @property
    def count(self) -> int:
        self.spool.seal()
        return sum(len(read(segment)[0]) for segment in self.spool.sealed())


@pytest.fixture
def hits(tmp_path: Path) -> Hits:
    return Hits(tmp_path)


def a_hit(domain: str = "example.org", *, head: bytes = b"") -> bytes:
    body = json.dumps({"n": "pageview", "u": "https://example.org/", "d": domain}).encode()
    return b"POST /api/event HTTP/1.1\r\nhost: a.example\r\n%scontent-length: %d\r\n\r\n%s" % (head, len(body), body)


async def whole_answer(app: Any, request: bytes) -> bytes:
    """Return all that is answered to a request, and to another behind it where the connection stays."""
    async with serving(app=app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        await arrival(port)
        writer.write(REQUEST.replace(b"host", b"connection: close\r\nhost"))
        told = await reader.read()
        writer.close()
    return told


@pytest.mark.parametrize(
    ("request_", "statuses"),
    [
        pytest.param(a_hit(), [202], id="one"),
        pytest.param(3 * a_hit(), [202] * 3, id="the next are there already"),
        pytest.param(REQUEST + a_hit(), [202], id="behind another request"),
        pytest.param(a_hit("unknown.example"), [202], id="one that is not counted"),
        pytest.param(400 * a_hit("unknown.example"), [202] * 400, id="very many that are not counted"),
        pytest.param(a_hit(""), [400], id="one that is refused"),
        pytest.param(a_hit(head=b"connection: close\r\n"), [202], id="the last"),
        pytest.param(a_hit().replace(b"HTTP/1.1", b"HTTP/1.0"), [202], id="an old client"),
    ],
)
async def test_a_hit_that_is_handed_over_is_answered_as_any_other(hits, request_, statuses):
    handed_over, usual = await whole_answer(hits.app, request_), await whole_answer(hits.as_any_other, request_)

    assert hits.handed_over == statuses
    assert handed_over == usual
    assert b"HTTP/1.1 %d " % statuses[0] in usual


@pytest.mark.parametrize(
    "cuts",
    [
        pytest.param([-1], id="all but the last byte"),
        pytest.param([-2, -1], id="three pieces"),
        pytest.param([a_hit().index(b"\r\n\r\n") + 4], id="head and body"),
        pytest.param([10], id="half a head"),
    ],
)
async def test_a_hit_in_pieces_is_counted(hits, cuts):
    async with serving(app=hits.app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in range(2):
            for first, last in pairwise([0, *cuts, None]):
                writer.write(a_hit()[first:last])
                await arrival(port)

            assert b" 202 " in await reader.readuntil(b"\r\n\r\nok")
            assert hits.count == number + 1
        writer.close()


async def test_who_asks_before_sending_a_body_is_told_to_go_on(hits):
    head, end, body = a_hit(head=b"expect: 100-continue\r\n").partition(b"\r\n\r\n")
    async with serving(app=hits.app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head + end)
        assert await reader.readuntil(end) == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(body)
        assert b" 202 " in await reader.readuntil(b"\r\n\r\nok")
        writer.close()

    assert hits.count == 1


async def sent(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a hit and wait for its answer."""
    writer.write(request)
    assert b" 202 " in await reader.readuntil(b"\r\n\r\nok")


async def test_a_connection_is_closed_when_nothing_follows_a_hit(hits):
    async with serving(app=hits.app, stays_s=0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await sent(a_hit(), reader, writer)

        assert await reader.read() == b""
        writer.close()


async def test_a_connection_stays_as_long_as_hits_follow_one_another(hits):
    async with serving(app=hits.app, stays_s=0.05) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await sent(a_hit(), reader, writer)
        for _ in range(3):  # each as long as a connection stays
            idle, other = await asyncio.open_connection("127.0.0.1", port)
            await sent(a_hit(), idle, other)
            is_closed = asyncio.create_task(idle.read())
            while not is_closed.done():
                await sent(a_hit(), reader, writer)
            other.close()

        assert await is_closed == b""
        writer.close()


async def test_an_empty_line_behind_a_hit_is_the_beginning_of_a_request(hits):
    async with serving(app=hits.app, arrives_within_s=0.1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await sent(a_hit(), reader, writer)
        writer.write(b"\r\n")

        assert await reader.read() == b""
        writer.close()


async def test_nothing_is_left_of_a_connection_that_has_ended(hits):
    async with serving(app=hits.app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await sent(a_hit(), reader, writer)
        gc.collect()
        (kept,) = [weakref.ref(each) for each in gc.get_objects() if isinstance(each, Connection)]
        gc.disable()  # which would find it later, at a price
        try:
            writer.close()
            await arrival(port)
            assert kept() is None
        finally:
            gc.enable()


async def test_a_hit_of_who_has_gone_is_counted(hits):
    async with serving(app=hits.app) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(a_hit())
        writer.transport.abort()
        await arrival(port)

    assert hits.count == 1


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


async def test_a_request_that_came_along_does_not_count_for_a_head():
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        whole = b"".join(a_body(MAX_HEAD_BYTES))
        writer.write(whole + HEAD)
        await arrival(port)
        writer.write(b"\r\nbody")

        assert await status(reader) == 200
        assert await answer(reader) == b"body"
        writer.close()


def long_headers(size_bytes: int) -> bytes:
    """Return headers of nearly that size, none of them too long."""
    return 8 * (b"x-long: %s\r\n" % (b"a" * (size_bytes // 8 - 10)))


async def test_a_long_head_is_read():
    async with serving(arrives_within_s=60) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):  # its bytes count for one request alone
            writer.write(HEAD)
            await asyncio.sleep(0)
            writer.write(long_headers(MAX_HEAD_BYTES - 100) + b"\r\nbody")

            assert await answer(reader) == b"body"
        writer.close()


@pytest.mark.parametrize(
    ("headers", "expected"),
    [pytest.param(MAX_HEADERS - 10, b"body", id="many"), pytest.param(MAX_HEADERS + 10, b"", id="too many")],
)
async def test_a_head_that_is_arriving_has_so_many_headers(headers, expected):
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"a:\r\n" * headers)
        await arrival(port)
        writer.write(b"\r\nbody")

        assert await answer(reader) == expected
        writer.close()


def a_body(size_bytes: int, *, path: str = "/") -> tuple[bytes, bytes]:
    """Return a request, all of it but the last byte, and this byte."""
    head = f"POST {path} HTTP/1.1\r\nhost: example.org\r\ncontent-length: {size_bytes}\r\n\r\n".encode()
    return head + b"x" * (size_bytes - 1), b"x"


@pytest.mark.parametrize(
    ("beginning", "end"),
    [
        pytest.param(*a_body(LARGE_BYTES), id="bodies"),
        pytest.param(HEAD + long_headers(LARGE_BYTES), b"\r\nbody", id="heads"),
    ],
)
async def test_what_arrives_shares_so_much_room(beginning, end):
    async with serving() as port:
        answered = []
        for _ in range(3):  # what is refused or answered leaves room for others
            opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(4)]
            statuses = [asyncio.create_task(status(reader)) for reader, _ in opened]
            for _, writer in opened:
                writer.write(beginning)
            while len(refused := [task for task in statuses if task.done()]) < 2:
                await asyncio.wait(set(statuses) - set(refused), return_when=asyncio.FIRST_COMPLETED)
            for _, writer in opened:
                writer.write(end)

            assert [200, 200, 503, 503] == sorted(await asyncio.gather(*statuses))
            answered += opened
        for _, writer in answered:
            writer.close()


async def test_what_is_given_up_leaves_room_for_others():
    async with serving() as port:
        beginning, end = a_body(2 * LARGE_BYTES)
        for last in (b"", b"", end):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(beginning)
            await arrival(port)
            writer.write(last)
            expected = await status(reader) if last else 0
            writer.close()
            await arrival(port)

        assert expected == 200


async def test_a_small_request_needs_no_room():
    async with serving() as port:
        _, large = await asyncio.open_connection("127.0.0.1", port)
        large.write(a_body(ROOM_BYTES - 200)[0])
        await arrival(port)
        for size_bytes, expected in ((FREE_BYTES - 200, 200), (FREE_BYTES + 200, 503)):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            beginning, end = a_body(size_bytes)
            writer.write(beginning)
            await arrival(port)
            writer.write(end)

            assert await status(reader) == expected
            writer.close()
        large.close()


async def test_the_rest_of_a_body_that_was_answered_takes_no_room():
    async with serving() as port:
        rests = [await asyncio.open_connection("127.0.0.1", port) for _ in range(4)]
        for reader, writer in rests:
            beginning, _ = a_body(LARGE_BYTES, path="/early")
            writer.write(beginning[:100])
            assert await status(reader) == 200
            writer.write(beginning[100:])
        await arrival(port)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        beginning, end = a_body(2 * LARGE_BYTES)
        writer.write(beginning)
        await arrival(port)
        writer.write(end)

        assert await status(reader) == 200
        for _, each in [*rests, (reader, writer)]:
            each.close()


async def test_a_refusal_says_when_to_try_again():
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(a_body(2 * ROOM_BYTES)[0])
        head = await reader.readuntil(b"\r\n\r\n")

        assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert b"\r\nretry-after: 10\r\n" in head
        assert b"\r\naccess-control-allow-origin: *\r\n" in head
        writer.close()


async def test_there_are_so_many_connections_at_once():
    async with serving(max_connections=3) as port:
        opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        for reader, writer in opened:
            writer.write(REQUEST)
            assert await answer(reader) == b"body"
        for _ in range(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert await status(reader) == 503
            writer.close()

        for reader, writer in opened:
            writer.write(REQUEST)
            assert await answer(reader) == b"body"
            writer.close()


async def test_a_connection_that_ends_makes_room_for_another():
    async with serving(max_connections=1) as port:
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(REQUEST[:-4])
            writer.write_eof()
            writer.close()
            await writer.wait_closed()
        expected = b""
        while not expected:  # until the server, too, has seen the last one end
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(REQUEST)
            expected = await answer(reader)
            writer.close()

        assert expected == b"body"


STREAM = b"POST /streamed HTTP/1.1\r\nhost: example.org\r\ntransfer-encoding: chunked\r\n\r\n"


async def test_a_body_that_is_read_as_it_comes_may_take_its_time_and_any_size():
    limit_s = 0.1
    async with serving(arrives_within_s=limit_s) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(STREAM)
        answered = asyncio.create_task(answer(reader))
        sent, until = 0, asyncio.get_running_loop().time() + 5 * limit_s
        while sent < 5 * ROOM_BYTES or asyncio.get_running_loop().time() < until:
            writer.write(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
            sent += 1000
            await asyncio.wait([answered], timeout=0.001)
        writer.write(b"4\r\nlast\r\n0\r\n\r\n")

        assert await answered == b"last"
        writer.close()


async def test_a_body_that_is_read_as_it_comes_ends_where_nothing_comes():
    async with serving(arrives_within_s=0.1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(STREAM + b"4\r\nbody\r\n")

        assert await answer(reader) == b""
        writer.close()


async def first_line(port: int, request: bytes) -> bytes:
    """Send a request, and return the first line of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    line = await reader.readline()
    writer.close()
    return line


def a_pixel(head: bytes) -> bytes:
    return b"GET /api/pixel.gif?d=example.org&u=https://example.org/ HTTP/1.1\r\n%s\r\n" % head


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(REQUEST, id="a page"),
        pytest.param(a_hit(), id="a hit"),
        pytest.param(a_pixel(b"host: a.example\r\n"), id="a pixel"),
    ],
)
@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        pytest.param(b"host: ", b"host: ", b"200|202", id="one host"),
        pytest.param(b"host: ", b"x-host: ", b"400", id="no host"),
        pytest.param(b"host: ", b"Host: b.example\r\nhost: ", b"400", id="two hosts"),
        pytest.param(b"host: ", b"host: b.example\r\nx-one: 1\r\nhost: ", b"400", id="two hosts apart"),
        pytest.param(b"host: ", b"accept: a\r\naccept: b\r\nhost: ", b"200|202", id="another header twice"),
        pytest.param(b"host: ", b"accept: a\r\naccept: b\r\nx-host: ", b"400", id="another header twice, no host"),
    ],
)
async def test_a_request_names_exactly_one_host(hits, request_, old, new, status):
    async with serving(app=hits.app) as port:
        line = await first_line(port, request_.replace(old, new))

    assert line.split()[1] in status.split(b"|")
    assert hits.count == int(b"400" != status and request_ is not REQUEST)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param(b"", b"202", id="none"),
        pytest.param(b"host: a.example\r\n", b"202", id="one"),
        pytest.param(b"host: a.example\r\nhost: a.example\r\n", b"400", id="two"),
    ],
)
async def test_an_old_client_may_name_no_host(hits, headers, status):
    request = a_hit().replace(b"HTTP/1.1", b"HTTP/1.0").replace(b"host: a.example\r\n", headers)
    async with serving(app=hits.app) as port:
        line = await first_line(port, request)

    assert status == line.split()[1]


async def test_a_page_for_an_old_client_needs_no_host():
    request = REQUEST.replace(b"HTTP/1.1", b"HTTP/1.0").replace(b"host: example.org\r\n", b"")
    async with serving() as port:
        line = await first_line(port, request)

    assert line.split()[1] == b"200"


async def test_the_answer_to_a_request_without_a_host_ends_the_connection():
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST.replace(b"host", b"x-host") + REQUEST)
        whole = await reader.read()
        writer.close()

    assert whole.count(b"HTTP/1.1 ") == 1
    assert b"\r\nconnection: close\r\n" in whole
    assert whole.endswith(b"A request needs exactly one Host header.")


LARGE_ANSWER_BYTES = 64 * 1_048_576  # more than the buffers of the system hold


async def download(scope: Any, receive: Any, send: Any) -> None:
    """Answer with LARGE_ANSWER_BYTES: in pieces of a size that the path names. For the path /, as `echo` does."""
    if scope["path"] == "/":
        await echo(scope, receive, send)
        return
    size_bytes = int(scope["path"][1:])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(LARGE_ANSWER_BYTES // size_bytes):
        await send({"type": "http.response.body", "body": b"x" * size_bytes, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def a_download(
    port: int, *, piece_bytes: int, headers: bytes = b"connection: close\r\n"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /%d HTTP/1.1\r\nhost: example.org\r\n%s\r\n" % (piece_bytes, headers))
    return reader, writer


@pytest.mark.parametrize(
    ("piece_bytes", "headers"),
    [
        pytest.param(262_144, b"", id="while it is made"),
        pytest.param(LARGE_ANSWER_BYTES, b"", id="when all is written"),
        pytest.param(LARGE_ANSWER_BYTES, b"connection: close\r\n", id="when the connection waits for its end"),
    ],
)
async def test_a_client_that_takes_nothing_of_an_answer_is_left(piece_bytes, headers):
    async with serving(app=download, taken_within_s=0.1, stays_s=0.1, max_connections=1) as port:
        reader, writer = await a_download(port, piece_bytes=piece_bytes, headers=headers)
        expected = b""
        while not expected:  # there is room for one connection
            other, asking = await asyncio.open_connection("127.0.0.1", port)
            asking.write(REQUEST)
            expected = await answer(other)
            asking.close()
        taken = 0
        with contextlib.suppress(ConnectionResetError):
            while piece := await reader.read(1_048_576):
                taken += len(piece)

        assert b"body" == expected
        assert taken < LARGE_ANSWER_BYTES
        writer.close()


@pytest.mark.parametrize("piece_bytes", [262_144, LARGE_ANSWER_BYTES])
async def test_a_client_that_takes_an_answer_slowly_gets_all_of_it(piece_bytes):
    limit_s = 0.2
    async with serving(app=download, taken_within_s=limit_s) as port:
        reader, writer = await a_download(port, piece_bytes=piece_bytes)
        taken, until = 0, asyncio.get_running_loop().time() + 5 * limit_s
        while piece := await reader.read(65_536):
            taken += len(piece)
            if asyncio.get_running_loop().time() < until:
                await arrival(port)

        assert taken > LARGE_ANSWER_BYTES
        writer.close()


def a_request(address: str, *, header: bytes = b"") -> bytes:
    return b"GET %s HTTP/1.1\r\nhost: example.org\r\n%s\r\n" % (address.encode(), header)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(a_request("/" + "a" * (MAX_PATH_CHARACTERS - 1)), b"200", id="a path as long as may be"),
        pytest.param(a_request("/" + "a/" * MAX_PATH_CHARACTERS), b"414", id="a longer one"),
        pytest.param(a_request("/?" + "a" * MAX_LINE_BYTES), b"200", id="a query as long as may be"),
        pytest.param(a_request("/?" + "a=1&" * (MAX_LINE_BYTES // 4 + 1)), b"414", id="a longer one of the same"),
        pytest.param(a_request("/", header=b"accept: %s\r\n" % (b"a" * MAX_LINE_BYTES)), b"200", id="a long header"),
        pytest.param(a_request("/", header=b"accept: %s\r\n" % (b"a;" * MAX_LINE_BYTES)), b"431", id="a longer header"),
        pytest.param(a_request("/", header=b"cookie: %s\r\n" % (b"a=1;" * MAX_LINE_BYTES)), b"431", id="many cookies"),
        pytest.param(a_request("/", header=b"content-type: a/b; %s\r\n" % (b"a=b;" * 20)), b"200", id="a content type"),
        pytest.param(a_request("/", header=b"content-type: a/b; %s\r\n" % (b"a=b;" * 300)), b"431", id="a long one"),
        pytest.param(a_hit(head=b"cookie: %s\r\n" % (b"a=1;" * 12_000)), b"202", id="a hit with many cookies"),
        pytest.param(a_hit().replace(b" HTTP", b"?" + b"a" * 30_000 + b" HTTP"), b"202", id="a hit with a long query"),
    ],
)
async def test_what_is_parsed_of_a_request_is_short(hits, request_, status):
    async with serving(app=hits.app) as port:
        line = await first_line(port, request_)

    assert status == line.split()[1]
