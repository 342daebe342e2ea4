"""The events of a removed site are deleted, and those of no other."""

from datetime import date
from typing import Any

import pytest

from schema.sites import sites
from schema.sites.purge import AFTER_S, TABLES, purge
from schema.stores.control import Control
from schema.stores.database import Database
from tests.factories import store, store_drops, views

NOW = 1_780_000_000


@pytest.fixture
def removed(control: Control, database: Database) -> int:
    """Return the id of a site that was removed, with events, beside one that was not."""
    gone, kept = (sites.add(control, domain, timezone="UTC", now=NOW) for domain in ("gone.example", "kept.example"))
    for site in (gone, kept):
        store(database, views("/", site_id=site.id))
        store_drops(database, "bot", site_id=site.id)
        for tier in ("daily", "monthly"):
            for table in ("events", "visits"):
                columns: dict[str, list[Any]] = {
                    "site_id": [site.id],
                    "day": [date(2026, 3, 1)],
                    "expires": [date(2100, 1, 1)],
                }
                database.insert(f"{tier}_{table}", columns, token=f"{tier}-{table}-{site.id}")
    sites.remove(control, "gone.example", now=NOW)
    return gone.id


def rows(database: Database, site_id: int) -> int:
    return sum(
        int(database.query(f"select count() from {table} where site_id = {{site:UInt32}}", {"site": site_id})[0][0])
        for table in TABLES
    )


@pytest.mark.parametrize(
    ("later_s", "is_deleted"),
    [
        pytest.param(0, False, id="at once, when its last events may still arrive"),
        pytest.param(AFTER_S, False, id="not yet"),
        pytest.param(AFTER_S + 1, True, id="when they have arrived"),
    ],
)
def test_the_events_of_a_removed_site_are_deleted(removed, control, database, later_s, is_deleted):
    purge(control, database, now=NOW + later_s)

    assert is_deleted == (rows(database, removed) == 0)
    assert is_deleted == (sites.removed_ids(control, before=NOW + 1) == [])


def test_other_sites_keep_their_events(removed, control, database):
    [kept] = sites.list_all(control, now=NOW)
    before = rows(database, kept.id)
    purge(control, database, now=NOW + 60)

    assert before == rows(database, kept.id) > 0
