from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.mail import due
from schema.mail.subscriptions import Kind

PARIS = "Europe/Paris"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "zone", "now", "first", "last", "due_at"),
    [
        pytest.param("weekly", PARIS, "2026-03-09 05:00", "2026-03-02", "2026-03-08", "2026-03-09 05:00", id="now"),
        pytest.param(
            "weekly", PARIS, "2026-03-09 04:59", "2026-02-23", "2026-03-01", "2026-03-02 05:00", id="a minute early"
        ),
        pytest.param("weekly", PARIS, "2026-03-15 22:59", "2026-03-02", "2026-03-08", "2026-03-09 05:00", id="Sunday"),
        pytest.param(
            "weekly", PARIS, "2026-03-30 04:00", "2026-03-23", "2026-03-29", "2026-03-30 04:00", id="in summer time"
        ),
        pytest.param(
            "weekly",
            "Pacific/Kiritimati",
            "2026-03-08 16:00",
            "2026-03-02",
            "2026-03-08",
            "2026-03-08 16:00",
            id="where Monday begins first",
        ),
        pytest.param("monthly", PARIS, "2026-03-01 05:00", "2026-02-01", "2026-02-28", "2026-03-01 05:00", id="month"),
        pytest.param(
            "monthly", PARIS, "2026-03-01 04:59", "2026-01-01", "2026-01-31", "2026-02-01 05:00", id="month before"
        ),
        pytest.param(
            "monthly", PARIS, "2027-01-20 12:00", "2026-12-01", "2026-12-31", "2027-01-01 05:00", id="turn of the year"
        ),
    ],
)
def test_a_report_is_due_at_six_in_the_morning_of_the_site(kind, zone, now, first, last, due_at):
    latest = due.latest(Kind(kind), ZoneInfo(zone), at(now))

    assert due.Due(date.fromisoformat(first), date.fromisoformat(last), at(due_at)) == latest


@pytest.mark.parametrize(
    ("kind", "first", "days"),
    [
        pytest.param("weekly", "2026-03-02", ("2026-02-23", "2026-03-01"), id="the week before"),
        pytest.param("monthly", "2026-03-01", ("2026-02-01", "2026-02-28"), id="the month before"),
    ],
)
def test_a_report_compares_with_the_days_before(kind, first, days):
    assert tuple(map(date.fromisoformat, days)) == due.before(Kind(kind), date.fromisoformat(first))
