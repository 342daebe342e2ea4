from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.days.local_day import local_day, month_end, month_of

EPOCH = date(1970, 1, 1)
HOUR_S = 3600


def instant(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize(
    ("zone", "noon", "start_utc", "hours"),
    [
        pytest.param("UTC", "2026-06-01 12:00", "2026-06-01 00:00", 24, id="UTC"),
        pytest.param("Europe/Paris", "2026-06-01 12:00", "2026-05-31 22:00", 24, id="summer"),
        pytest.param("Europe/Paris", "2026-01-01 12:00", "2025-12-31 23:00", 24, id="winter"),
        pytest.param("Europe/Paris", "2026-03-29 12:00", "2026-03-28 23:00", 23, id="clocks go forward"),
        pytest.param("Europe/Paris", "2026-10-25 12:00", "2026-10-24 22:00", 25, id="clocks go back"),
        pytest.param("Asia/Kolkata", "2026-06-01 12:00", "2026-05-31 18:30", 24, id="half an hour"),
        pytest.param("Asia/Kathmandu", "2026-06-01 12:00", "2026-05-31 18:15", 24, id="a quarter of an hour"),
        pytest.param("Australia/Lord_Howe", "2026-10-04 12:00", "2026-10-03 13:30", 23.5, id="half an hour forward"),
        pytest.param("America/Santiago", "2025-09-07 12:00", "2025-09-07 04:00", 23, id="midnight is skipped"),
        pytest.param("America/Santiago", "2025-09-06 12:00", "2025-09-06 04:00", 24, id="the day before that"),
        pytest.param("America/Santiago", "2025-04-05 12:00", "2025-04-05 03:00", 25, id="the last hour comes twice"),
        pytest.param("Africa/Cairo", "2026-04-24 12:00", "2026-04-23 22:00", 23, id="midnight is skipped in Cairo"),
        pytest.param("America/Havana", "2026-11-01 12:00", "2026-11-01 04:00", 25, id="midnight comes twice"),
        pytest.param("Pacific/Kiritimati", "2026-06-01 12:00", "2026-05-31 10:00", 24, id="14 hours ahead"),
    ],
)  # fmt: skip
def test_a_day_lasts_from_midnight_to_midnight_of_its_zone(zone, noon, start_utc, hours):
    day = local_day(instant(noon, zone), ZoneInfo(zone))

    assert instant(start_utc) == day.start
    assert hours * HOUR_S == day.end - day.start
    assert date.fromisoformat(noon[:10]) == EPOCH + timedelta(days=day.number)


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Santiago", "Asia/Kolkata"])
def test_the_last_second_is_of_the_day_and_the_next_is_not(zone):
    day = local_day(instant("2026-03-28 12:00"), ZoneInfo(zone))

    assert day == local_day(day.end - 0.001, ZoneInfo(zone))
    assert day.number + 1 == local_day(day.end, ZoneInfo(zone)).number


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        pytest.param(date(2026, 2, 1), date(2026, 2, 1), date(2026, 2, 28), id="the first"),
        pytest.param(date(2028, 2, 29), date(2028, 2, 1), date(2028, 2, 29), id="the last, in a leap year"),
        pytest.param(date(2026, 12, 14), date(2026, 12, 1), date(2026, 12, 31), id="in December"),
        pytest.param(date(2026, 4, 30), date(2026, 4, 1), date(2026, 4, 30), id="of thirty days"),
    ],
)
def test_a_month_is_from_its_first_to_its_last_day(day, first, last):
    assert (month_of(day), month_end(day)) == (first, last)


# Zones with clock changes at and around midnight, and by half hours.
EUROPE_AFRICA = ["Europe/Paris", "Africa/Cairo", "Africa/Casablanca", "Atlantic/Azores", "Asia/Beirut", "Asia/Gaza"]
AMERICA_OCEANIA = [
    "America/Santiago",
    "America/Havana",
    "America/Scoresbysund",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
]
ZONES = [ZoneInfo(name) for name in EUROPE_AFRICA + AMERICA_OCEANIA]


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2036, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 (hypothesis adds it)
    st.sampled_from(ZONES),
)
def test_every_instant_lies_in_its_day_and_days_touch(when, zone):
    day = local_day(when.timestamp(), zone)

    assert day.start <= when.timestamp() < day.end
    assert day.number == (when.astimezone(zone).date() - EPOCH).days
    assert day.end == local_day(day.end, zone).start
    assert day.number + 1 == local_day(day.end, zone).number
