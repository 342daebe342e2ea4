"""Which days wait in files."""

import os
from datetime import date
from pathlib import Path

import pytest

from ingest.storage.flush import drops_payload, record_payload
from ingest.storage.frames import frame
from ingest.storage.spool import Spool
from ingest.storage.waiting import HELD_FOR_S, WaitingDays
from tests.factories import views

NOW = 1_800_000_000.0


def waiting(directory: Path) -> WaitingDays:
    return WaitingDays(Spool(directory, max_bytes=10**6), clock=lambda: NOW)


def a_file(directory: Path, name: str, *, age_s: float = 0) -> Path:
    """Write a segment with a visit over midnight, as old as given."""
    directory.mkdir(exist_ok=True)
    path = directory / name
    payloads = [record_payload(record) for record in views("/", "/b", start="2026-03-10 22:50", every_s=1200)]
    path.write_bytes(b"".join(map(frame, [*payloads, drops_payload([])])))
    os.utime(path, (NOW - age_s, NOW - age_s))
    return path


@pytest.mark.parametrize(
    ("name", "age_s", "waits"),
    [
        pytest.param("1.segment", 0, True, id="sealed"),
        pytest.param("1.segment", 2 * HELD_FOR_S, True, id="sealed long ago, until ClickHouse accepts it"),
        pytest.param("1.rejected", 0, True, id="set aside"),
        pytest.param("1.rejected", HELD_FOR_S + 1, False, id="set aside more than a week ago"),
        pytest.param("1.other", 0, False, id="another file"),
    ],
)
def test_files_with_events_wait(tmp_path: Path, name: str, age_s: float, *, waits: bool) -> None:
    days = {(1, date(2026, 3, 10)), (1, date(2026, 3, 11))}
    a_file(tmp_path / "spool", name, age_s=age_s)

    assert (days if waits else set()) == waiting(tmp_path / "spool")()


def test_a_file_is_read_once(tmp_path: Path) -> None:
    path = a_file(tmp_path / "spool", "1.segment")
    days_waiting = waiting(tmp_path / "spool")
    before = days_waiting()
    path.write_bytes(b"")

    assert before == days_waiting()


def test_a_flushed_file_does_not_wait(tmp_path: Path) -> None:
    path = a_file(tmp_path / "spool", "1.segment")
    days_waiting = waiting(tmp_path / "spool")
    days_waiting()
    path.unlink()

    assert set() == days_waiting()
