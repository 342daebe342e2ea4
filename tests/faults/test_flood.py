"""A flood is answered, and leaves the server as large as it was."""

import asyncio
import itertools
import time
from pathlib import Path

from schema.sites import sites
from schema.stores.control import Control
from scripts.benchmarks.attacker import CROWD, crowded_hit, drip, hits, send
from tests.faults.stored import stored
from tests.server import Server

HITS = 21_000  # more than any cache of the collector holds
CROWDED_HITS = 10
GROWTH = 2


def resident_bytes(server: Server) -> int:
    """Return the memory that the server's process has of the machine."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def a_server_with_many_sites(data_dir: Path) -> Server:
    data_dir.mkdir()
    control = Control(data_dir / "control.sqlite3", now=time.time())
    for domain in CROWD:
        sites.add(control, domain, timezone="Europe/Paris", now=time.time())
    control.close()
    return Server(data_dir, settings={"request_timeout_s": "1"})


async def flood(port: int, *, first: int) -> dict[int, int]:
    """Send hits of which none is like another, some for all sites, beside connections that never finish."""
    requests = itertools.chain(hits("example.org", iter(range(first, first + HITS))), [crowded_hit()] * CROWDED_HITS)
    statuses, _ = await asyncio.gather(send(port, requests), drip(port))
    return statuses


def test_a_flood_is_counted_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with a_server_with_many_sites(tmp_path / "data") as server:
        asyncio.run(send(server.port, hits("example.org", iter(range(100)))))
        before = resident_bytes(server)
        statuses = asyncio.run(flood(server.port, first=1_000_000))
        after = resident_bytes(server)
        log = server.log.read_text()

    assert {202: HITS + CROWDED_HITS} == statuses
    assert after < GROWTH * before
    assert "ERROR" not in log
    found = stored(server.data_dir)
    assert 100 + HITS == sum(number for path, number in found.views.items() if path != "/")
    assert CROWDED_HITS * len(CROWD) == found.views["/"]
