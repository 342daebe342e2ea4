"""The clock is set back, and local time jumps: what was accepted is counted, under the day and visit it belongs to."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clickhouse import mode
from tests.faults.clocked import run

_PROGRAM = """
import json, sys
from schema.stores.database import Database
database = Database(sys.argv[1])
visits = database.query("select pageviews, duration, toString(day) from visits final order by start, pageviews")
print(json.dumps([[list(row) for row in visits], database.query("select count() from events")[0][0]]))
"""


def stored(directory: Path) -> tuple[list[list[object]], int]:
    """Return page views, duration and day of each visit, and the number of events."""
    command = [sys.executable, "-c", _PROGRAM, mode.url_of(directory / "data")]
    visits, events = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return visits, events


def test_events_after_the_clock_was_set_back_are_counted_in_the_same_visit(tmp_path: Path) -> None:
    run(tmp_path, ("2026-11-20 12:00", "ana"), ("2026-11-20 12:10", "ana"), ("2026-11-20 11:00", "ana"))
    visits, events = stored(tmp_path)

    assert 3 == events
    assert 3 == sum(int(str(pageviews)) for pageviews, *_ in visits)
    assert all(int(str(duration)) >= 0 for _, duration, _ in visits)


@pytest.mark.parametrize(
    ("hits", "expected"),
    [
        pytest.param(
            [("2026-03-29 01:50", "ana"), ("2026-03-29 03:10", "ana")],
            [[2, 1200, "2026-03-29"]],
            id="an hour that is left out in spring",
        ),
        pytest.param(
            [("2026-10-25 02:50", "ana"), ("2026-10-25 03:05", "ana"), ("2026-10-25 03:30", "ana")],
            [[1, 0, "2026-10-25"], [2, 1500, "2026-10-25"]],
            id="an hour that comes twice in autumn",
        ),
    ],
)
def test_a_visit_lasts_as_long_as_it_does_whatever_the_clocks_on_walls_show(
    tmp_path: Path, hits: list[tuple[str, ...]], expected: list[list[object]]
) -> None:
    run(tmp_path, *hits, kill=True)
    run(tmp_path, stopped_at="2026-11-20 12:00")

    assert (expected, len(hits)) == stored(tmp_path)
