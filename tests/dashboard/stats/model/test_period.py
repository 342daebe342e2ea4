from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.model.error import QueryError
from dashboard.stats.model.period import Interval, Period, intervals, parse, to_the_minute

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 3, 10, 14, 20, tzinfo=UTC)  # Tuesday, 15:20 in Paris
FIRST_DAY = date(2025, 11, 5)


def parsed(key, *, now=NOW, zone=PARIS, first_day=FIRST_DAY, **dates):
    return parse(key, zone=zone, now=now, first_day=first_day, **dates)


def custom(first, last, zone=PARIS):
    return Period("custom", date.fromisoformat(first), date.fromisoformat(last), zone)


@pytest.mark.parametrize(
    ("key", "first", "last"),
    [
        pytest.param("day", "2026-03-10", "2026-03-10", id="today"),
        pytest.param("yesterday", "2026-03-09", "2026-03-09", id="yesterday"),
        pytest.param("7d", "2026-03-03", "2026-03-09", id="7 days end yesterday"),
        pytest.param("28d", "2026-02-10", "2026-03-09", id="28 days end yesterday"),
        pytest.param("30d", "2026-02-08", "2026-03-09", id="30 days end yesterday"),
        pytest.param("91d", "2025-12-09", "2026-03-09", id="91 days end yesterday"),
        pytest.param("month", "2026-03-01", "2026-03-10", id="this month until today"),
        pytest.param("12mo", "2025-03-01", "2026-02-28", id="12 months end with the last whole one"),
        pytest.param("all", "2025-11-05", "2026-03-10", id="all since the first event"),
    ],
)
def test_a_key_means_days(key, first, last):
    period = parsed(key)

    assert (key, first, last) == (period.key, period.first.isoformat(), period.last.isoformat())


def test_all_of_an_empty_site_is_today():
    assert date(2026, 3, 10) == parsed("all", first_day=None).first


def test_days_are_in_the_time_zone_of_the_site():
    late = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)

    assert date(2026, 3, 11) == parsed("day", now=late).first
    assert date(2026, 3, 10) == parsed("day", now=late, zone=ZoneInfo("America/New_York")).first


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        pytest.param("2026-01-02", "2026-02-03", "2026-01-02", "2026-02-03", id="in order"),
        pytest.param("2026-02-03", "2026-01-02", "2026-01-02", "2026-02-03", id="reversed"),
        pytest.param(" 2026-01-02 ", "2026-01-02", "2026-01-02", "2026-01-02", id="one day, with spaces"),
        pytest.param("2026-03-09", "2026-12-31", "2026-03-09", "2026-03-10", id="cut at today"),
        pytest.param("2016-03-11", "2026-03-10", "2016-03-11", "2026-03-10", id="ten years"),
    ],
)
def test_custom_dates_are_accepted(start, end, first, last):
    period = parsed("custom", start=start, end=end)

    assert (first, last) == (period.first.isoformat(), period.last.isoformat())


@pytest.mark.parametrize(
    ("key", "start", "end", "sentence"),
    [
        pytest.param("8d", "", "", "There is no period '8d': choose one of day, ", id="an unknown key"),
        pytest.param("", "", "", "There is no period ''", id="no key"),
        pytest.param("custom", "", "", "'' is not a date: write it as in ", id="no dates"),
        pytest.param("custom", "2026-03-01", "", "'' is not a date", id="one date"),
        pytest.param("custom", "2026-02-30", "2026-03-01", "'2026-02-30' is not a date", id="a day that never was"),
        pytest.param("custom", "yesterday", "2026-03-01", "'yesterday' is not a date", id="a word"),
        pytest.param("custom", "20260301", "2026-03-01", "'20260301' is not a date", id="another notation"),
        pytest.param("custom", "x" * 5000, "2026-03-01", "'x{20}' is not a date", id="a long text is cut"),
        pytest.param("custom", "2026-03-11", "2026-03-12", "can't start in the future", id="the future"),
        pytest.param("custom", "0001-01-01", "0001-01-02", "can't start before 2000-01-01", id="antiquity"),
        pytest.param("custom", "2016-03-01", "2026-03-10", "longer than ten years", id="more than ten years"),
    ],
)
def test_an_invalid_period_is_rejected(key, start, end, sentence):
    with pytest.raises(QueryError, match=sentence):
        parsed(key, start=start, end=end)


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        pytest.param(custom("2026-01-10", "2026-01-10"), "2026-01-09 23:00", "2026-01-10 23:00", id="winter"),
        pytest.param(custom("2026-03-29", "2026-03-29"), "2026-03-28 23:00", "2026-03-29 22:00", id="23 hours"),
        pytest.param(custom("2026-10-25", "2026-10-25"), "2026-10-24 22:00", "2026-10-25 23:00", id="25 hours"),
        pytest.param(custom("2026-03-28", "2026-03-30"), "2026-03-27 23:00", "2026-03-30 22:00", id="three days"),
        pytest.param(
            custom("2026-01-10", "2026-01-10", ZoneInfo("Asia/Kolkata")),
            "2026-01-09 18:30",
            "2026-01-10 18:30",
            id="a half-hour zone",
        ),
        pytest.param(
            custom("2022-03-27", "2022-03-27", ZoneInfo("Asia/Beirut")),
            "2022-03-26 22:00",
            "2022-03-27 21:00",
            id="a day without midnight",
        ),
        pytest.param(
            custom("2022-11-06", "2022-11-06", ZoneInfo("America/Havana")),
            "2022-11-06 04:00",
            "2022-11-07 05:00",
            id="a day with two midnights",
        ),
    ],
)
def test_a_period_is_its_local_days(period, start, end):
    assert (start, end) == (f"{period.start:%Y-%m-%d %H:%M}", f"{period.end:%Y-%m-%d %H:%M}")


