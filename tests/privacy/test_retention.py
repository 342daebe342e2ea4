"""P8: ClickHouse itself deletes what is past the retention, from every part on disk."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from schema.days.rollups import Rollups
from schema.privacy import erasing, erasures, retention
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database
from scripts.audit.traces import matches
from tests.factories import store, views
from tests.privacy.disk import delete_as_usual, delete_at_once, soon

DAYS = ("daily_events", "daily_visits")
CANARY, TABLES = "/canary-in-a-path", retention.ROWS + DAYS
TODAY = datetime.now(UTC).date()


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    control = Control(tmp_path / "control.sqlite3", now=time.time())
    yield control
    control.close()


@pytest.fixture
def hasty(database: Database) -> Iterator[Database]:
    """Return an engine that deletes what expires, and the parts that were replaced, as soon as it looks."""
    for table in TABLES:
        database.command(f"alter table {table} modify setting merge_with_ttl_timeout = 0")
        delete_at_once(database, table)
    yield database
    for table in TABLES:
        delete_as_usual(database, table)
        database.command(f"alter table {table} reset setting merge_with_ttl_timeout")


def visit(database: Database, site: Site, day: date, path: str) -> None:
    expires = (day - date(1970, 1, 1)).days + site.retention_days
    store(database, views(path, site_id=site.id, start=f"{day} 12:00", expires=expires))


def on_disk(database: Database, word: str) -> set[str]:
    """Return the tables that hold a word in any file, those of replaced parts included."""
    rows = database.query(
        "select name, data_paths from system.tables where name in {tables:Array(String)} or name like 'erasing%'",
        {"tables": [*TABLES]},
    )
    return {name for name, paths in rows if matches({"word": word.encode()}, [Path(path) for path in paths])}


def test_what_is_past_the_retention_leaves_the_disk(control: Control, hasty: Database) -> None:
    """One test, because the engine takes half a minute to delete the files of replaced parts."""
    shortened, counted, untouched = (
        sites.add(control, domain, timezone="UTC", now=time.time())
        for domain in ("shortened.example", "counted.example", "untouched.example")
    )
    old, over = TODAY - timedelta(days=400), TODAY - timedelta(days=untouched.retention_days + 2)
    rollups = Rollups(control, hasty, clock=time.time)
    for site, path in ((shortened, f"{CANARY}-1"), (counted, f"{CANARY}-2")):
        visit(hasty, site, old, path)
        rollups.count(site, old)
    hasty.command("system stop merges")
    visit(hasty, untouched, over, f"{CANARY}-3")  # past its last day, which a shifted clock makes of any row
    visit(hasty, untouched, TODAY, "/young")
    assert [{*TABLES}, {*TABLES}] == [on_disk(hasty, f"{CANARY}-{number}") for number in (1, 2)]
    assert {*retention.ROWS} >= on_disk(hasty, f"{CANARY}-3")
    hasty.command("system start merges")

    for site, counts_months in ((shortened, 0), (counted, 25)):
        months = {"months": 12, "counts_months": counts_months}
        retention.conform(hasty, retention.change(control, site, **months, who="ana", now=time.time()))

    assert soon(lambda: not on_disk(hasty, f"{CANARY}-1")), "deleted by a shorter retention"
    assert soon(lambda: on_disk(hasty, f"{CANARY}-2") == {*DAYS}), "but counts that are kept longer"
    assert soon(lambda: not on_disk(hasty, f"{CANARY}-3")), "deleted by ClickHouse, although nobody changed anything"
    assert on_disk(hasty, "/young") == {*retention.ROWS}


def test_what_is_erased_leaves_the_disk(control: Control, hasty: Database) -> None:
    """Not even the text of the mutation is left, which ClickHouse keeps beside the parts."""
    site = sites.add(control, "example.org", timezone="UTC", now=time.time())
    rollups = Rollups(control, hasty, clock=time.time)
    for days in (100, 101):
        visit(hasty, site, TODAY - timedelta(days=days), f"{CANARY}-of-{days}")
        visit(hasty, site, TODAY - timedelta(days=days), "/young")
        rollups.count(site, TODAY - timedelta(days=days))
    hasty.command(
        "alter table events delete where day = {day:Date} settings mutations_sync = 1",
        {"day": TODAY - timedelta(days=101)},
    )
    hasty.command(
        "alter table visits delete where day = {day:Date} settings mutations_sync = 1",
        {"day": TODAY - timedelta(days=101)},
    )
    assert on_disk(hasty, CANARY) == {*TABLES}

    selection = erasures.read(control, site, "page", f"{CANARY}*")
    erasing.carry_out(
        hasty,
        erasures.add(control, site, selection, who="ana", now=time.time()),
        changing=rollups.changing,
        forget_months=rollups.forget_months,
        end_visits=lambda _site_id, _ids: None,
        note=lambda _step, _days: None,
    )

    assert soon(lambda: not on_disk(hasty, CANARY)), "on one day from events, on the other from counts alone"
    assert on_disk(hasty, "/young") == {*TABLES}
