import asyncio
import json
from itertools import count, islice

import pytest

from scripts.benchmarks import attacker


def parts(request: bytes) -> tuple[dict[str, str], dict[str, str]]:
    """Return headers and body of a request."""
    head, _, body = request.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    assert str(len(body)) == headers["content-length"]
    return headers, json.loads(body)


def test_no_hit_is_like_another():
    hits = [parts(request) for request in attacker.hits("a.example", iter(range(1000)))]

    assert {1000} == {len({body[key] for _, body in hits}) for key in "ur"}
    assert {1000} == {len({headers[name] for headers, _ in hits}) for name in ("user-agent", "x-forwarded-for")}


@pytest.mark.parametrize(("per_agent", "agents"), [(1, 100), (10, 10)])
def test_hits_can_share_user_agents(per_agent, agents):
    hits = islice(attacker.hits("a.example", count(), per_agent=per_agent), 100)

    assert agents == len({parts(request)[0]["user-agent"] for request in hits})


def test_a_crowded_hit_is_for_many_sites():
    assert list(attacker.CROWD) == parts(attacker.crowded_hit())[1]["d"].split(",")


def test_statuses_are_counted_over_all_connections():
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            body = json.loads(await reader.readexactly(length))
            status = 202 if body["u"].endswith("0") else 429
            writer.write(b"HTTP/1.1 %d x\r\ncontent-length: 2\r\n\r\nok" % status)

    async def run():
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            statuses = await attacker.send(port, attacker.hits("a.example", iter(range(20))), connections=2)
            server.close()
            return statuses

    assert {202: 2, 429: 18} == asyncio.run(run())
