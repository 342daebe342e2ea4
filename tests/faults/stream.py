"""Page views, each of a path of its own, sent over several connections at once, with a note of which were accepted."""

import asyncio
from collections.abc import Callable
from itertools import count

import httpx2

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


class Stream:
    """What was sent so far, over any number of runs."""

    def __init__(self, *, domain: str = "example.org", connections: int = 8, filler: str = "") -> None:
        """filler: goes with each event, to make it larger."""
        self.sent: set[str] = set()
        self.accepted: set[str] = set()  # answered with 202, and not dropped
        self.refused: list[httpx2.Response] = []  # answered with anything else
        self._domain = domain
        self._connections = connections
        self._props = {"filler": filler}
        self._numbers = count(1)

    def send(
        self,
        url: str,
        *,
        accepted: int,
        since: Callable[[], bool] = lambda: True,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """Send until so many more have been accepted, call `then` in the middle of it, and read the last answers.

        since: counting begins where this is true. A connection ends when its server is gone, or by itself with its
        first answer after `then`.
        """
        asyncio.run(self._send(url, accepted, since, then))

    async def _send(self, url: str, accepted: int, since: Callable[[], bool], then: Callable[[], None]) -> None:
        is_done = asyncio.Event()
        goal: int | None = None

        async def connection(number: int) -> None:
            nonlocal goal
            # One address a connection, so that each is a visitor whose visit grows.
            headers = {"user-agent": FIREFOX, "x-forwarded-for": f"198.51.100.{number}"}
            async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
                while not is_done.is_set():
                    if goal is None and since():
                        goal = len(self.accepted) + accepted
                    try:
                        await self._send_one(client)
                    except httpx2.TransportError:
                        return
                    if goal is not None and len(self.accepted) >= goal and not is_done.is_set():
                        is_done.set()
                        then()

        async with asyncio.TaskGroup() as connections:
            for number in range(1, self._connections + 1):
                connections.create_task(connection(number))

    async def _send_one(self, client: httpx2.AsyncClient) -> None:
        path = f"/page-{next(self._numbers)}"
        self.sent.add(path)
        body = {"n": "pageview", "d": self._domain, "u": f"https://{self._domain}{path}", "p": self._props}
        answer = await client.post("/api/event", json=body)
        if answer.status_code == 202 and "x-plausible-dropped" not in answer.headers:
            self.accepted.add(path)
        else:
            self.refused.append(answer)
