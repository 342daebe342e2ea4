"""A ClickHouse server goes away, and comes back: the collector goes on, and nothing is lost or doubled."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from ingest.storage.flush import MAX_ATTEMPTS, Flusher, record_payload
from ingest.storage.spool import Spool
from schema.stores.database import Database
from schema.stores.migrate import migrate_clickhouse
from tests.clickhouse.front import Front
from tests.factories import views
from tests.faults.stored import Stored, read
from tests.faults.stream import Stream
from tests.schema.http_stand_in import StandIn
from tests.server import Server

PATIENCE_S = 60


@pytest.fixture
def clickhouse(front: Front) -> Iterator[StandIn]:
    """Give a ClickHouse server, empty."""
    with StandIn(front) as server:
        yield server


@pytest.fixture
def database(clickhouse: StandIn) -> Iterator[Database]:
    """Give a connection to that server."""
    database = Database(clickhouse.url)
    migrate_clickhouse(database, now=time.time())
    yield database
    database.close()


def once_all_is_there(clickhouse: StandIn, database: Database, paths: set[str]) -> Stored:
    """Return what is stored once it has all of some paths, and a visit for each page view."""
    while True:
        found = read(database)
        if found.views.keys() >= paths and found.pageviews >= len(paths):
            return found
        clickhouse.inserted.get(timeout=PATIENCE_S)


def test_events_are_accepted_while_clickhouse_is_away_and_stored_once_when_it_is_back(
    tmp_path: Path, clickhouse: StandIn, database: Database
) -> None:
    stream = Stream()
    with Server(tmp_path / "data", settings={"database": clickhouse.url}) as server:
        stream.send(server.url, accepted=20)
        clickhouse.go_away()
        spool = server.data_dir / "spool"
        stream.send(server.url, accepted=100, since=lambda: any(spool.glob("*.segment")))
        waiting = list(spool.glob("*.segment"))
        health = httpx2.get(f"{server.url}/api/health")
        clickhouse.lose_answers(2)
        clickhouse.come_back()
        once_all_is_there(clickhouse, database, stream.accepted)
        assert server.stop() == 0

    found = read(database)
    assert stream.refused == []
    assert waiting != []
    assert health.status_code == 200
    assert found.views == dict.fromkeys(stream.accepted, 1)
    assert found.pageviews == len(stream.accepted)
    assert list(spool.iterdir()) == []


def test_a_server_that_starts_while_clickhouse_is_away_accepts_events_and_stores_them_when_it_is_back(
    tmp_path: Path, clickhouse: StandIn, database: Database
) -> None:
    stream = Stream()
    clickhouse.go_away()
    with Server(tmp_path / "data", settings={"database": clickhouse.url}) as server:
        stream.send(server.url, accepted=20)
        clickhouse.come_back()
        once_all_is_there(clickhouse, database, stream.accepted)
        assert server.stop() == 0

    assert stream.refused == []
    assert read(database).views == dict.fromkeys(stream.accepted, 1)
    place = f"127.0.0.1 port {clickhouse.port}"
    assert f"ClickHouse does not answer at {place}. Is it running? Until it responds," in server.log.read_text()


def test_a_full_spool_refuses_events_until_clickhouse_has_taken_some(
    tmp_path: Path, clickhouse: StandIn, database: Database
) -> None:
    stream = Stream(filler="x" * 1900)
    settings = {"database": clickhouse.url, "spool_max_mb": "1"}
    with Server(tmp_path / "data", settings=settings) as server:
        clickhouse.go_away()
        stream.send(server.url, accepted=0, since=lambda: stream.refused != [])
        refused, accepted = list(stream.refused), len(stream.accepted)
        health = httpx2.get(f"{server.url}/api/health")
        clickhouse.come_back()
        stream.send(server.url, accepted=1)
        assert server.stop() == 0

    found = read(database)
    assert {(503, "10")} == {(answer.status_code, answer.headers.get("retry-after")) for answer in refused}
    assert health.status_code == 503
    assert 100 < accepted < len(stream.accepted)
    assert found.views == dict.fromkeys(stream.accepted, 1)
    assert found.pageviews == len(stream.accepted)


def test_a_segment_is_never_set_aside_because_clickhouse_is_away(
    tmp_path: Path, clickhouse: StandIn, database: Database
) -> None:
    spool = Spool(tmp_path / "spool", max_bytes=1_000_000)
    flusher = Flusher(spool, database)

    async def put_down() -> None:
        for record in views("/", "/shop", "/thanks", start="2026-11-20 12:00"):
            spool.append(record_payload(record))
        await spool.written()
        spool.seal()

    asyncio.run(put_down())
    clickhouse.go_away()
    attempts = [flusher.flush() for _ in range(2 * MAX_ATTEMPTS)]
    clickhouse.come_back()

    assert attempts == [False] * (2 * MAX_ATTEMPTS)
    assert spool.set_aside() == []
    assert flusher.flush()
    assert read(database).views == {"/": 1, "/shop": 1, "/thanks": 1}
