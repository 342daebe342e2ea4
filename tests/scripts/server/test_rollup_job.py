"""The thread that counts days."""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

import pytest

from schema.days.months import RolledMonth
from schema.days.rollups import Rollups
from schema.measures import goals
from schema.sites import sites
from schema.stores.control import Control
from schema.stores.database import QueryLimitError
from scripts.server import rollup_job
from scripts.server.rollup_job import RollupJob
from tests.factories import store, views

NOW = datetime(2026, 3, 12, 12, tzinfo=UTC)
DAYS = [date(2026, 3, 10), date(2026, 3, 11)]
WITHIN_S = 30


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    control = Control(tmp_path / "control.db", now=time.time())
    yield control
    control.close()


@pytest.fixture
def rollups(control, database) -> Rollups:
    """Give two sites with visits on two days that are over."""
    for number, domain in enumerate(("example.org", "other.example")):
        site = sites.add(control, domain, timezone="UTC", now=time.time())
        assert site.id == number + 1
        for day in DAYS:
            store(database, views("/", site_id=site.id, start=f"{day} 12:00"))
    return Rollups(control, database, clock=NOW.timestamp)


def counted(rollups: Rollups, control: Control) -> list[tuple[str, date]]:
    return [
        (site.domain, day)
        for site in sites.list_all(control, now=time.time())
        for day, known in sorted(rollups.of_site(site.id, site.zone).days.items())
        if known.zone
    ]


def test_a_round_counts_every_day_of_every_site_once(rollups, control):
    job = RollupJob(rollups, control, clock=time.time)

    assert job.go_round() == 4
    assert counted(rollups, control) == [(domain, day) for domain in ("example.org", "other.example") for day in DAYS]
    assert job.go_round() == 0


def test_counts_are_put_together(rollups, control, database):
    def parts() -> set[tuple[str, int]]:
        sql = "select table, count() from system.parts where active and table like 'daily_%' group by table"
        return {(row[0], row[1]) for row in database.query(sql)}

    RollupJob(rollups, control, clock=time.time).go_round()

    assert parts() == {("daily_events", 1), ("daily_visits", 1)}


def test_a_month_is_counted_after_its_days(rollups, control, database):
    for site_id in (1, 2):
        store(database, views("/", site_id=site_id, start="2026-02-27 12:00"))
    job = RollupJob(rollups, control, clock=time.time)
    days = 2 * 13

    assert job.go_round() == days + 2
    assert [list(months(rollups, site_id)) for site_id in (1, 2)] == [[date(2026, 2, 1)]] * 2
    assert job.go_round() == 0


def test_a_month_that_can_t_be_counted_keeps_no_other_from_it(rollups, control, database, monkeypatch):
    for month in (1, 2):
        store(database, views("/", start=f"2026-{month:02}-27 12:00"))
    count = rollups.count_month

    def limited(site, month):
        if month == date(2026, 2, 1):
            raise QueryLimitError(241)
        return count(site, month)

    monkeypatch.setattr(rollups, "count_month", limited)
    RollupJob(rollups, control, clock=time.time).go_round()

    assert list(months(rollups, 1)) == [date(2026, 1, 1)]


def months(rollups: Rollups, site_id: int) -> Mapping[date, RolledMonth]:
    return rollups.of_site(site_id, ZoneInfo("UTC")).months


def test_goals_of_the_site_are_counted(rollups, control):
    goals.add(control, goals.new(1, page_path="/"))
    RollupJob(rollups, control, clock=time.time).go_round()
    days = rollups.of_site(1, sites.list_all(control, now=time.time())[0].zone).days

    assert [len(days[day].goals) for day in DAYS] == [1, 1]


def test_a_day_that_can_t_be_counted_keeps_no_other_from_it(rollups, control, monkeypatch):
    count = rollups.count

    def limited(site, day, wanted):
        if (site.domain, day) == ("example.org", DAYS[1]):
            raise QueryLimitError(241)
        return count(site, day, wanted)

    monkeypatch.setattr(rollups, "count", limited)

    assert RollupJob(rollups, control, clock=time.time).go_round() == 3
    assert ("example.org", DAYS[1]) not in counted(rollups, control)


def test_the_thread_counts_what_a_command_wants_counted_again(rollups, control, tmp_path, monkeypatch):
    """A round is a minute apart; what another process writes down begins one at once."""
    monkeypatch.setattr(rollup_job, "NOTICE_EVERY_S", 0.01)
    rounds, count = [Event(), Event()], rollups.count
    wanted = [(site, day) for site in ("example.org", "other.example") for day in reversed(DAYS)]
    seen = []

    def watched(site, day, goals):
        is_counted = count(site, day, goals)
        seen.append((site.domain, day))
        if len(seen) in (4, 5):
            rounds[len(seen) - 4].set()
        return is_counted

    monkeypatch.setattr(rollups, "count", watched)
    job = RollupJob(rollups, control, clock=time.time)
    job.start()
    assert rounds[0].wait(WITHIN_S)
    other = Control(tmp_path / "control.db", now=time.time())
    Rollups(other, rollups._database, clock=NOW.timestamp).forget(1, DAYS[0], DAYS[0])
    other.close()
    assert rounds[1].wait(WITHIN_S)
    job.stop()

    assert seen == [*wanted, ("example.org", DAYS[0])]


def test_what_nobody_foresaw_does_not_end_the_thread(rollups, control, monkeypatch, caplog):
    monkeypatch.setattr(rollup_job, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(rollup_job, "NOTICE_EVERY_S", 0.01)
    looked, look = Event(), rollups.look

    def broken_once(site):
        if not caplog.records:
            raise ZeroDivisionError
        look(site)
        looked.set()

    monkeypatch.setattr(rollups, "look", broken_once)
    job = RollupJob(rollups, control, clock=time.time)
    job.start()
    assert looked.wait(WITHIN_S)
    job.stop()

    assert "counting days failed" in caplog.text
