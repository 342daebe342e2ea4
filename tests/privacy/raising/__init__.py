"""A server in which each step of a request raises in turn; see sitecustomize.py, which Python loads in that server."""

from collections.abc import Iterator
from pathlib import Path

import httpx2

from tests.privacy import canaries
from tests.privacy.canaries import Request

ADDRESSES = (canaries.FORWARDED[0], canaries.FORWARDED[1], canaries.FORWARDED[3])
REPORT, NOTHING = "report", "nothing"


class Raising:
    """What tells a server which of its functions is to raise."""

    def __init__(self, file: Path) -> None:
        """file: outside of the server's directories, because it names addresses."""
        self._order, self._report = file, file.with_suffix(".report")
        self._read = 0
        self.order(NOTHING)

    @property
    def within(self) -> list[str]:
        """The program in which to start the server."""
        return ["env", f"PYTHONPATH={Path(__file__).parent}", f"RAISING={self._order}"]

    def order(self, function: str) -> None:
        self._order.write_text(f"{function} {' '.join(ADDRESSES)}")

    def reported(self) -> list[str]:
        """Return the functions that were called, or have raised, since the last call."""
        lines = self._report.read_text().splitlines() if self._report.exists() else []
        new, self._read = lines[self._read :], len(lines)
        return new

    def steps(self, url: str) -> dict[str, Request]:
        """Return every function that takes part in answering a request, with a request that it takes part in."""
        self.order(REPORT)
        self.reported()
        steps: dict[str, Request] = {}
        with httpx2.Client(base_url=url, headers={"connection": "close"}) as client:
            for number, request in enumerate((*canaries.EVENTS, *canaries.OTHERS, canaries.FORGET)):
                send(client, request, address=ADDRESSES[0], number=number)
                steps |= dict.fromkeys(self.reported(), request)
        return steps

    def failing(self, url: str, steps: dict[str, Request]) -> Iterator[tuple[str, bool, set[int]]]:
        """Let each step raise in turn, and yield it, whether it did, and the statuses of the answers."""
        with httpx2.Client(base_url=url, headers={"connection": "close"}) as client:
            for number, (step, request) in enumerate(steps.items(), start=1000):
                self.order(step)
                statuses = {send(client, request, address=address, number=number) for address in ADDRESSES}
                yield step, step in self.reported(), statuses


def send(client: httpx2.Client, request: Request, *, address: str, number: int) -> int:
    """Send a request of a new browser: what the server knows of a known one, it does not work out again."""
    method, path, more = request
    browser = canaries.BROWSER.replace("145.0", f"145.{number}")
    headers = {"user-agent": browser, "x-forwarded-for": address} | more.get("headers", {})
    return client.request(method, path, **(more | {"headers": headers})).status_code
