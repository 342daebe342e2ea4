"""A client that disconnects during a request or a response leaves no line in the log."""

import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from starlette.routing import BaseRoute

from ingest import collector
from ingest.pages import visitor_routes
from schema.people import users
from schema.sites import keys
from schema.sites.keys import Scope
from schema.stores.control import Control
from scripts.server import demo
from tests.dashboard.calls import with_body
from tests.dashboard.desk import Desk
from tests.server import Server, becomes_true

TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain")
ENDS = [pytest.param(False, id="closed"), pytest.param(True, id="reset")]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Give a running server with a site, a user and a key."""
    with Server(tmp_path / "data") as server:
        yield server


@pytest.mark.parametrize("is_reset", ENDS)
def test_an_interrupted_request_logs_nothing(server: Server, stranger: Desk, is_reset: bool) -> None:
    headers, before = credentials(server), server.log.read_text()
    calls = [("POST", collector.PATH), *with_body(visitor_routes_of_nothing()), *with_body(stranger.app.routes)]
    for method, path in calls:
        for content_type in TYPES:
            for body in ("Content-Length: 100\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n9\r\nhalf"):
                head = f"{method} {path} HTTP/1.1\r\nHost: example.org\r\nContent-Type: {content_type}\r\n{headers}"
                break_off(server, head + body, is_reset=is_reset)

    assert ("POST", "/sign-in") in calls
    assert ("POST", "/example.org/settings/goals/1/remove") in calls
    assert ("POST", "/api/event/opt-out") in calls
    assert ("PUT", "/api/v1/sites/goals") in calls
    assert before == logged(server)


def test_an_unread_response_logs_nothing(tmp_path: Path) -> None:
    with Server(tmp_path / "data", sites=(), arguments=["--demo"]) as server:
        headers, before = credentials(server), server.log.read_text()
        for kind in ("events", "visits"):
            for form in ("ndjson", "csv", "parquet"):
                path = f"/api/v1/sites/{demo.DOMAIN}/export/{kind}?format={form}"
                request = f"GET {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n"
                # Until the server notices the end of the exports before, they take places, and the next one gets 503.
                assert becomes_true(lambda: b"HTTP/1.1 200 OK" == break_off(server, request, awaited_bytes=15))  # noqa: B023

        assert before == logged(server)


def visitor_routes_of_nothing() -> list[BaseRoute]:
    """Return the routes of the visitor pages, with wiring that does not work."""

    def unused(*_: object) -> object:
        raise NotImplementedError

    return [visitor_routes.routes(visitor_routes.Wiring(*[unused] * len(fields(visitor_routes.Wiring))))]  # type: ignore[arg-type]


def credentials(server: Server) -> str:
    """Return headers with a session and an API key with all scopes."""
    file = Control(server.data_dir / "control.sqlite3", now=time.time())
    session = users.start_session(
        file, users.add(file, "ana@example.org", now=time.time(), is_owner=True), now=time.time()
    )
    key = keys.add(file, "all", scopes=tuple(Scope), site_id=None, now=time.time())
    file.close()
    return f"Cookie: sillage_session={session}\r\nAuthorization: Bearer {key}\r\n"


def break_off(server: Server, request: str, *, is_reset: bool = True, awaited_bytes: int = 0) -> bytes:
    """Send a request, wait for part of the response, and disconnect. is_reset: with a TCP reset."""
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(request.encode())
        received = client.recv(awaited_bytes, socket.MSG_WAITALL) if awaited_bytes else b""
        if is_reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return received


def logged(server: Server) -> str:
    """Stop a server and return its output."""
    assert server.stop() == 0
    return server.log.read_text()
