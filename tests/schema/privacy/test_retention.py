"""Rows follow the retention of their site."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from schema.days.rollups import Rollups
from schema.exclusions import audit
from schema.measures import goals
from schema.privacy import profile, retention
from schema.privacy.profile import EXEMPT, Privacy, PrivacyError
from schema.privacy.retention import ROWS
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database
from tests.factories import store, views

NOW = time.time()
TODAY = datetime.fromtimestamp(NOW, UTC).date()
DAYS = ("daily_events", "daily_visits")
KEPT_FROM = TODAY - timedelta(days=364)  # by 12 months
OLD, YOUNG = TODAY - timedelta(days=400), TODAY - timedelta(days=100)


@pytest.fixture
def site(control: Control, database: Database) -> Site:
    """Return a site with a visit on two days, both counted, beside another site with the same."""
    added = [sites.add(control, domain, timezone="UTC", now=NOW) for domain in ("example.org", "other.example")]
    rollups = Rollups(control, database, clock=time.time)
    for site in added:
        for day in (OLD, YOUNG):
            expires = (day - date(1970, 1, 1)).days + site.retention_days
            store(database, views("/a", "/b", site_id=site.id, start=f"{day} 12:00", expires=expires))
            rollups.count(site, day, [])
    return added[0]


def days_kept(database: Database, site_id: int, tables: tuple[str, ...]) -> set[tuple[date, int]]:
    """Return the days of the rows of a site, and how many days each is kept."""
    return {
        (day, days)
        for table in tables
        for day, days in database.query(
            f"select day, toInt32(expires) - toInt32(day) from {table} where site_id = {{site:UInt32}}",
            {"site": site_id},
        )
    }


def with_months(control: Control, site: Site, **months: Any) -> Site:
    both = {"months": None, "counts_months": None} | months
    return retention.change(control, site, who="ana@example.org", now=NOW, **both)


def test_rows_of_a_new_site_conform(site, database):
    assert not retention.conform(database, site)


def test_longer_months_keep_every_row_longer(site, control, database):
    longer = with_months(control, site, months=60)

    assert retention.conform(database, longer)
    days = profile.retention_days(60)
    assert days_kept(database, site.id, ROWS + DAYS) == {(OLD, days), (YOUNG, days)}
    assert days_kept(database, 2, ROWS + DAYS) == {(OLD, 761), (YOUNG, 761)}, "of the other site"
    assert not retention.conform(database, longer), "a second time"


def test_shorter_months_delete_what_is_older(site, control, database):
    retention.conform(database, with_months(control, site, months=12))

    days = profile.retention_days(12)
    assert days_kept(database, site.id, ROWS + DAYS) == {(YOUNG, days)}
    assert days_kept(database, 2, ROWS + DAYS) == {(OLD, 761), (YOUNG, 761)}, "of the other site"


def test_daily_counts_outlive_the_rows(site, control, database):
    retention.conform(database, with_months(control, site, months=12, counts_months=36))

    assert {day for day, _ in days_kept(database, site.id, ROWS)} == {YOUNG}
    assert {day for day, _ in days_kept(database, site.id, DAYS)} == {OLD, YOUNG}


def test_counts_without_rows_are_never_counted_again(site, control, database):
    retention.conform(database, with_months(control, site, months=12, counts_months=36))
    rollups = Rollups(control, database, clock=time.time)
    goal = goals.put(control, goals.new(site.id, event_name="Signup"))

    assert [YOUNG] == rollups.due(with_months(control, site, months=12, counts_months=36), [goal])


def test_a_day_that_is_counted_later_is_kept_as_the_site_says(site, control, database):
    longer = with_months(control, site, counts_months=60)
    Rollups(control, database, clock=time.time).count(longer, YOUNG)

    assert (YOUNG, profile.retention_days(60)) in days_kept(database, site.id, DAYS)
    assert days_kept(database, site.id, ROWS) == {(OLD, 761), (YOUNG, 761)}


def test_rows_that_arrive_late_conform_in_the_next_round(site, control, database):
    longer = with_months(control, site, months=60)
    retention.conform(database, longer)
    late = (YOUNG - date(1970, 1, 1)).days + 761
    store(database, views("/late", site_id=site.id, start=f"{YOUNG} 13:00", expires=late))

    assert retention.conform(database, longer)
    assert {days for _, days in days_kept(database, site.id, ROWS)} == {profile.retention_days(60)}


@pytest.mark.parametrize(
    ("months", "sentence"),
    [
        pytest.param({"retention_months": 60}, None, id="longer"),
        pytest.param({}, None, id="as before"),
        pytest.param({"retention_months": 14}, None, id="shorter, but nothing is as old"),
        pytest.param(
            {"retention_months": 12},
            f"This deletes all events before {KEPT_FROM}: 2, the oldest of {OLD}. "
            f"This deletes the daily counts of all days before {KEPT_FROM}.",
            id="shorter",
        ),
        pytest.param(
            {"retention_months": 12, "counts_months": 25},
            f"This deletes all events before {KEPT_FROM}: 2, the oldest of {OLD}.",
            id="without the daily counts",
        ),
    ],
)
def test_what_is_deleted_is_known_before(site, database, months, sentence):
    privacy = msgspec.structs.replace(site.privacy, **months)
    loss = retention.loss(database, site, privacy, now=NOW)

    assert sentence == (loss and str(loss))
    assert len(days_kept(database, site.id, ROWS)) == 2, "nothing is deleted"


def test_monthly_counts_conform_and_are_added_up_again(site, control, database):
    rollups = Rollups(control, database, clock=time.time)
    month = YOUNG.replace(day=1)
    for day in range((TODAY - month).days):
        rollups.count(site, month + timedelta(days=day), [])
    assert rollups.count_month(site, month)
    longer = with_months(control, site, months=60)
    retention.conform(database, longer, forget_months=rollups.forget_months)

    assert {profile.retention_days(60)} == {days for _, days in days_kept(database, site.id, retention.MONTHS)}
    assert month in rollups.due_months(longer)


def test_the_oldest_days_are_known(site, database):
    assert (OLD, OLD) == (retention.oldest(database, site.id).event, retention.oldest(database, site.id).count)
    assert (None, None) == (retention.oldest(database, 9).event, retention.oldest(database, 9).count)


def test_a_change_is_logged_once(site, control):
    changed = with_months(control, site, months=12)
    with_months(control, changed, months=12)

    entries = audit.latest(control, 9, site_id=site.id, topic=audit.PRIVACY)
    assert [("ana@example.org", "Set the retention to 12 months, and that of daily counts to 12 months.")] == [
        (entry.who, entry.change) for entry in entries
    ]
    assert audit.latest(control, 9, site_id=site.id) == [], "among the exclusions"


@pytest.mark.parametrize(
    ("privacy", "months"),
    [
        pytest.param(Privacy(), {"counts_months": 24}, id="counts shorter than the events"),
        pytest.param(Privacy(), {"counts_months": 601}, id="counts for too long"),
        pytest.param(Privacy(profile=EXEMPT, retention_months=13), {"months": 26}, id="exempt, events for too long"),
        pytest.param(Privacy(profile=EXEMPT, retention_months=13), {"counts_months": 26}, id="exempt, counts too long"),
    ],
)
def test_months_outside_of_the_profile_are_refused(privacy, months):
    with pytest.raises(PrivacyError):
        retention.changed(privacy, **({"months": None, "counts_months": None} | months))


@pytest.mark.parametrize(
    ("privacy", "months"),
    [
        pytest.param(Privacy(), {"counts_months": 25}, id="counts as long as the events"),
        pytest.param(Privacy(), {"months": 600, "counts_months": 0}, id="the longest"),
        pytest.param(Privacy(profile=EXEMPT, retention_months=13), {"months": 25}, id="exempt, the longest"),
        pytest.param(Privacy(profile=EXEMPT, retention_months=6), {"counts_months": 25}, id="exempt, counts"),
    ],
)
def test_months_within_the_profile_are_stored(privacy, months):
    changed = retention.changed(privacy, **({"months": None, "counts_months": None} | months))

    assert profile.read(profile.written(changed)) == changed
