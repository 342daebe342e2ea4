"""Visitors of all sites: as many as the report of each shows, whether a day has counts or not."""

import random
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from dashboard.stats.answer.run import run
from dashboard.stats.model import period
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.query import Query
from dashboard.stats.reports.all_sites import SiteDays, all_sites
from schema.days.rollups import Rollups
from schema.privacy.profile import DEFAULT, Privacy
from schema.sites import sites
from schema.stores.control import Control
from schema.stores.database import Database
from tests.factories import a_visit, an_event, store, views

NOW = datetime(2026, 3, 30, 10, 30, tzinfo=UTC)  # the clocks of Paris changed the day before
ZONES = ["Europe/Paris", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"]


@pytest.fixture
def control(tmp_path) -> Control:
    return Control(tmp_path / "control.db", now=time.time())


def added(control: Control, *zones: str):
    return [
        sites.add(control, f"site{number}.example", timezone=zone, now=NOW.timestamp())
        for number, zone in enumerate(zones)
    ]


def answered(database: Database, every, rolled=lambda _site_id, _zone: None) -> list[SiteDays]:
    return all_sites(database, every, NOW, rolled)


def random_visits(site, rng: random.Random):
    """Return visits of thirty days, some of them across a midnight."""
    for _ in range(60):
        start = NOW - timedelta(minutes=rng.randrange(30 * 24 * 60))
        last = min(start + timedelta(minutes=rng.randrange(90)), NOW)
        yield a_visit(site_id=site.id, start=start, last=last, zone=site.zone, visitor_id=rng.randrange(10**9))


@pytest.mark.parametrize("is_counted", [True, False], ids=["with counts", "without counts"])
def test_each_day_has_the_number_of_its_report(database, control, is_counted):
    every = added(control, *ZONES)
    rng = random.Random(7)
    rollups = Rollups(control, database, clock=NOW.timestamp)
    for site in every:
        visits = list(random_visits(site, rng))
        store(database, [*visits, *(an_event(visit, zone=site.zone) for visit in visits)])
        rollups.look(site)
        for day in rollups.due(site, ()) if is_counted else ():
            assert rollups.count(site, day, ())

    for days in answered(database, every, rollups.of_site):
        assert (days.on(1) > 0) == (days.series[-1] > 0)
        for number, visitors in zip(range(28, 0, -1), days.series, strict=True):
            assert reported(database, days, number) == visitors
        assert reported(database, days, 0) == days.on(0)


def reported(database: Database, days: SiteDays, days_ago: int) -> float:
    day = str(days.today - timedelta(days=days_ago))
    of_day = period.parse("day", zone=days.site.zone, now=NOW, first_day=None, as_of=day)
    return run(database, Query(days.site.id, of_day, (Metric.VISITORS,)), privacy=DEFAULT).rows[0].numbers[0]


def test_a_day_belongs_to_the_zone_of_its_site(database, control):
    paris, kiritimati = added(control, "Europe/Paris", "Pacific/Kiritimati")
    for site in (paris, kiritimati):
        store(database, views("/", start="2026-03-29 09:30", site_id=site.id, zone=site.zone))
        store(database, views("/", start="2026-03-29 23:30", site_id=site.id, zone=site.zone))

    of_paris, of_kiritimati = answered(database, [paris, kiritimati])

    assert (date(2026, 3, 30), 1, 1) == (of_paris.today, of_paris.on(1), of_paris.on(0))
    assert (date(2026, 3, 31), 1, 0) == (of_kiritimati.today, of_kiritimati.on(1), of_kiritimati.on(0))
    assert (0, 1) == (of_paris.on(2), of_kiritimati.on(2))


@pytest.mark.parametrize(
    ("event", "current"),
    [
        pytest.param({"time": NOW}, 1, id="in this second"),
        pytest.param({"time": NOW - timedelta(minutes=5)}, 1, id="five minutes ago"),
        pytest.param({"time": NOW - timedelta(minutes=5, seconds=1)}, 0, id="longer ago"),
        pytest.param({"time": NOW, "name": "engagement"}, 0, id="attention alone"),
        pytest.param({"time": NOW, "site_id": 99}, 0, id="on a site that is not in the list"),
    ],
)
def test_current_visitors_are_those_of_the_last_five_minutes(database, control, event, current):
    [site] = added(control, "Europe/Paris")
    store(database, [an_event(**{"site_id": site.id} | event)])

    assert [current] == [days.current for days in answered(database, [site])]


def test_sites_keep_their_order_and_may_be_empty(database, control):
    every = added(control, *ZONES)[::-1]

    assert [(site, 0, [0] * 28) for site in every] == [
        (days.site, days.current, days.series) for days in answered(database, every)
    ]
    assert [] == answered(database, [])


def test_a_count_that_is_no_longer_right_is_not_used(database, control):
    [site] = added(control, "Europe/Paris")
    rollups = Rollups(control, database, clock=NOW.timestamp)
    store(database, views("/", start="2026-03-29 12:00", site_id=site.id))
    rollups.look(site)
    for day in rollups.due(site, ()):
        rollups.count(site, day, ())
    with rollups.changing([(site.id, date(2026, 3, 29))]):
        store(database, views("/", start="2026-03-29 13:00", site_id=site.id))

    assert [2] == [days.on(1) for days in answered(database, [site], rollups.of_site)]


def test_numbers_of_exempt_sites_are_rounded(database, control):
    (site,) = added(control, "Europe/Paris")
    site = sites.change(control, site, now=NOW.timestamp(), privacy=Privacy(profile="exempt", retention_months=13))
    for days_ago, visitors in ((1, 14), (2, 9)):
        start = NOW - timedelta(days=days_ago)
        store(database, [a_visit(site_id=site.id, start=start, last=start) for _ in range(visitors)])
    (days,) = answered(database, [site])

    assert (10, 0, 0) == (days.on(1), days.on(2), days.current)
