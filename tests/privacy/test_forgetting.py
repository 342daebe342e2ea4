"""P12: a browser's visits of today can be deleted while the salt lives, and the page says why not those of before.

tests/journeys/test_first_party.py does the same in a real browser, on the day itself.
"""

import json
import subprocess
import sys
from pathlib import Path

from tests.faults.clocked import SITE, run

_PROGRAM = """
import json, sys
from schema.stores.database import Database
database = Database(f"chdb://{sys.argv[1]}/data/clickhouse")
rows = database.query("select toString(toDate(time, 'Europe/Paris')) from events")
print(json.dumps(sorted(row[0] for row in rows)))
"""
FORGOTTEN = "visits from this browser and its current network have been deleted"
WHY_NOT = "Visits from earlier days cannot be deleted: the key that could link them to you is destroyed shortly after"


def days_of_events(directory: Path) -> list[str]:
    answer = subprocess.run([sys.executable, "-c", _PROGRAM, directory], check=True, capture_output=True, text=True)
    return list(json.loads(answer.stdout))


def test_today_is_forgotten_and_the_day_before_is_out_of_reach(tmp_path: Path) -> None:
    run(tmp_path, ("2026-11-20 12:00", "ana"))
    (text,) = run(
        tmp_path,
        ("2026-11-21 12:00", "ana"),
        ("2026-11-21 12:01", "ben"),
        ("2026-11-21 12:02", "ana", SITE, "forget"),
        stopped_at="2026-11-21 12:10",
    )

    assert FORGOTTEN in " ".join(text.split())
    assert WHY_NOT in " ".join(text.split())
    assert ["2026-11-20", "2026-11-21"] == days_of_events(tmp_path), "ana's day before, and ben's today"


def test_the_page_does_not_offer_what_it_cannot_do(tmp_path: Path) -> None:
    """A browser that comes back a day later deletes nothing, and reads why."""
    run(tmp_path, ("2026-11-20 12:00", "ana"))
    (text,) = run(tmp_path, ("2026-11-21 12:00", "ana", SITE, "forget"), stopped_at="2026-11-21 12:10")

    assert WHY_NOT in " ".join(text.split())
    assert ["2026-11-20"] == days_of_events(tmp_path)
