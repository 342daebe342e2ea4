"""Days whose salt was lost, and the days for which salts existed."""

from datetime import date

import pytest

from schema.privacy import lost_salts
from schema.privacy.lost_salts import SaltedDays
from schema.sites import sites
from schema.stores.control import Control
from schema.stores.database import Database
from tests.factories import store, views

NOW = 1_790_000_000
TODAY, YESTERDAY = date(2026, 3, 10), date(2026, 3, 9)


@pytest.fixture
def site_id(control: Control) -> int:
    return sites.add(control, "example.org", timezone="Europe/Paris", now=NOW).id


def test_the_latest_day_with_a_salt_survives_a_restart(control: Control, site_id: int) -> None:
    days = SaltedDays(control)
    days.note({site_id: YESTERDAY})
    days.note({site_id: TODAY})
    again = SaltedDays(control)

    assert [(True, False), (True, False)] == [
        (kept.had_salt(site_id, TODAY), kept.had_salt(site_id, YESTERDAY)) for kept in (days, again)
    ]
    assert not again.had_salt(site_id + 1, TODAY)


def test_only_days_that_are_not_stored_are_missing(control: Control, site_id: int) -> None:
    days = SaltedDays(control)
    before = days.missing({site_id: TODAY})
    days.note({site_id: TODAY})

    assert ({site_id: TODAY}, {}, {site_id: YESTERDAY}) == (
        before,
        days.missing({site_id: TODAY}),
        days.missing({site_id: YESTERDAY}),
    )


def test_a_site_that_is_gone_is_left_out(control: Control, site_id: int) -> None:
    SaltedDays(control).note({site_id: TODAY, site_id + 1: TODAY})

    assert not SaltedDays(control).had_salt(site_id + 1, TODAY)


def test_only_days_with_events_matter(database: Database) -> None:
    store(database, views("/", start="2026-03-10 12:00"))

    assert [(1, TODAY)] == lost_salts.with_events(database, [(1, TODAY), (1, YESTERDAY), (2, TODAY)])


def test_marked_days_are_returned_in_order_and_once(control: Control, site_id: int) -> None:
    for _ in range(2):
        lost_salts.mark(control, [(site_id, TODAY), (site_id, YESTERDAY)])

    assert [YESTERDAY, TODAY] == lost_salts.within(control, site_id, first=date(2026, 3, 1), last=TODAY)
    assert [TODAY] == lost_salts.within(control, site_id, first=TODAY, last=TODAY)
