"""What the server answers to `sillage backup`, and that an abandoned snapshot does not stay."""

import time
from http import HTTPStatus
from pathlib import Path

import msgspec
import pytest

from schema.days.rollups import Rollups
from schema.stores.control import Control
from schema.stores.database import Database
from scripts.server.backup_answers import IDLE_S, Snapshots
from scripts.server.parts import Parts
from tests.factories import an_event, store


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def snapshots(tmp_path: Path, database: Database, now: list[float]) -> Snapshots:
    control = Control(tmp_path / "control.sqlite3", now=0)
    store(database, [an_event()])
    rollups = Rollups(control, database, clock=time.time)
    return Snapshots(control, database, rollups, temporary=tmp_path, clock=lambda: now[0])


def copies(database: Database) -> int:
    return len(database.query("show tables like 'backup_%'"))


def test_it_is_taken_read_and_dropped(snapshots: Snapshots, database: Database, tmp_path: Path) -> None:
    status, content = snapshots.answer("take")
    taken = msgspec.json.decode(content)
    assert (HTTPStatus.OK, 1) == (status, taken["rows"]["events"])
    assert HTTPStatus.OK == snapshots.answer("0")[0]
    assert (HTTPStatus.OK, b"{}") == snapshots.answer("drop")

    assert 0 == copies(database)
    assert not (tmp_path / "control.backup").exists()


@pytest.mark.parametrize("name", ["0", "9", "-x", "", "../take"])
def test_without_a_snapshot_there_is_nothing_to_read(snapshots: Snapshots, name: str) -> None:
    status, content = snapshots.answer(name)

    assert HTTPStatus.NOT_FOUND == status
    assert "Run it again" in msgspec.json.decode(content)["error"]


def test_a_snapshot_that_nobody_reads_is_dropped(snapshots: Snapshots, database: Database, now: list[float]) -> None:
    snapshots.take()
    now[0] = IDLE_S
    snapshots.drop_if_idle()
    assert copies(database)
    snapshots.read(0)
    now[0] += IDLE_S + 1
    snapshots.drop_if_idle()

    assert 0 == copies(database)


def test_without_clickhouse_it_is_a_sentence(parts: Parts) -> None:
    status, content = parts.writers.snapshots.answer("take")

    assert HTTPStatus.SERVICE_UNAVAILABLE == status
    assert "ClickHouse does not answer" in msgspec.json.decode(content)["error"]
