"""Data retention of a site."""

from datetime import date

import pytest

from schema.days.rollups import Rollups
from schema.sites import sites
from tests.factories import store, views

RETENTION = "/example.org/settings/retention"


def test_the_retention_is_shown(desk, site):
    page = desk.page(RETENTION)
    text = page.text

    assert [{"name": "months", "value": "25"}] == [
        {name: field[name] for name in ("name", "value")} for field in page.attributes("input", name="months")
    ]
    assert "No events are stored" in text


def test_the_oldest_event_is_shown(desk, site, database):
    store(database, views("/", start="2025-11-03 12:00"))

    assert "The oldest event is of 3 November 2025" in desk.page(RETENTION).text


def test_the_oldest_daily_counts_are_shown_where_events_are_gone(desk, site, database):
    day = date(2025, 11, 3)
    store(database, views("/", start="2025-11-03 12:00"))
    Rollups(desk.control, database, clock=desk.clock).count(site, day, [])
    database.command("truncate table events")

    assert "The oldest daily counts are of 3 November 2025" in desk.page(RETENTION).text


def test_a_longer_retention_is_stored_at_once(desk, site):
    answer = desk.post(RETENTION, months="60", counts_months="")

    assert (303, f"{RETENTION}#kept") == (answer.status_code, answer.headers["location"])
    assert (60, 60) == months(desk)


def test_a_shorter_one_says_what_it_deletes_before_it_does(desk, site, database):
    store(database, views("/a", "/b", start="2025-01-03 12:00"))
    answer = desk.post(RETENTION, months="12", counts_months="24")

    assert answer.status_code == 422
    assert "This deletes all events before 11 March 2025: 2, the oldest of 3 January 2025." in answer.text
    assert (25, 25) == months(desk)

    desk.post(RETENTION, months="12", counts_months="24", sure="yes")
    assert (12, 24) == months(desk)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param({"months": "0"}, "The retention must be from 1 to 600 months", id="no month"),
        pytest.param({"months": "²"}, "The retention must be from 1 to 600 months", id="no number"),
        pytest.param({"months": "24", "counts_months": "12"}, "Daily counts must be kept from 24 months", id="counts"),
    ],
)
def test_a_retention_that_is_not_possible_is_refused(desk, site, words, sentence):
    answer = desk.post(RETENTION, **({"counts_months": ""} | words))

    assert (422, (25, 25)) == (answer.status_code, months(desk))
    assert sentence in answer.text


def months(desk):
    stored = sites.by_domain(desk.control, "example.org", now=0)
    assert stored
    return stored.privacy.retention_months, stored.privacy.months_of_counts
