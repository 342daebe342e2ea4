"""A server starts with what it had before, and writes what it accepted before it ends."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from ingest.storage.flush import read
from ingest.visits.live_visits import TIMEOUT_S
from schema.stores.database import Database
from scripts.config.loading import Config
from scripts.server import lifecycle, wire
from scripts.server.parts import Parts
from scripts.server.problems import Problems
from tests.factories import a_visit, an_event, store

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
NOW = datetime(2060, 6, 1, 12, tzinfo=UTC)  # whose rows will not have expired


@pytest.fixture
def stored(config: Config, database: Database) -> Iterator[Parts]:
    """Yield parts with a ClickHouse that answers, and a clock that stands still."""
    parts = wire.build(config, clock=NOW.timestamp)
    problems = Problems(database, parts.stores.spool)
    yield replace(parts, stores=replace(parts.stores, database=database), problems=problems)
    lifecycle.close(parts)


@pytest.mark.parametrize(
    ("ago_s", "is_active"),
    [
        pytest.param(0, True, id="now"),
        pytest.param(TIMEOUT_S - 1, True, id="just in time"),
        pytest.param(TIMEOUT_S + 1, False, id="too long ago"),
    ],
)
def test_a_visit_that_is_active_continues_after_a_restart(stored, database, ago_s, is_active):
    last = datetime.fromtimestamp(NOW.timestamp() - ago_s, UTC)
    visit = a_visit(start=last)
    store(database, [an_event(visit, time=last)])
    lifecycle.restore(stored)

    assert is_active == (len(stored.counting.visits) == 1)


def test_edits_are_in_effect_from_the_first_hit(parts: Parts) -> None:
    lifecycle.restore(parts)

    assert parts.counting.pipeline.site_of_host("example.org")
    assert not parts.counting.pipeline.site_of_host("other.example")


def test_what_was_accepted_is_sealed_when_the_server_stops(parts: Parts) -> None:
    threads = set(threading.enumerate())
    with TestClient(parts.app) as client:
        for page in ("/a", "/b"):
            hit = {"n": "pageview", "d": "example.org", "u": f"https://example.org{page}"}
            assert 202 == client.post("/api/event", json=hit, headers={"user-agent": FIREFOX}).status_code
        dropped = {"n": "pageview", "d": "unknown.example", "u": "https://unknown.example/"}
        assert 202 == client.post("/api/event", json=dropped, headers={"user-agent": FIREFOX}).status_code
    content = [read(segment) for segment in parts.stores.spool.sealed()]

    assert ["/a", "/b"] == [record.event.path for part in content for record in part.records]
    assert 1 == sum(row.count for part in content for row in part.drops)
    assert not {thread.name for thread in set(threading.enumerate()) - threads} & {"flush", "rollups"}


def test_a_visit_in_the_spool_continues_after_a_restart(config: Config) -> None:
    for _ in range(2):
        parts = wire.build(config)
        with TestClient(parts.app) as client:
            hit = {"n": "pageview", "d": "example.org", "u": "https://example.org/"}
            assert 202 == client.post("/api/event", json=hit, headers={"user-agent": FIREFOX}).status_code
        visits = [record.visit for segment in parts.stores.spool.sealed() for record in read(segment).records]
        lifecycle.close(parts)

    assert [1, 2] == [visit.pageviews for visit in visits]
    assert 1 == len({visit.visit_id for visit in visits})


def test_without_clickhouse_a_server_is_prepared_later(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    lifecycle.prepare(parts)

    assert "Until it responds, accepted events wait on disk." in caplog.text


def test_with_clickhouse_it_is_migrated_at_once(stored: Parts, caplog: pytest.LogCaptureFixture) -> None:
    lifecycle.prepare(stored)

    assert [] == caplog.records
    assert [] == stored.problems.sentences()


def test_a_closed_server_lets_another_use_the_data_directory(config: Config) -> None:
    lifecycle.close(wire.build(config, clock=time.time))

    lifecycle.close(wire.build(config, clock=time.time))
