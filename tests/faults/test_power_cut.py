"""A power cut loses and doubles nothing that was acknowledged early enough to be on the disk."""

import asyncio
import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path

import httpx2
import pytest

from tests.faults.power import WHAT_IT_NEEDS, an_image, can_be_cut, copy_of_what_is_on, mounted
from tests.faults.stored import stored
from tests.faults.stream import FIREFOX, Stream
from tests.server import Server

FIRST_CUT_AFTER_S = 35.0
LAST_CUT_AFTER_S = 45.0
SETTLED_AFTER_S = 1.5  # of the acknowledgement
LONG_ROUNDS = 6  # of five cuts each
VISITORS = 8
SETTINGS = {"salt_dir": "/dev/shm", "client_hits_per_minute": "0"}
CUTS_WHILE_STARTING = 4


class PacedLoad:
    """Page views, each of a path of its own, so many a second, with the moment at which each was acknowledged."""

    def __init__(self, *, per_second: float) -> None:
        self.acknowledged: dict[str, float] = {}  # path -> seconds since the load began
        self._per_second = per_second
        self._began_at = 0.0

    @property
    def seconds(self) -> float:
        return asyncio.get_running_loop().time() - self._began_at

    async def run(self, url: str, *, until: "asyncio.Task[None]") -> None:
        """Send until a task is done, at the given rate whatever the answers take."""
        self._began_at = asyncio.get_running_loop().time()
        async with httpx2.AsyncClient(base_url=url, timeout=60) as client, asyncio.TaskGroup() as hits:
            for number in count(1):
                due_s = number / self._per_second - self.seconds
                await asyncio.wait([until], timeout=max(due_s, 0))
                if until.done():
                    return
                hits.create_task(self._send(client, number))

    async def _send(self, client: httpx2.AsyncClient, number: int) -> None:
        path = f"/page-{number}"
        headers = {"user-agent": FIREFOX, "x-forwarded-for": f"198.51.100.{number % VISITORS}"}
        body = {"n": "pageview", "d": "example.org", "u": f"https://example.org{path}"}
        try:
            answer = await client.post("/api/event", json=body, headers=headers)
        except httpx2.TransportError:  # a connection that was idle while the server stood still is closed
            return
        assert 202 == answer.status_code
        self.acknowledged[path] = self.seconds


def cuts(server: Server, image: Path, *, number: int, per_second: float, seed: int) -> list[tuple[Path, set[str]]]:
    """Return copies of an image under load, each with the paths that were acknowledged early enough to be on it."""
    load = PacedLoad(per_second=per_second)
    moments = sorted(random.Random(seed).uniform(FIRST_CUT_AFTER_S, LAST_CUT_AFTER_S) for _ in range(number))
    copies: list[tuple[Path, set[str]]] = []

    async def cut() -> None:
        for index, moment in enumerate(moments):
            await asyncio.sleep(moment - load.seconds)  # a load has a length: nothing else is waited for
            at, acknowledged = load.seconds, dict(load.acknowledged)
            copy = await asyncio.to_thread(copy_of_what_is_on, image, server, to=image.with_name(f"cut-{index}.img"))
            copies.append((copy, {path for path, when in acknowledged.items() if when < at - SETTLED_AFTER_S}))

    async def both() -> None:
        await load.run(server.url, until=asyncio.create_task(cut()))

    asyncio.run(both())
    return copies


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Return the image of an empty disk whose power can be cut."""
    if not can_be_cut(tmp_path):
        pytest.skip(WHAT_IT_NEEDS)
    return an_image(tmp_path / "disk.img")


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("per_second", "number"), [pytest.param(200, 3, id="200 a second"), pytest.param(2, 2, id="2 a second")]
)
def test_what_was_acknowledged_is_stored_once_after_a_power_cut(
    image: Path, pytestconfig: pytest.Config, per_second: float, number: int
) -> None:
    rounds = LONG_ROUNDS if pytestconfig.getoption("--long") else 1
    for seed in range(rounds):
        with mounted(an_image(image)) as disk, Server(disk / "data", settings=SETTINGS) as server:
            copies = cuts(server, image, number=number, per_second=per_second, seed=seed)
        for copy, acknowledged in copies:
            assert len(acknowledged) > per_second * (FIRST_CUT_AFTER_S - 2 * SETTLED_AFTER_S)
            check(copy, acknowledged)


def check(copy: Path, acknowledged: set[str]) -> None:
    """Start a server on what a power cut left, stop it, and look at what is stored."""
    with mounted(copy) as disk:
        with Server(disk / "data") as server:
            pass
        found = stored(disk / "data")
        waiting = list((disk / "data" / "spool").iterdir())
        log = server.log.read_text()
    copy.unlink()

    assert acknowledged - found.views.keys() == set(), "acknowledged, and lost"
    assert {path: number for path, number in found.views.items() if number > 1} == {}, "stored more than once"
    assert found.pageviews == len(found.views), "visits and events tell the same"
    assert waiting == []
    assert "ERROR" not in log


@pytest.mark.timeout(600)
def test_a_start_that_a_power_cut_ended_goes_on(image: Path) -> None:
    """Cut while the tables are made, which nothing makes in one piece."""
    copies = []
    with mounted(image) as disk, ThreadPoolExecutor(1) as thread:
        server = Server(disk / "data", settings=SETTINGS)
        start = thread.submit(server.start)
        for number in range(CUTS_WHILE_STARTING):
            while tables_on(disk) <= number and not start.done():
                pass
            copies.append(copy_of_what_is_on(image, server, to=image.with_name(f"cut-{number}.img")))
        start.result().stop()
    assert len(copies) == CUTS_WHILE_STARTING

    for copy in copies:
        stream = Stream(connections=1)
        with mounted(copy) as disk:
            with Server(disk / "data") as server:
                stream.send(server.url, accepted=1)
            assert dict.fromkeys(stream.accepted, 1) == stored(disk / "data").views
            assert "ERROR" not in server.log.read_text()
        copy.unlink()


def tables_on(disk: Path) -> int:
    return len(list((disk / "data" / "clickhouse" / "store").glob("*/*/format_version.txt")))


@pytest.mark.timeout(600)
def test_an_import_is_whole_and_once_though_the_power_is_cut_in_the_middle(image: Path, tmp_path: Path) -> None:
    history, count = tmp_path / "history.ndjson", 60_000
    line = '{"time": %d, "visitor": "%d", "url": "https://example.org/%d"}\n'
    history.write_text(
        "".join(line % (1_773_000_000_000 + number * 500, number % 999, number) for number in range(count))
    )
    words = ["import", "events", str(history), "--site", "example.org"]
    copies = []
    with mounted(image) as disk, Server(disk / "data", settings=SETTINGS) as server, server.started(*words) as command:
        for chunks in (0, 1, 2):
            while chunks_on(disk) < chunks:
                pass
            copies.append(copy_of_what_is_on(image, server, to=image.with_name(f"cut-{chunks}.img")))
        command.communicate()

    for copy in copies:
        with mounted(copy) as disk:
            with Server(disk / "data") as server:
                assert f'"accepted": {count}' in server.command(*words)
            found = stored(disk / "data")
        copy.unlink()
        assert (count, count, {1}) == (found.pageviews, len(found.views), set(found.views.values()))


def chunks_on(disk: Path) -> int:
    """Return how many parts of an import are noted as written, -1 while none has begun."""
    with closing(sqlite3.connect(disk / "data" / "control.sqlite3")) as control:
        row = control.execute("select max(chunks) from imports").fetchone()
    return -1 if row[0] is None else int(row[0])
