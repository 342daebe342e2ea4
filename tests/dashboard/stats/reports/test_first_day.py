from datetime import date
from zoneinfo import ZoneInfo

from dashboard.stats.reports.first_day import first_day
from schema.privacy.profile import DEFAULT, Privacy
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


def test_the_first_day_of_an_exempt_site_is_in_its_counts(database):
    day = (date(2026, 1, 5) - date(1970, 1, 1)).days
    row = {"site_id": 1, "dimension": "", "value": "", "day": day, "version": 1, "visitors": 3, "expires": 62000}
    exempt = Privacy(profile="exempt", retention_months=13)
    store(database, [an_event(time="2026-03-10 12:00")])

    assert date(2026, 3, 10) == first_day(database, 1, PARIS, privacy=exempt)
    database.insert("daily_events", {name: [content] for name, content in row.items()}, token="a day")
    assert date(2026, 1, 5) == first_day(database, 1, PARIS, privacy=exempt)
