"""Rows of closed days: no hash stays on the disk, and in `exempt` no row does. Only the counts of the day are left."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.history.importer import Importer
from ingest.storage.flush import Flusher, record_payload
from ingest.storage.frames import frame
from ingest.storage.spool import Spool
from schema.days.closing import Closing
from schema.days.rollups import Rollups
from schema.privacy import profile
from schema.privacy.profile import Privacy
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database
from scripts.audit.traces import matches, of_bytes
from tests.factories import store, views
from tests.privacy.disk import delete_as_usual, delete_at_once, soon

ROWS = ("events", "visits")
EXEMPT = Privacy(profile=profile.EXEMPT, retention_months=13)
DAY = (datetime.now(UTC) - timedelta(days=3)).date()


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    control = Control(tmp_path / "control.sqlite3", now=time.time())
    yield control
    control.close()


@pytest.fixture
def hasty(database: Database) -> Iterator[Database]:
    """Return an engine that writes columns as they are, and deletes replaced parts as soon as it looks."""
    for table in ROWS:
        _encode(database, table, codec="NONE")
        delete_at_once(database, table)
    yield database
    for table in ROWS:
        _encode(database, table, codec="Delta(8), ZSTD(1)")
        delete_as_usual(database, table)


def _encode(database: Database, table: str, *, codec: str) -> None:
    for column in ("visitor_id", "visit_id"):
        database.command(f"alter table {table} modify column {column} codec({codec})")


def on_disk(database: Database, forms: dict[str, bytes]) -> list[str]:
    """Return the names of the forms in any file of any table, those of replaced parts and closing included."""
    paths = database.query(
        "select distinct arrayJoin(data_paths) from system.tables where database = currentDatabase()"
    )
    return [name for name, _ in matches(forms, [Path(path) for (path,) in paths])]


def a_visit(database: Database, site: Site, number: int) -> dict[str, bytes]:
    """Store a visit, and return the forms of its numbers."""
    visitor, visit = 0xFEDC_BA98_7654_3200 + number, 0xF123_4567_89AB_CD00 + number
    path = f"/canary-{number}"
    store(database, views(path, site_id=site.id, start=f"{DAY} 12:00", visitor_id=visitor, visit_id=visit))
    forms = {"visitor": visitor, "visit": visit}
    return {
        f"{name}, {form}": content
        for name, value in forms.items()
        for form, content in of_bytes(value.to_bytes(8, "little")).items()
    }


def test_nothing_of_a_closed_day_but_its_counts_is_on_the_disk(control: Control, hasty: Database) -> None:
    """One test, because the engine takes half a minute to delete the files of replaced parts."""
    standard, exempt = (
        sites.add(control, domain, timezone="UTC", now=time.time(), privacy=privacy)
        for domain, privacy in (("standard.example", profile.DEFAULT), ("exempt.example", EXEMPT))
    )
    hashes = a_visit(hasty, standard, 1) | {f"exempt {name}": form for name, form in a_visit(hasty, exempt, 2).items()}
    assert {"visitor, packed", "visit, packed", "exempt visitor, packed"} <= set(on_disk(hasty, hashes))

    rollups = Rollups(control, hasty, clock=time.time)
    closing = Closing(rollups, control, hasty, clock=time.time)
    for site in (standard, exempt):
        rollups.look(site)
        for day in rollups.due(site, ()):
            rollups.count(site, day, ())
        closing.close(site)
    closing.sweep()
    rows = "select site_id, count(), any(path) from events group by site_id"
    counts = "select count() from daily_events final where value in ('/canary-1', '/canary-2')"

    assert soon(lambda: not on_disk(hasty, hashes)), "hashes of visitors and visits"
    assert [(standard.id, 1, "/canary-1")] == [tuple(row) for row in hasty.query(rows)]
    assert [(2,)] == [tuple(row) for row in hasty.query(counts)]


class Server:
    """An exempt site with what writes to ClickHouse, and what closes its days."""

    def __init__(self, control: Control, database: Database, directory: Path) -> None:
        self.site = sites.add(control, "exempt.example", timezone="UTC", now=time.time(), privacy=EXEMPT)
        self._database = database
        self._rollups = Rollups(control, database, clock=time.time)
        self._closing = Closing(self._rollups, control, database, clock=time.time)
        self._importer = Importer(
            control,
            database,
            directory / "imports",
            changing=self._rollups.changing,
            is_closed=self._rollups.is_closed,
            clock=time.time,
        )
        self._spool = directory / "spool"

    def round(self) -> None:
        self._closing.resume()
        self._rollups.look(self.site)
        for day in self._rollups.due(self.site, ()):
            self._rollups.count(self.site, day, ())
        self._closing.close(self.site)
        self._closing.sweep()

    def imports(self, *visitors: str) -> None:
        """Import a page view of each visitor, and do a round."""
        lines = [{"url": "https://exempt.example/", "visitor": name, "time": f"{DAY}T12:00:00Z"} for name in visitors]
        self._importer.run(self.site, ["\n".join(map(json.dumps, lines)).encode()])
        self.round()

    def flushes(self, name: str, *, is_replay: bool) -> None:
        """Flush a segment with a visit, of this process or left by another one, and do a round."""
        spool = Spool(self._spool, max_bytes=10**6)
        records = views("/", site_id=self.site.id, start=f"{DAY} 13:00", visitor_id=2**63, visit_id=2**63)
        name = name if is_replay else f"{name}{spool._run}"
        (self._spool / f"{name}.segment").write_bytes(b"".join(frame(record_payload(record)) for record in records))
        flusher = Flusher(spool, self._database, changing=self._rollups.changing, was_closed=self._rollups.was_closed)
        assert flusher.flush()
        self.round()

    def visitors(self) -> int:
        sql = "select sum(visitors) from daily_events final where dimension = '' and value = ''"
        return int(self._database.query(sql)[0][0])

    def rows(self) -> int:
        return int(self._database.query("select count() from events")[0][0])


@pytest.fixture
def server(control: Control, database: Database, tmp_path: Path) -> Server:
    return Server(control, database, tmp_path)


def test_imports_add_to_the_counts_of_a_closed_day_once(server: Server) -> None:
    server.imports("ana", "ben")
    server.imports("cleo")
    server.imports("ana", "ben")

    assert (3, 0) == (server.visitors(), server.rows())


def test_late_segments_add_to_the_counts_of_a_closed_day(server: Server) -> None:
    server.imports("ana")
    server.flushes("00000000000000000001-", is_replay=False)

    assert (2, 0) == (server.visitors(), server.rows())


def test_a_segment_whose_rows_were_deleted_changes_nothing_when_it_is_replayed(server: Server) -> None:
    server.flushes("00000000000000000001-", is_replay=False)
    server.flushes("00000000000000000001-0badcafe", is_replay=True)

    assert (1, 0) == (server.visitors(), server.rows())
