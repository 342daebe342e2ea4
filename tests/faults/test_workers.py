"""A server with workers: killing one loses no accepted event, and no visit."""

import os
import re
import signal
import subprocess
from pathlib import Path

import httpx2
import pytest

from tests.faults.stored import stored
from tests.faults.stream import Stream
from tests.server import Server, becomes_true

VISITORS = 8
KILLS = 4


def workers_of(server: Server) -> list[int]:
    """Return the process ids of the workers that run."""
    listed = subprocess.run(
        ["ps", "--ppid", str(server.process.pid), "-o", "pid=,args="], capture_output=True, text=True, check=False
    ).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if re.search(r"scripts\.server\.worker", line)]


@pytest.mark.timeout(300)
def test_killed_workers_lose_no_accepted_event_and_a_visit_goes_on(tmp_path: Path):
    stream = Stream(connections=VISITORS)
    with Server(tmp_path / "data", settings={"workers": "2"}) as server:
        for _ in range(KILLS):
            assert becomes_true(lambda: len(workers_of(server)) == 2)
            stream.send(server.url, accepted=100, then=lambda: os.kill(workers_of(server)[0], signal.SIGKILL))
        stream.send(server.url, accepted=100)
        assert httpx2.get(f"{server.url}/api/health").status_code == 200

    found = stored(server.data_dir)
    assert stream.refused == []
    assert stream.accepted - found.views.keys() == set(), "accepted, and lost"
    assert {path: number for path, number in found.views.items() if number > 1} == {}, "stored more than once"
    assert found.visits == VISITORS, "a visitor has one visit, whichever worker reads the hits"
