from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.reports.realtime import current_visitors
from schema.privacy.profile import DEFAULT, Privacy
from tests.factories import an_event, store

NOW = datetime(2026, 3, 10, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("event", "visitors"),
    [
        pytest.param({"time": "2026-03-10 12:00:30"}, 1, id="in this second"),
        pytest.param({"time": "2026-03-10 11:55:30"}, 1, id="five minutes ago"),
        pytest.param({"time": "2026-03-10 11:55:29"}, 0, id="a second longer ago"),
        pytest.param({"time": "2026-03-10 12:00:00", "name": "Signup"}, 1, id="a custom event"),
        pytest.param({"time": "2026-03-10 12:00:00", "name": "engagement"}, 0, id="attention alone"),
        pytest.param({"time": "2026-03-10 12:00:00", "site_id": 2}, 0, id="on another site"),
    ],
)
def test_visitors_with_an_event_in_five_minutes_are_current(database, event, visitors):
    store(database, [an_event(**event)])

    assert visitors == current_visitors(database, 1, NOW, privacy=DEFAULT)


def test_a_current_visitor_counts_once(database):
    store(database, [an_event(time=NOW, visitor_id=7), an_event(time=NOW, visitor_id=7), an_event(time=NOW)])

    assert current_visitors(database, 1, NOW, privacy=DEFAULT) == 2


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata"])
@pytest.mark.parametrize("hour", [0, 11, 23])
def test_visitors_are_current_in_every_time_zone(database, zone, hour):
    now = NOW.replace(hour=hour)
    store(database, [an_event(time=now, zone=ZoneInfo(zone))])

    assert current_visitors(database, 1, now, privacy=DEFAULT) == 1


@pytest.mark.parametrize(("visitors", "shown"), [(9, 0), (10, 10), (15, 20)])
def test_current_visitors_of_an_exempt_site_are_rounded(database, visitors, shown):
    store(database, [an_event(time=NOW) for _ in range(visitors)])
    exempt = Privacy(profile="exempt", retention_months=13)

    assert shown == current_visitors(database, 1, NOW, privacy=exempt)
