from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.model.error import QueryError
from dashboard.stats.model.period import Interval
from dashboard.stats.parse.date_range import MAX_BUCKETS, check_buckets, interval_of, parse

NOW = datetime(2026, 3, 10, 13, 30, tzinfo=UTC)  # 14:30 in Paris, a Tuesday
PARIS = ZoneInfo("Europe/Paris")


def period(date_range, *, now=NOW, zone=PARIS, first_day=date(2025, 5, 5), is_trimmed=False):
    return parse(date_range, zone=zone, now=now, first_day=lambda: first_day, is_trimmed=is_trimmed)


@pytest.mark.parametrize(
    ("date_range", "first", "last"),
    [
        pytest.param("day", "2026-03-10", "2026-03-10", id="today"),
        pytest.param("1d", "2026-03-09", "2026-03-09", id="a day ends yesterday"),
        pytest.param("7d", "2026-03-03", "2026-03-09", id="a week ends yesterday"),
        pytest.param("28d", "2026-02-10", "2026-03-09", id="four weeks end yesterday"),
        pytest.param("5000d", "2012-07-01", "2026-03-09", id="the most days"),
        pytest.param("1mo", "2026-02-01", "2026-02-28", id="the month before"),
        pytest.param("6mo", "2025-09-01", "2026-02-28", id="half a year ends with the month before"),
        pytest.param("12mo", "2025-03-01", "2026-02-28", id="a year ends with the month before"),
        pytest.param("100mo", "2017-11-01", "2026-02-28", id="the most months"),
        pytest.param("month", "2026-03-01", "2026-03-31", id="the whole month"),
        pytest.param("year", "2026-01-01", "2026-12-31", id="the whole year"),
        pytest.param("all", "2025-05-05", "2026-03-10", id="from the first day with an event"),
        pytest.param(["2026-01-03", "2026-01-05"], "2026-01-03", "2026-01-05", id="two dates"),
        pytest.param(["2026-01-05", "2026-01-03"], "2026-01-03", "2026-01-05", id="two dates the other way round"),
    ],
)
def test_ranges_are_whole_days(date_range, first, last):
    found_period = period(date_range)

    assert (date.fromisoformat(first), date.fromisoformat(last)) == (found_period.first, found_period.last)
    assert (found_period.since, found_period.until) == (None, None)


def test_december_is_followed_by_january():
    found_period = period("month", now=datetime(2026, 12, 31, 12, tzinfo=UTC))

    assert (date(2026, 12, 1), date(2026, 12, 31)) == (found_period.first, found_period.last)


def test_without_an_event_all_time_is_today():
    assert period("all", first_day=None).first == date(2026, 3, 10)


@pytest.mark.parametrize(
    ("date_range", "last", "end"),
    [
        pytest.param("day", date(2026, 3, 10), datetime(2026, 3, 10, 14, tzinfo=UTC), id="to the end of the hour"),
        pytest.param("month", date(2026, 3, 10), datetime(2026, 3, 10, 23, tzinfo=UTC), id="to the end of today"),
        pytest.param("year", date(2026, 3, 10), datetime(2026, 3, 10, 23, tzinfo=UTC), id="a year, too"),
        pytest.param("7d", date(2026, 3, 9), datetime(2026, 3, 9, 23, tzinfo=UTC), id="what is over stays"),
    ],
)
def test_relative_ranges_can_be_trimmed(date_range, last, end):
    found_period = period(date_range, is_trimmed=True)

    assert (last, end) == (found_period.last, found_period.end)


@pytest.mark.parametrize("way", [pytest.param(1, id="in order"), pytest.param(-1, id="the other way round")])
def test_instants_are_exact_and_both_included(way):
    found_period = period(["2026-01-03T10:20:30+01:00", "2026-01-04T00:00:00Z"][::way])

    assert (datetime(2026, 1, 3, 9, 20, 30, tzinfo=UTC), datetime(2026, 1, 4, 0, 0, 1, tzinfo=UTC)) == (
        found_period.start,
        found_period.end,
    )
    assert (date(2026, 1, 3), date(2026, 1, 4)) == (found_period.first, found_period.last)


def test_the_last_24_hours_end_now():
    found_period = period("24h")

    assert (datetime(2026, 3, 9, 13, 30, tzinfo=UTC), datetime(2026, 3, 10, 13, 30, 1, tzinfo=UTC)) == (
        found_period.start,
        found_period.end,
    )


def test_trap_a_day_without_midnight_begins_with_its_first_instant():
    beirut = period(["2022-03-27", "2022-03-27"], zone=ZoneInfo("Asia/Beirut"))

    assert datetime(2022, 3, 26, 22, tzinfo=UTC) == beirut.start


@pytest.mark.parametrize(
    "date_range",
    [
        pytest.param("30m", id="internal to Plausible"),
        pytest.param("realtime", id="so is this"),
        pytest.param("0d", id="no days"),
        pytest.param("5001d", id="too many days"),
        pytest.param("101mo", id="too many months"),
        pytest.param("7", id="no unit"),
        pytest.param("", id="nothing"),
        pytest.param(["2026-01-03"], id="one date"),
        pytest.param(["2026-01-03", "2026-02-30"], id="no such date"),
        pytest.param(["2026-01-03", "2026-01-04T00:00:00Z"], id="a date and an instant"),
        pytest.param(["2026-01-03T00:00:00", "2026-01-04T00:00:00"], id="instants without an offset"),
        pytest.param([1, 2], id="numbers"),
        pytest.param({"from": 1}, id="an object"),
        pytest.param(7, id="a number"),
        pytest.param("٧d", id="digits of another script"),
    ],
)
def test_an_invalid_range_is_rejected(date_range):
    with pytest.raises(QueryError, match="Invalid date range"):
        period(date_range)


@pytest.mark.parametrize("date_range", [["1970-01-01", "2026-01-01"], ["2026-01-01", "9999-12-31"]])
def test_a_range_must_lie_in_this_century(date_range):
    with pytest.raises(QueryError, match="must lie between"):
        period(date_range)


@pytest.mark.parametrize(
    ("date_range", "interval"),
    [
        pytest.param("day", Interval.HOUR, id="a day"),
        pytest.param("2d", Interval.HOUR, id="48 hours"),
        pytest.param("3d", Interval.DAY, id="more"),
        pytest.param("40d", Interval.DAY, id="40 days"),
        pytest.param("41d", Interval.WEEK, id="one more"),
        pytest.param("364d", Interval.WEEK, id="52 weeks"),
        pytest.param("12mo", Interval.MONTH, id="a year"),
    ],
)
def test_time_depends_on_the_length_of_the_period(date_range, interval):
    assert interval == interval_of(period(date_range))


def test_the_number_of_intervals_is_limited():
    check_buckets(period("400d"), Interval.HOUR)
    check_buckets(period("5000d"), Interval.DAY)
    with pytest.raises(QueryError, match=f"more than {MAX_BUCKETS:,} intervals of one hour"):
        check_buckets(period("5000d"), Interval.HOUR)
