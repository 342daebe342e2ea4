"""A flood of requests, as from an attacker or a runaway client.

It consists of hits with a unique page, referrer and address each, which defeat caches, of hits for a thousand sites at
once, and of slow connections that never finish a request.
"""

import asyncio
import contextlib
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

CONNECTIONS = 4
SLOW_CONNECTIONS = 500
DRIP_EVERY_S = 0.5
AGENTS_PER_SECOND = 200
CROWD = tuple(f"site-{number}.example" for number in range(1000))

_SLOW_HEAD = b"POST /api/event HTTP/1.1\r\nhost: stats.example\r\nx-slow: "
_SLOW_BODY = b'POST /api/event HTTP/1.1\r\nhost: stats.example\r\ncontent-length: 900000\r\n\r\n{"n":"'


def hits(domain: str, numbers: Iterator[int], *, per_agent: int = 1) -> Iterator[bytes]:
    """Yield a unique request for each number. per_agent: how many share a user agent."""
    for number in numbers:
        version = number // per_agent
        agent = f"Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"
        address = f"11.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        body = {
            "n": "pageview",
            "d": domain,
            "u": f"https://{domain}/page-{number}",
            "r": f"https://r{number}.example/",
        }
        yield _request(body, agent, address)


def crowded_hit(domains: Sequence[str] = CROWD) -> bytes:
    """Return a hit for many sites, from an address without a rate limit."""
    body = {"n": "pageview", "d": ",".join(domains), "u": "https://crowd.example/"}
    return _request(body, "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "127.0.0.1")


def _request(body: object, user_agent: str, address: str) -> bytes:
    content = json.dumps(body).encode()
    return (
        f"POST /api/event HTTP/1.1\r\nhost: stats.example\r\ncontent-type: text/plain\r\nuser-agent: {user_agent}\r\n"
        f"x-forwarded-for: {address}\r\ncontent-length: {len(content)}\r\n\r\n"
    ).encode() + content


async def send(
    port: int, requests: Iterator[bytes], *, connections: int = CONNECTIONS, per_second: float = 0
) -> Counter[int]:
    """Send requests over several connections, one at a time on each, and count the statuses.

    per_second: maximum rate. 0 means no limit.
    """
    statuses: Counter[int] = Counter()
    interval_s = connections / per_second if per_second else 0

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        due = time.monotonic()
        for request in requests:
            writer.write(request)
            statuses[await _status(reader)] += 1
            due += interval_s
            await asyncio.sleep(max(0, due - time.monotonic()))
        writer.close()

    await asyncio.gather(*(connection() for _ in range(connections)))
    return statuses


async def _status(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
    await reader.readexactly(int(length.partition(b":")[2]))
    return int(head.split(b" ", 2)[1])


async def drip(port: int) -> None:
    """Open many connections with an endless head or body each, and wait until the server closes all."""
    await asyncio.gather(*(_drip(port, number) for number in range(SLOW_CONNECTIONS)))


async def _drip(port: int, number: int) -> None:
    await asyncio.sleep(DRIP_EVERY_S * number / SLOW_CONNECTIONS)  # spread over the interval
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_SLOW_BODY if number % 2 else _SLOW_HEAD)
    closed = asyncio.create_task(reader.read())
    while not closed.done():
        writer.write(b"a")
        await asyncio.wait([closed], timeout=DRIP_EVERY_S)
    with contextlib.suppress(ConnectionError):  # bytes sent after the close are refused
        closed.result()
    writer.close()


async def pour(port: int, domain: str, *, first: int, per_second: int) -> None:
    """Send the whole flood until cancelled. first: number of the first hit. per_second: rate of hits."""
    requests = hits(domain, itertools.count(first), per_agent=per_second // AGENTS_PER_SECOND)
    crowds = itertools.repeat(crowded_hit())

    async def drip_forever() -> None:
        while True:
            await drip(port)

    await asyncio.gather(
        send(port, requests, per_second=per_second), send(port, crowds, connections=1, per_second=1), drip_forever()
    )


def main() -> None:
    """Flood a server until killed: python -m scripts.benchmarks.attacker URL DOMAIN FIRST HITS_A_SECOND."""
    url, domain, first, per_second = sys.argv[1:]
    asyncio.run(pour(urlsplit(url).port or 80, domain, first=int(first), per_second=int(per_second)))


if __name__ == "__main__":
    main()
