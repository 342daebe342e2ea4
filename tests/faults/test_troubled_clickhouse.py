"""A ClickHouse that is away for an hour, slow, full, or that stores and answers with an error: all in one process.

What was acknowledged is counted once, and visits are those of their events.
"""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from ingest.storage.flush import Flusher, record_payload
from ingest.storage.spool import Spool
from schema.stores.database import Database
from schema.stores.migrate import migrate_clickhouse
from tests.clickhouse.front import Front
from tests.factories import views
from tests.faults.stored import read
from tests.schema.http_stand_in import Fault, StandIn

STORED_AND_FAILED = Fault(stores=True, error="Code: 209. DB::Exception: Timeout exceeded. (SOCKET_TIMEOUT)")
FULL = Fault(
    stores=False, error="Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)"
)
MINUTES, VISITS_A_MINUTE = 60, 20


@pytest.fixture
def clickhouse(front: Front) -> Iterator[StandIn]:
    with StandIn(front) as server:
        yield server


@pytest.fixture
def database(clickhouse: StandIn) -> Iterator[Database]:
    database = Database(clickhouse.url)
    migrate_clickhouse(database, now=time.time())
    yield database
    database.close()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", max_bytes=50_000_000)


def accepted(spool: Spool, minutes: int) -> set[str]:
    """Write a segment a minute, each of visits with two page views. Returns the paths that were acknowledged."""
    paths: set[str] = set()

    async def write() -> None:
        for minute in range(minutes):
            for visit in range(VISITS_A_MINUTE):
                pages = [f"/{minute}/{visit}/{page}" for page in "ab"]
                for record in views(*pages, start=f"2026-11-20 12:{minute:02}"):
                    spool.append(record_payload(record))
                await spool.written()
                paths.update(pages)
            spool.seal()

    asyncio.run(write())
    return paths


def assert_counted_once(database: Database, paths: set[str]) -> None:
    found = read(database)
    assert dict.fromkeys(paths, 1) == found.views
    assert (len(paths), len(paths) // 2) == (found.pageviews, found.visits)


def test_the_traffic_of_an_hour_without_clickhouse_is_counted_once(
    clickhouse: StandIn, database: Database, spool: Spool
) -> None:
    flusher = Flusher(spool, database)
    clickhouse.go_away()
    paths = accepted(spool, MINUTES)
    while_away = [flusher.flush() for _ in range(3)]
    clickhouse.come_back()
    clickhouse.lose_answers(3)
    while not flusher.flush():
        continue

    assert [False] * 3 == while_away
    assert MINUTES * VISITS_A_MINUTE * 2 == len(paths)
    assert [] == spool.set_aside()
    assert_counted_once(database, paths)


@pytest.mark.parametrize(
    "fault", [pytest.param(STORED_AND_FAILED, id="stores and reports an error"), pytest.param(FULL, id="is full")]
)
def test_a_clickhouse_that_fails_again_and_again_gets_each_event_once(
    clickhouse: StandIn, database: Database, spool: Spool, fault: Fault
) -> None:
    """Ten errors are more attempts than a segment has that ClickHouse rejects."""
    flusher = Flusher(spool, database)
    paths = accepted(spool, 2)
    clickhouse.faults.extend([fault] * 10)
    attempts = 0
    while not flusher.flush():
        attempts += 1

    assert 10 == attempts
    assert [] == spool.set_aside()
    assert_counted_once(database, paths)


def test_a_process_that_ends_after_an_error_that_was_none_leaves_nothing_twice(
    clickhouse: StandIn, database: Database, spool: Spool, tmp_path: Path
) -> None:
    """The rows are in, the segment is still there, and the next process compares."""
    paths = accepted(spool, 1)
    clickhouse.faults.extend([STORED_AND_FAILED])
    first = Flusher(spool, database).flush()
    spool.close()
    second = Flusher(Spool(tmp_path / "spool", max_bytes=50_000_000), database).flush()

    assert (False, True) == (first, second)
    assert_counted_once(database, paths)


def test_events_are_accepted_while_clickhouse_answers_slowly(
    clickhouse: StandIn, database: Database, spool: Spool
) -> None:
    flusher = Flusher(spool, database)
    before = accepted(spool, 1)
    clickhouse.answers.clear()
    results: list[bool] = []
    flushing = Thread(target=lambda: results.append(flusher.flush()))
    flushing.start()
    meanwhile = accepted(spool, 2) - before
    waiting = len(spool.sealed())
    clickhouse.answers.set()
    flushing.join()
    while not flusher.flush():
        continue

    assert 3 == waiting
    assert [True] == results
    assert meanwhile <= read(database).views.keys()
