"""A flood: what somebody sends who means ill, or whose program has run wild.

Hits of which each has a page, a user agent, a referrer and an address of its own, so that no cache helps; hits for a
thousand sites at once; and connections that say a byte now and then and never finish.
"""

import asyncio
import contextlib
import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

CONNECTIONS = 4
SLOW_CONNECTIONS = 500
DRIP_EVERY_S = 0.5
BURST_EVERY_S = 0.05
CROWD = tuple(f"site-{number}.example" for number in range(1000))

_SLOW_HEAD = b"POST /api/event HTTP/1.1\r\nhost: stats.example\r\nx-slow: "
_SLOW_BODY = b'POST /api/event HTTP/1.1\r\nhost: stats.example\r\ncontent-length: 900000\r\n\r\n{"n":"'


def hits(domain: str, numbers: Iterator[int]) -> Iterator[bytes]:
    """Give a request for each number, none of them like another."""
    for number in numbers:
        agent = f"Mozilla/5.0 (X11; Linux x86_64; rv:{number}.0) Gecko/20100101 Firefox/{number}.{number % 97}"
        address = f"11.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        body = {
            "n": "pageview",
            "d": domain,
            "u": f"https://{domain}/page-{number}",
            "r": f"https://r{number}.example/",
        }
        yield _request(body, agent, address)


def crowded_hit(domains: Sequence[str] = CROWD) -> bytes:
    """Return a request that is for many sites, from an address that is not limited."""
    body = {"n": "pageview", "d": ",".join(domains), "u": "https://crowd.example/"}
    return _request(body, "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "127.0.0.1")


def _request(body: object, user_agent: str, address: str) -> bytes:
    content = json.dumps(body).encode()
    return (
        f"POST /api/event HTTP/1.1\r\nhost: stats.example\r\ncontent-type: text/plain\r\nuser-agent: {user_agent}\r\n"
        f"x-forwarded-for: {address}\r\ncontent-length: {len(content)}\r\n\r\n"
    ).encode() + content


async def send(port: int, requests: Iterator[bytes]) -> Counter[int]:
    """Send over a few connections, each a request after the answer to the one before; return the statuses."""
    statuses: Counter[int] = Counter()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in requests:
            writer.write(request)
            statuses[await _status(reader)] += 1
        writer.close()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return statuses


async def _status(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
    await reader.readexactly(int(length.partition(b":")[2]))
    return int(head.split(b" ", 2)[1])


async def drip(port: int) -> None:
    """Open many connections, half with a head and half with a body that never ends, until all have been closed."""
    await asyncio.gather(*(_drip(port, _SLOW_BODY if number % 2 else _SLOW_HEAD) for number in range(SLOW_CONNECTIONS)))


async def _drip(port: int, beginning: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(beginning)
    closed = asyncio.create_task(reader.read())
    while not closed.done():
        writer.write(b"a")
        await asyncio.wait([closed], timeout=DRIP_EVERY_S)
    with contextlib.suppress(ConnectionError):  # what was sent after the end is refused
        closed.result()
    writer.close()


async def pour(port: int, domain: str, *, hits_per_second: int) -> None:
    """Send all of it at an even pace, until cancelled."""
    requests = hits(domain, itertools.count())
    async with asyncio.TaskGroup() as group:
        group.create_task(_drip_on(port))
        for turn in itertools.count():
            burst = itertools.islice(requests, int(hits_per_second * BURST_EVERY_S))
            crowd = [crowded_hit()] if turn % int(1 / BURST_EVERY_S) == 0 else []
            await asyncio.gather(send(port, itertools.chain(burst, crowd)), asyncio.sleep(BURST_EVERY_S))


async def _drip_on(port: int) -> None:
    while True:
        await drip(port)


def main() -> None:
    """Flood the server at an address until killed: python -m scripts.flood URL DOMAIN HITS_PER_SECOND."""
    url, domain, hits_per_second = sys.argv[1:]
    asyncio.run(pour(urlsplit(url).port or 80, domain, hits_per_second=int(hits_per_second)))


if __name__ == "__main__":
    main()
