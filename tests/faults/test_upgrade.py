"""The present version starts on the data directory of an earlier one, and everything is there.

upgrade/make wrote the archive with version 0.1.0: its last server was killed with two events in the spool, of a visit
that began before midnight.
"""

import json
import re
import sqlite3
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import httpx2
import pytest

from ingest.visits.salts import memory_backed_file
from schema.exclusions import rules
from schema.measures import goals
from schema.people import users
from schema.sites import keys, sites
from schema.stores.control import Control
from schema.stores.database import Database
from schema.stores.migrate import CLICKHOUSE, CONTROL, load, migrate_clickhouse, migrate_control
from tests.clickhouse.front import Front
from tests.faults.clocked import run
from tests.server import Server, becomes_true

ARCHIVE = Path(__file__).parent / "upgrade" / "0.1.0.tar.xz"
BACKUP = Path(__file__).parent / "upgrade" / "0.2.0-backup.tar.xz"
STORED, WAITING = 2, 2  # events in ClickHouse and in the spool
_PROGRAM = """
import json, sys
from schema.stores.database import Database
database = Database(f"chdb://{sys.argv[1]}/data/clickhouse")
events = database.query("select uniqExact(visit_id), count(), countIf(browser = 'Firefox') from events")
visits = database.query("select entry_page, exit_page, pageviews from visits final order by start")
print(json.dumps([list(events[0]), [list(row) for row in visits]]))
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return a directory with the files of the earlier version: data, salts and key."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="tar")
    salts = memory_backed_file(tmp_path / "data", directory=tmp_path / "salts")
    assert salts is not None
    (former,) = (file.parent for file in (tmp_path / "salts").glob("*/salts"))
    salts.parent.rmdir()
    former.rename(salts.parent)  # its name follows from the path of the data directory
    return tmp_path


@pytest.fixture
def server(directory: Path) -> Server:
    return Server(directory / "data", sites=())


def test_sites_users_goals_keys_and_rules_stay(directory: Path, server: Server) -> None:
    with server:
        pass
    control = Control(directory / "data" / "control.sqlite3", now=0)
    site, other = sorted(sites.list_all(control, now=time.time()), key=lambda site: site.id)
    exclusions = [exclusion.rule for exclusion in rules.list_all(control)]

    assert [("example.org", "Europe/Paris"), ("blog.example", "Asia/Tokyo")] == [
        (site.domain, site.timezone) for site in (site, other)
    ]
    assert ["ana@example.org"] == [user.email for user in users.list_all(control)]
    assert [("Signed up", "Signup")] == [(goal.display_name, goal.event_name) for goal in goals.list_all(control, 1)]
    assert ["reports"] == [key.name for key in keys.list_all(control)]
    assert [("office", None, True), ("staging", site.id, False), ("home", None, True)] == [
        (rule.note, rule.site_id, rule.excludes) for rule in exclusions
    ]
    control.close()


def test_the_key_still_reads_all_events(directory: Path, server: Server) -> None:
    headers = {"authorization": f"Bearer {(directory / 'key').read_text().strip()}"}
    query = {
        "site_id": "example.org",
        "date_range": ["2026-11-20", "2026-11-21"],
        "metrics": ["visits", "pageviews"],
        "dimensions": ["visit:browser"],
    }
    complete = [{"dimensions": ["Firefox"], "metrics": [2, STORED + WAITING]}]
    with server, httpx2.Client(headers=headers) as client:
        assert becomes_true(lambda: complete == client.post(f"{server.url}/api/v2/query", json=query).json()["results"])


@pytest.mark.parametrize(
    ("address", "path", "is_counted"),
    [
        pytest.param("192.0.2.9", "/", False, id="the network of the office"),
        pytest.param("198.51.100.7", "/", False, id="the home"),
        pytest.param("203.0.113.9", "/", True, id="another address"),
        pytest.param("203.0.113.9", "/admin", True, id="a rule in dry run"),
    ],
)
def test_the_rules_are_in_force(server: Server, address: str, path: str, *, is_counted: bool) -> None:
    hit = ("--site", "example.org", "--ip", address, "--path", path)
    with server:
        result = json.loads(server.command("exclusions", "test", *hit, "--json"))

    assert is_counted == result["counted"]


def test_a_visit_carried_over_midnight_goes_on_in_the_present_version(directory: Path) -> None:
    run(directory, ("2026-11-21 00:35", "ana"))
    answer = subprocess.run([sys.executable, "-c", _PROGRAM, directory], check=True, capture_output=True, text=True)
    (visits, events, with_browser), rows = json.loads(answer.stdout)

    assert (2, STORED + WAITING + 1) == (visits, events)
    assert events == with_browser
    assert [2, 3] == [pageviews for _, _, pageviews in rows]
    assert all(entry.startswith("/page-") and entry != exit_ for entry, exit_, _ in rows)
    assert [] == list((directory / "data" / "spool").iterdir())


def test_rows_stay_through_every_migration_of_clickhouse(front: Front) -> None:
    """A day of the first version, one migration after the other."""
    database = Database(front.url("from_the_first"))
    migrate_clickhouse(database, now=0, last=1)
    migrated, event = [], "'2026-11-20' as day, 1 as site_id, 7 as visit_id, '/a' as path, '2036-01-01' as expires"
    database.command(f"insert into events (day, site_id, visit_id, path, expires) select {event}")
    for last in range(2, len(load(CLICKHOUSE)) + 1):
        migrated += migrate_clickhouse(database, now=0, last=last)
        assert [(1, 7, "/a")] == [tuple(row) for row in database.query("select site_id, visit_id, path from events")]
    database.close()

    assert [migration.number for migration in load(CLICKHOUSE)][1:] == [migration.number for migration in migrated]


def test_a_site_stays_through_every_migration_of_the_control_file(tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.mkdir()
    for file in sorted(CONTROL.glob("*.sql"))[:1]:
        (first / file.name).write_bytes(file.read_bytes())
    connection = sqlite3.connect(tmp_path / "control.sqlite3", isolation_level=None)
    migrate_control(connection, now=0, directory=first)
    connection.execute(
        "insert into sites (domain, timezone, retention_days, created_at)"
        " values ('example.org', 'Europe/Paris', 400, 1)"
    )
    connection.close()

    control = Control(tmp_path / "control.sqlite3", now=0)
    (site,) = sites.list_all(control, now=0)
    control.close()
    assert ("example.org", "Europe/Paris") == (site.domain, site.timezone)


def test_a_backup_of_an_earlier_version_is_restored(tmp_path: Path) -> None:
    """upgrade/make-backup wrote it: what this version writes, later ones must read."""
    with tarfile.open(BACKUP) as archive:
        archive.extractall(tmp_path, filter="tar")
    answer = Server(tmp_path / "data", sites=()).command("restore", str(tmp_path / "backups"), "--verify")

    assert re.search(r"^events +4$", answer, re.MULTILINE)
    assert "all checksums are right, and so are the counts" in answer
