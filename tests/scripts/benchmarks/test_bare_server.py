import asyncio
from typing import Any

import msgspec
import pytest

from scripts.benchmarks.bare_server import ceiling


def request(*pieces: bytes) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    messages = [
        {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
        for number, piece in enumerate(pieces, start=1)
    ]

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(ceiling({}, receive, send))
    return sent


@pytest.mark.parametrize("pieces", [(b'{"n":"a"}',), (b'{"n"', b":", b'"a"}')], ids=["one piece", "three pieces"])
def test_a_body_is_read_decoded_and_answered(pieces):
    assert [202, b"ok"] == [message.get("status", message.get("body")) for message in request(*pieces)]


def test_a_body_that_is_not_json_is_not_answered():
    with pytest.raises(msgspec.DecodeError):
        request(b"{")
