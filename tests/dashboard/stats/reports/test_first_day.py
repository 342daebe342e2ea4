from datetime import date
from zoneinfo import ZoneInfo

from dashboard.stats.reports.first_day import first_day
from schema.privacy.profile import DEFAULT
from tests.factories import PARIS, an_event, store


def test_a_site_without_events_has_no_first_day(database):
    store(database, [an_event(site_id=2)])

    assert first_day(database, 1, PARIS, privacy=DEFAULT) is None


def test_the_first_day_is_that_of_the_first_event(database):
    times = ["2026-03-10 12:00", "2025-12-31 08:00", "2026-01-01 08:00"]
    store(database, [an_event(time=time) for time in times])

    assert date(2025, 12, 31) == first_day(database, 1, PARIS, privacy=DEFAULT)


def test_the_first_day_is_local(database):
    store(database, [an_event(time="2026-03-10 23:30")])

    assert date(2026, 3, 11) == first_day(database, 1, PARIS, privacy=DEFAULT)
    assert date(2026, 3, 10) == first_day(database, 1, ZoneInfo("UTC"), privacy=DEFAULT)