@pytest.mark.parametrize(
    ("key", "end"),
    [
        pytest.param("day", "2026-03-10 15:00", id="today"),
        pytest.param("month", "2026-03-10 15:00", id="this month"),
        pytest.param("all", "2026-03-10 15:00", id="all time"),
        pytest.param("yesterday", "2026-03-09 23:00", id="a day that is over"),
        pytest.param("7d", "2026-03-09 23:00", id="days that are over"),
    ],
)
def test_a_period_that_is_not_over_ends_with_the_current_hour(key, end):
    assert end == f"{parsed(key).end:%Y-%m-%d %H:%M}"


def test_the_current_hour_ends_on_the_local_clock():
    assert datetime(2026, 3, 10, 14, 30, tzinfo=UTC) == parsed("day", zone=ZoneInfo("Asia/Kolkata")).end


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        pytest.param(parsed("day"), "2026-03-09", "2026-03-09", id="today: yesterday"),
        pytest.param(parsed("7d"), "2026-02-24", "2026-03-02", id="the 7 days before"),
        pytest.param(parsed("month"), "2026-02-19", "2026-02-28", id="as many days before the month"),
        pytest.param(parsed("12mo"), "2024-03-01", "2025-02-28", id="365 days before"),
        pytest.param(custom("2026-03-10", "2026-03-11"), "2026-03-08", "2026-03-09", id="two days before"),
    ],
)
def test_the_previous_period_is_the_same_number_of_days_before(period, first, last):
    previous = period.previous()

    assert (first, last) == (previous.first.isoformat(), previous.last.isoformat())
    assert period.days == previous.days


def test_all_time_has_nothing_before():
    assert parsed("all").previous() is None


def test_today_is_compared_up_to_the_same_hour():
    assert datetime(2026, 3, 9, 15, tzinfo=UTC) == parsed("day").previous().end


def test_the_same_hour_is_in_local_time():
    after_change = datetime(2026, 3, 29, 10, 20, tzinfo=UTC)  # 12:20 in Paris, clocks went forward at 2:00

    assert datetime(2026, 3, 28, 12, tzinfo=UTC) == parsed("day", now=after_change).previous().end


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("month", id="days before this month"),
        pytest.param("yesterday", id="the day before yesterday"),
    ],
)
def test_other_periods_are_compared_with_whole_days(key):
    previous = parsed(key).previous()

    assert previous.end.hour == 23


def test_the_last_hour_of_today_is_compared_with_a_whole_day():
    late = datetime(2026, 3, 10, 22, 40, tzinfo=UTC)

    assert datetime(2026, 3, 9, 23, tzinfo=UTC) == parsed("day", now=late).previous().end


MINUTE, HOUR, DAY, WEEK, MONTH = Interval


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        pytest.param(parsed("day"), (HOUR, MINUTE), id="today"),
        pytest.param(parsed("yesterday"), (HOUR, MINUTE), id="yesterday"),
        pytest.param(custom("2026-01-01", "2026-01-01"), (HOUR, MINUTE), id="one day"),
        pytest.param(parsed("24h"), (HOUR, MINUTE), id="24 hours, over two days"),
        pytest.param(custom("2026-01-01", "2026-01-02"), (DAY,), id="two days"),
        pytest.param(parsed("7d"), (DAY, HOUR), id="7 days"),
        pytest.param(parsed("28d"), (DAY, WEEK), id="28 days"),
        pytest.param(parsed("91d"), (DAY, WEEK, MONTH), id="91 days"),
        pytest.param(parsed("month"), (DAY, WEEK), id="this month"),
        pytest.param(parsed("12mo"), (MONTH, WEEK, DAY), id="12 months"),
        pytest.param(custom("2026-01-01", "2026-01-06"), (DAY,), id="six days"),
        pytest.param(custom("2026-01-01", "2026-01-07"), (DAY, WEEK), id="seven days"),
        pytest.param(custom("2026-01-01", "2026-01-29"), (DAY, WEEK), id="29 days"),
        pytest.param(custom("2026-01-01", "2026-01-30"), (WEEK, DAY, MONTH), id="30 days"),
        pytest.param(custom("2025-01-01", "2025-08-01"), (MONTH, WEEK, DAY), id="seven months"),
        pytest.param(custom("2024-01-01", "2025-08-01"), (MONTH, WEEK), id="more than a year"),
        pytest.param(parsed("all", first_day=date(2026, 3, 10)), (HOUR, MINUTE), id="all of one day"),
        pytest.param(parsed("all", first_day=date(2026, 3, 1)), (DAY, WEEK), id="all of ten days"),
        pytest.param(parsed("all"), (MONTH, WEEK, DAY), id="all of four months"),
        pytest.param(parsed("all", first_day=date(2020, 1, 1)), (MONTH, WEEK), id="all of six years"),
    ],
)
def test_intervals_of_a_period(period, expected):
    assert expected == intervals(period)


@pytest.mark.parametrize(
    ("period", "end"),
    [
        pytest.param(parsed("day"), NOW.replace(second=0, microsecond=0) + timedelta(minutes=1), id="today"),
        pytest.param(parsed("24h"), NOW.replace(second=0, microsecond=0) + timedelta(minutes=1), id="24 hours"),
        pytest.param(parsed("yesterday"), parsed("yesterday").end, id="a day that is over"),
    ],
)
def test_minutes_that_have_not_begun_are_left_out(period, end):
    assert end == to_the_minute(period, NOW).end
    assert period.start == to_the_minute(period, NOW).start
