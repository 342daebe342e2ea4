"""Rules for every call of the API."""

import anyio
import pytest
from starlette.types import Message

from tests.dashboard.calls import with_body
from tests.dashboard.desk import Desk

KEYS = [
    pytest.param([], id="without a key"),
    pytest.param([(b"authorization", b"Bearer made-up")], id="with a key that nobody gave out"),
]


@pytest.mark.parametrize("headers", KEYS)
def test_a_stranger_is_refused_before_the_body_is_read(stranger: Desk, headers: list[tuple[bytes, bytes]]) -> None:
    calls = [(method, path) for method, path in with_body(stranger.app.routes) if path.startswith("/api/")]
    statuses = {(method, path): status_before_body(stranger, method, path, headers) for method, path in calls}

    assert ("POST", "/api/v2/query") in calls
    assert {404} == {statuses.pop(call) for call in calls if call[1] == "/api/x"}
    assert {} == {call: status for call, status in statuses.items() if status != 401}


def status_before_body(desk: Desk, method: str, path: str, headers: list[tuple[bytes, bytes]]) -> int:
    """Return the status of the answer, which must arrive before the body is read."""
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError(f"{method} {path} reads its body first")

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "root_path": "",
        "query_string": b"",
        "headers": headers,
    }
    anyio.run(desk.app, scope, receive, send)
    return int(sent[0]["status"])
