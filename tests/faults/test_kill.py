import random
import signal
import time
from pathlib import Path

import pytest

from schema.stores.control import Control
from tests.faults.stored import stored
from tests.faults.stream import Stream
from tests.server import Server

KILLS, KILLS_IN_THE_LONG_MODE = 20, 200
VISITORS = 8


@pytest.mark.timeout(7200)  # a start is two seconds of work, and a busy machine has other work
def test_every_accepted_event_is_stored_once_whenever_the_server_is_killed(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """One half of the kills at any moment, from the first event on; the other half while a segment is being flushed."""
    kills = KILLS_IN_THE_LONG_MODE if pytestconfig.getoption("--long") else KILLS
    moments = random.Random(2026)
    stream = Stream(connections=VISITORS)
    server = Server(tmp_path / "data")

    def is_flushing() -> bool:
        return any((server.data_dir / "spool").glob("*.segment"))

    for _ in range(kills // 2):
        server.start()
        stream.send(server.url, accepted=int(10 ** moments.uniform(0, 3)), then=server.kill)
        server.start()
        stream.send(server.url, accepted=moments.randint(1, 40), since=is_flushing, then=server.kill)
    server.start()
    stream.send(server.url, accepted=1)
    assert server.stop() == 0

    found = stored(server.data_dir)
    assert stream.refused == []
    assert len(stream.accepted) > kills
    assert stream.accepted - found.views.keys() == set(), "accepted, and lost"
    assert found.views.keys() - stream.sent == set(), "never sent, and stored"
    assert {path: number for path, number in found.views.items() if number > 1} == {}, "stored more than once"
    assert found.pageviews == len(found.views), "visits and events tell the same"
    assert found.visits == VISITORS, "a visit goes on after a restart"
    assert list((server.data_dir / "spool").iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGSEGV])
def test_a_crash_ends_the_server_at_once_and_loses_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """The embedded ClickHouse would hold on to the process for minutes, deaf."""
    stream = Stream(connections=2)
    server = Server(tmp_path / "data").start()
    stream.send(server.url, accepted=20, then=lambda: server.kill(number))
    assert server.process.returncode == -number

    with server:
        pass
    found = stored(server.data_dir)
    assert stream.accepted - found.views.keys() == set()
    assert set(found.views.values()) == {1}


@pytest.mark.timeout(300)
def test_an_import_is_whole_and_once_though_the_server_is_killed_in_the_middle(tmp_path: Path) -> None:
    """Once its first part is in, and once its second; the command that waits for it says what to do."""
    history, count = tmp_path / "history.ndjson", 160_000
    line = '{"time": %d, "visitor": "%d", "url": "https://example.org/%d"}\n'
    history.write_text(
        "".join(line % (1_773_000_000_000 + number * 500, number % 999, number) for number in range(count))
    )
    words = ["import", "events", str(history), "--site", "example.org"]
    server = Server(tmp_path / "data")
    for chunks in (1, 2):
        server.start()
        with server.started(*words) as command:
            wait_for_chunks(server.data_dir, chunks)
            server.kill()
            _, said = command.communicate()
        assert command.returncode == 2
        assert "run this command again once it is up" in said
    with server:
        assert f'"accepted": {count}' in server.command(*words)

    found = stored(server.data_dir)
    assert (found.pageviews, len(found.views), set(found.views.values())) == (count, count, {1})
    assert list((server.data_dir / "imports").iterdir()) == []


def wait_for_chunks(data_dir: Path, number: int) -> None:
    """Return once so many parts of an import are in."""
    control = Control(data_dir / "control.sqlite3", now=time.time())
    while not control.rows("select 1 from imports where chunks >= ?", (number,)):
        pass
    control.close()
