"""The retention of a site, and what another one would delete."""

from datetime import date, timedelta

import pytest

from tests.dashboard.desk import NOW
from tests.factories import store, views

TODAY: date = NOW.date()


@pytest.fixture
def days(program, site, database):
    """Return the days of two visits, an old one and a young one."""
    days = TODAY - timedelta(days=400), TODAY - timedelta(days=100)
    for day in days:
        store(database, views("/a", "/b", site_id=site.id, start=f"{day} 12:00"))
    return days


def test_what_a_shorter_retention_deletes_is_reported(program, site, days) -> None:
    kept_from = str(TODAY - timedelta(days=364))
    answer = program.ask("GET", "/retention?site_id=example.org&retention_months=12")

    assert (12, 12, str(days[0]), None) == (
        answer["retention_months"],
        answer["counts_months"],
        answer["oldest_event"],
        answer["oldest_count"],
    )
    assert answer["would_delete"] == {
        "events": 2,
        "kept_from": kept_from,
        "first_day": str(days[0]),
        "counted_days": 0,
        "counts_kept_from": kept_from,
        "description": f"This deletes all events before {kept_from}: 2, the oldest of {days[0]}.",
    }


def test_a_longer_one_deletes_nothing(program, site, days) -> None:
    assert program.ask("GET", "/retention?site_id=example.org&retention_months=60")["would_delete"] is None


def test_without_months_it_is_that_of_the_site(program, site) -> None:
    answer = program.ask("GET", "/retention?site_id=example.org")

    assert (25, None, None) == (answer["retention_months"], answer["oldest_event"], answer["would_delete"])
