from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.model.buckets import buckets
from dashboard.stats.model.period import Interval, Period

PARIS = ZoneInfo("Europe/Paris")


def labels(first, last, interval, *, zone=PARIS, until=None):
    period = Period("custom", date.fromisoformat(first), date.fromisoformat(last), zone, until)
    return [bucket.label for bucket in buckets(period, interval)]


def hours(day, zone=PARIS):
    return [label.removeprefix(f"{day} ") for label in labels(day, day, Interval.HOUR, zone=zone)]


def test_a_day_has_24_hours():
    assert [f"{hour:02}:00:00" for hour in range(24)] == hours("2026-01-10")


def test_a_day_of_23_hours_has_no_two_o_clock():
    assert [f"{hour:02}:00:00" for hour in range(24) if hour != 2] == hours("2026-03-29")


def test_a_day_of_25_hours_has_two_o_clock_twice():
    expected = ["00:00:00", "01:00:00", "02:00:00", "02:00:00", *(f"{hour:02}:00:00" for hour in range(3, 24))]

    assert expected == hours("2026-10-25")


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Pacific/Kiritimati", "America/St_Johns"])
def test_hours_are_local(zone):
    assert [f"{hour:02}:00:00" for hour in range(24)] == hours("2026-01-10", ZoneInfo(zone))


def test_a_day_without_midnight_begins_at_one():
    assert hours("2022-03-27", ZoneInfo("Asia/Beirut"))[0] == "01:00:00"


def test_a_half_hour_change_does_not_shift_the_next_day():
    island = ZoneInfo("Australia/Lord_Howe")  # clocks go back by 30 minutes on 2026-04-05
    two_days = labels("2026-04-05", "2026-04-06", Interval.HOUR, zone=island)

    assert [f"2026-04-06 {hour:02}:00:00" for hour in range(24)] == two_days[-24:]


@pytest.mark.parametrize(
    ("first", "last", "interval", "expected"),
    [
        pytest.param("2026-03-28", "2026-03-30", Interval.DAY, ["2026-03-28", "2026-03-29", "2026-03-30"], id="days"),
        pytest.param(
            "2026-03-04", "2026-03-17", Interval.WEEK, ["2026-03-04", "2026-03-09", "2026-03-16"], id="weeks on Monday"
        ),
        pytest.param("2026-03-09", "2026-03-15", Interval.WEEK, ["2026-03-09"], id="one whole week"),
        pytest.param(
            "2026-01-15",
            "2026-03-01",
            Interval.MONTH,
            ["2026-01-01", "2026-02-01", "2026-03-01"],
            id="months by their first day",
        ),
    ],
)
def test_buckets_of_a_period(first, last, interval, expected):
    assert expected == labels(first, last, interval)


def test_a_bucket_never_starts_before_the_period():
    period = Period("custom", date(2026, 1, 15), date(2026, 3, 1), PARIS)

    assert period.start == buckets(period, Interval.MONTH)[0].start


def test_future_hours_are_left_out():
    until = datetime(2026, 1, 10, 14, tzinfo=UTC)

    assert labels("2026-01-10", "2026-01-10", Interval.HOUR, until=until)[-1] == "2026-01-10 14:00:00"


def test_days_start_at_local_midnight():
    period = Period("custom", date(2026, 3, 29), date(2026, 3, 30), PARIS)

    assert [datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)] == [
        bucket.start for bucket in buckets(period, Interval.DAY)
    ]


def test_a_period_may_start_and_end_within_an_hour():
    since, until = datetime(2026, 1, 10, 8, 40, tzinfo=UTC), datetime(2026, 1, 10, 10, 20, tzinfo=UTC)
    period = Period("custom", date(2026, 1, 10), date(2026, 1, 10), PARIS, until, since)

    assert [
        (since, "2026-01-10 09:00:00"),
        (datetime(2026, 1, 10, 9, tzinfo=UTC), "2026-01-10 10:00:00"),
        (datetime(2026, 1, 10, 10, tzinfo=UTC), "2026-01-10 11:00:00"),
    ] == [(bucket.start, bucket.label) for bucket in buckets(period, Interval.HOUR)]
    assert [(since, "2026-01-10")] == [(bucket.start, bucket.label) for bucket in buckets(period, Interval.DAY)]


@pytest.mark.parametrize(
    ("day", "count", "first_and_last"),
    [
        pytest.param("2026-03-10", 1440, ("00:00:00", "23:59:00"), id="a day"),
        pytest.param("2026-03-29", 1380, ("00:00:00", "23:59:00"), id="a day of 23 hours"),
        pytest.param("2026-10-25", 1500, ("00:00:00", "23:59:00"), id="a day of 25 hours"),
    ],
)
def test_a_day_has_a_bucket_a_minute(day, count, first_and_last):
    minutes = [label.removeprefix(f"{day} ") for label in labels(day, day, Interval.MINUTE)]

    assert (count, first_and_last) == (len(minutes), (minutes[0], minutes[-1]))
    if count == 1440:
        assert 1440 == len(set(minutes))
