"""A day whose salt was lost by a restart is marked, because its visitors may count twice."""

import json
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.clocked import run
from tests.server import Server

MORNING, NOON, NEXT_DAY = "2026-11-20 09:00", "2026-11-20 12:00", "2026-11-21 09:00"


def marked(directory: Path) -> list[str]:
    with closing(sqlite3.connect(directory / "data" / "control.sqlite3")) as connection:
        return [day for (day,) in connection.execute("select day from lost_salts order by day")]


@pytest.mark.parametrize(
    ("is_lost", "again_at", "days"),
    [
        pytest.param(True, NOON, ["2026-11-20"], id="lost on a day with visitors"),
        pytest.param(True, NEXT_DAY, [], id="lost on a day without visitors so far"),
        pytest.param(False, NOON, [], id="kept"),
    ],
)
def test_a_day_whose_salt_was_lost_is_marked(tmp_path: Path, *, is_lost: bool, again_at: str, days: list[str]) -> None:
    run(tmp_path, (MORNING, "ana"))
    if is_lost:
        shutil.rmtree(tmp_path / "salts")
    run(tmp_path, (again_at, "ana"))

    assert days == marked(tmp_path)


def test_imported_events_of_today_are_no_lost_salt(tmp_path: Path) -> None:
    """A server that starts for the first time on imported events has lost nothing."""
    server = Server(tmp_path / "data")
    server.command("sites", "add", "other.example", "--timezone", "UTC")
    event = {
        "time": int(time.time() - 60) * 1000,
        "name": "pageview",
        "url": "https://other.example/",
        "visitor": "ana",
    }
    (tmp_path / "today.ndjson").write_text(json.dumps(event) + "\n")
    server.command("import", "events", str(tmp_path / "today.ndjson"), "--site", "other.example")
    with server:
        pass

    assert marked(tmp_path) == []
    assert "were lost" not in server.log.read_text()
