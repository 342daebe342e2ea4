"""The thread that deletes what is no longer kept."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schema.days.rollups import Rollups
from schema.privacy import conversion, erasures, retention
from schema.privacy.erasures import Kind, Selection
from schema.privacy.profile import EXEMPT
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database
from scripts.server.deletion_job import DeletionJob
from tests.factories import store, views

NOW = datetime(2026, 3, 12, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    control = Control(tmp_path / "control.db", now=time.time())
    yield control
    control.close()


@pytest.fixture
def site(control: Control, database: Database) -> Site:
    """Give a site with three page views, one of them from a campaign."""
    site = sites.add(control, "example.org", timezone="UTC", now=NOW)
    store(database, views("/", "/secret", site_id=site.id, start="2026-03-10 12:00", country="FR"))
    store(database, views("/", site_id=site.id, start="2026-03-12 10:00", utm_campaign="spring"))
    return site


@pytest.fixture
def job(control: Control, database: Database) -> DeletionJob:
    async def nothing_lives(_site_id: int, _visit_ids: list[int]) -> bool:
        return True

    return DeletionJob(
        control,
        database,
        rollups=Rollups(control, database, clock=lambda: NOW),
        end_visits=nothing_lives,
        clock=lambda: NOW,
    )


def paths(database: Database) -> list[str]:
    return [row[0] for row in database.query("select path from events order by time")]


def test_rows_follow_another_retention_once(control: Control, database: Database, site: Site, job: DeletionJob) -> None:
    job.go_round()  # the rows of factories have a date of their own
    retention.change(control, site, months=24, counts_months=None, who="ana@example.org", now=NOW)
    rounds = [job.go_round(), job.go_round()]

    assert [True, False] == rounds
    assert [(730,)] == database.query("select distinct expires - day from events")


def test_rows_follow_another_profile(control: Control, database: Database, site: Site, job: DeletionJob) -> None:
    decided = conversion.plan(control, database, site, EXEMPT, now=NOW)
    conversion.switch(control, site, decided, who="ana@example.org", now=NOW)
    campaigns = "select distinct utm_campaign from events order by 1"
    before = database.query(campaigns)
    job.go_round()

    assert [("",), ("spring",)] == before
    assert [("",)] == database.query(campaigns)


def test_waiting_erasures_are_carried_out(control: Control, database: Database, site: Site, job: DeletionJob) -> None:
    erasures.add(control, site, Selection(Kind.PAGE, "", "/secret"), who="ana@example.org", now=NOW)
    before = paths(database)
    job.erase()

    assert ["/", "/secret", "/"] == before
    assert ["/", "/"] == paths(database)
    assert [] == erasures.waiting(control)


def test_nothing_changes_without_a_reason(database: Database, site: Site, job: DeletionJob) -> None:
    job.go_round()
    job.erase()

    assert not job.go_round()
    assert ["/", "/secret", "/"] == paths(database)
