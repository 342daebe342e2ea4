"""A visit that is alive at midnight goes on whenever the server is restarted, and no disk links two days."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.clocked import carried, run

EVENING, AFTER_MIDNIGHT = "2026-11-20 23:50", "2026-11-21 00:10"
KILL = [pytest.param(False, id="stopped"), pytest.param(True, id="killed")]
_PROGRAM = """
import json, sys
from schema.stores.database import Database
database = Database(f"chdb://{sys.argv[1]}/data/clickhouse")
rows = database.query("select visitor_id, visit_id, pageviews from visits final order by start, pageviews")
events = database.query("select distinct visitor_id from events")
print(json.dumps([[list(row) for row in rows], [row[0] for row in events]]))
"""


def stored(directory: Path) -> tuple[list[tuple[int, int, int]], set[int]]:
    """Return visitor, visit and page views of each visit, and the visitors of events."""
    run(directory, stopped_at="2026-11-22 12:00")  # brings what waits in the spool to ClickHouse
    answer = subprocess.run([sys.executable, "-c", _PROGRAM, directory], check=True, capture_output=True, text=True)
    visits, visitors = json.loads(answer.stdout)
    return [tuple(visit) for visit in visits], set(visitors)


def pageviews(directory: Path) -> list[int]:
    return [visit[2] for visit in stored(directory)[0]]


@pytest.mark.parametrize("kill", KILL)
def test_a_visit_carried_over_midnight_goes_on_after_a_restart(tmp_path: Path, *, kill: bool) -> None:
    run(tmp_path, (EVENING, "ana"), (AFTER_MIDNIGHT, "ana"), stopped_at="2026-11-21 00:36", kill=kill)
    run(tmp_path, ("2026-11-21 00:39", "ana"))

    assert [3] == pageviews(tmp_path)


def test_it_goes_on_when_the_server_is_killed_right_after_midnight(tmp_path: Path) -> None:
    run(tmp_path, (EVENING, "ana"), (AFTER_MIDNIGHT, "ana"), kill=True)
    run(tmp_path, ("2026-11-21 00:35", "ana"), ("2026-11-21 01:00", "ana"))

    assert [4] == pageviews(tmp_path)


@pytest.mark.parametrize("kill", KILL)
def test_it_goes_on_after_any_number_of_restarts(tmp_path: Path, *, kill: bool) -> None:
    run(tmp_path, (EVENING, "ana"), kill=kill)
    run(tmp_path, (AFTER_MIDNIGHT, "ana"), kill=kill)
    for moment in ("00:35", "01:00", "01:25"):
        run(tmp_path, (f"2026-11-21 {moment}", "ana"), kill=kill)

    assert [5] == pageviews(tmp_path)


def test_a_visit_that_ended_does_not_come_back(tmp_path: Path) -> None:
    run(tmp_path, (EVENING, "ana"), (AFTER_MIDNIGHT, "ana"), stopped_at="2026-11-21 00:35", kill=True)
    run(tmp_path, ("2026-11-21 00:41", "ana"))

    assert [2, 1] == pageviews(tmp_path)


def test_a_visit_is_carried_for_its_own_visitor_only(tmp_path: Path) -> None:
    run(
        tmp_path,
        (EVENING, "ana"),
        (EVENING, "ben"),
        (AFTER_MIDNIGHT, "ana"),
        (AFTER_MIDNIGHT, "ben"),
        (AFTER_MIDNIGHT, "cleo"),
    )
    run(tmp_path, ("2026-11-21 00:35", "ana"), ("2026-11-21 00:36", "dora"), ("2026-11-21 00:37", "cleo"))

    assert [2, 3, 2, 1] == pageviews(tmp_path)


def test_the_next_midnight_ends_it(tmp_path: Path) -> None:
    day = [(f"2026-11-21 {hour:02}:{minute:02}", "ana") for hour in range(24) for minute in (10, 35, 59)]
    run(tmp_path, (EVENING, "ana"), *day)
    run(tmp_path, ("2026-11-22 00:05", "ana"), ("2026-11-22 00:20", "ana"))

    assert [73, 2] == pageviews(tmp_path)


def test_no_disk_has_both_numbers_of_a_visitor(tmp_path: Path) -> None:
    """A visit carried over midnight is stored under the number of the day on which it began."""
    run(tmp_path, (EVENING, "ana"), (AFTER_MIDNIGHT, "ana"), kill=True)
    todays = int.from_bytes(carried(tmp_path)[8:16], "little")
    run(tmp_path, ("2026-11-21 00:35", "ana"))
    ((visitor, visit, _),), visitors = stored(tmp_path)

    assert todays not in (0, visitor, visit)
    assert {visitor} == visitors


def test_the_file_forgets_a_visit_that_ended(tmp_path: Path) -> None:
    run(tmp_path, (EVENING, "ana"), (AFTER_MIDNIGHT, "ana"), stopped_at="2026-11-21 00:39", kill=True)
    before = carried(tmp_path)
    run(tmp_path, stopped_at="2026-11-21 00:45", kill=True)

    assert (24, b"") == (len(before), carried(tmp_path))
