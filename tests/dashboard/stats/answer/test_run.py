from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.answer.empty_intervals import filled
from dashboard.stats.answer.run import run
from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period, parse
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Row
from schema.privacy.profile import DEFAULT
from tests.factories import PARIS, a_visit, an_event, store, views

VISITORS, VISITS, PAGEVIEWS = Metric.VISITORS, Metric.VISITS, Metric.PAGEVIEWS
VIEWS_PER_VISIT, BOUNCE_RATE, VISIT_DURATION = Metric.VIEWS_PER_VISIT, Metric.BOUNCE_RATE, Metric.VISIT_DURATION
SIX = (VISITORS, VISITS, PAGEVIEWS, VIEWS_PER_VISIT, BOUNCE_RATE, VISIT_DURATION)
MARCH_10 = Period("custom", date(2026, 3, 10), date(2026, 3, 10), PARIS)


def days(first, last, zone=PARIS):
    return Period("custom", date.fromisoformat(first), date.fromisoformat(last), zone)


def totals(database, *metrics, period=MARCH_10, site_id=1):
    (row,) = run(database, Query(site_id, period, metrics), privacy=DEFAULT).rows
    assert row.groups == ()
    return row.metrics


def breakdown(database, dimension, *metrics, period=MARCH_10, **limits):
    rows = run(database, Query(1, period, metrics, (dimension,), **limits), privacy=DEFAULT).rows
    return [(*row.groups, *row.metrics) for row in rows]


def timeline(database, interval, *metrics, period=MARCH_10):
    query = Query(1, period, metrics, (interval,))
    return filled(run(database, query, privacy=DEFAULT), query).rows


def busy(rows):
    return [(*row.groups, *row.metrics) for row in rows if any(row.metrics)]


def test_a_day_is_summed_up(database):
    store(database, views("/", "/prices", "/", every_s=60))  # 3 views, 120 s
    store(database, views("/prices"))  # a bounce
    store(database, views("/", "/about", every_s=31, visitor_id=900))  # 2 views, 31 s
    store(database, views("/", visitor_id=900))  # the same visitor, a bounce

    # 3 visitors, 4 visits, 7 views, 7/4, 2 of 4 bounced, (120 + 31) / 4 = 37.75 s
    assert totals(database, *SIX) == (3, 4, 7, 1.75, 50, 38)


def test_metrics_are_in_the_order_of_the_query(database):
    store(database, views("/", "/prices"))

    assert totals(database, BOUNCE_RATE, PAGEVIEWS, VISITORS, VISIT_DURATION) == (0, 2, 1, 60)


@pytest.mark.parametrize(
    "metrics",
    [
        pytest.param(SIX, id="from both tables"),
        pytest.param((VISITORS, BOUNCE_RATE, VIEWS_PER_VISIT, VISIT_DURATION), id="from visits"),
        pytest.param((VISITORS, PAGEVIEWS), id="from events"),
    ],
)
def test_nothing_is_zero(database, metrics):
    assert (0,) * len(metrics) == totals(database, *metrics)


def test_nothing_has_no_values(database):
    assert breakdown(database, dimensions.SOURCE, VISITORS, PAGEVIEWS, BOUNCE_RATE, VISIT_DURATION) == []


@pytest.mark.parametrize(
    ("visits", "metric", "expected"),
    [
        pytest.param([{"pageviews": 1}] * 1 + [{"pageviews": 2}] * 2, BOUNCE_RATE, 33, id="a third bounced"),
        pytest.param([{"pageviews": 1}] * 2 + [{"pageviews": 2}], BOUNCE_RATE, 67, id="two thirds bounced"),
        pytest.param([{"pageviews": 1}] + [{"pageviews": 2}] * 7, BOUNCE_RATE, 12, id="12.5 is rounded to even"),
        pytest.param([{"pageviews": 1}] * 2 + [{"pageviews": 3}], VIEWS_PER_VISIT, 1.67, id="two decimals"),
        pytest.param([{"pageviews": 0, "is_bounce": False}], VIEWS_PER_VISIT, 0, id="a visit without a page"),
        pytest.param([{"last": "2026-03-10 12:00:10"}] + [{}] * 2, VISIT_DURATION, 3, id="whole seconds: 3.33 are 3"),
        pytest.param([{"last": "2026-03-10 12:00:11"}] + [{}] * 2, VISIT_DURATION, 4, id="3.67 are 4"),
    ],
)
def test_ratios_are_rounded(database, visits, metric, expected):
    store(database, [a_visit(**visit) for visit in visits])

    assert (expected,) == totals(database, metric)


def test_counts_are_whole_numbers(database):
    store(database, views("/", "/prices"))

    assert [int, int, int, float, int, int] == [type(number) for number in totals(database, *SIX)]


def test_engagement_is_not_a_page_view(database):
    visit = a_visit()
    store(database, [an_event(visit), an_event(visit, name="engagement", position=2)])

    assert totals(database, VISITORS, VISITS, PAGEVIEWS) == (1, 1, 1)


def test_a_custom_event_is_not_a_page_view(database):
    visit = a_visit()
    store(database, [an_event(visit), an_event(visit, name="Signup", position=2)])

    assert totals(database, VISITORS, PAGEVIEWS) == (1, 1)


def test_a_visit_written_again_counts_once(database):
    visit = a_visit(visit_id=5, visitor_id=5)
    store(database, [visit])
    store(database, [visit])

    assert totals(database, VISITORS, VISITS, BOUNCE_RATE) == (1, 1, 100)


@pytest.mark.parametrize("order", [pytest.param(1, id="in order"), pytest.param(-1, id="late ones last")])
def test_the_latest_state_of_a_visit_counts(database, order):
    same: dict[str, Any] = {"visit_id": 5, "visitor_id": 5}
    states = [
        a_visit(**same, version=1, pageviews=1),
        a_visit(**same, version=2, pageviews=2, last="2026-03-10 12:00:40"),
    ]
    for state in states[::order]:
        store(database, [state])

    assert totals(database, VISITS, VIEWS_PER_VISIT, BOUNCE_RATE, VISIT_DURATION) == (1, 2, 0, 40)


def test_a_visit_counts_once_across_the_end_of_a_month(database):
    store(database, views("/", "/b", start="2026-02-28 22:50", every_s=1200))

    assert totals(database, VISITORS, VISITS, PAGEVIEWS, period=days("2026-02-28", "2026-03-01")) == (1, 1, 2)


def test_another_site_is_not_counted(database):
    store(database, [*views("/"), *views("/", site_id=2), *views("/", site_id=2)])

    assert totals(database, VISITORS, VISITS, PAGEVIEWS) == (1, 1, 1)
    assert totals(database, VISITORS, VISITS, PAGEVIEWS, site_id=2) == (2, 2, 2)
    assert totals(database, VISITORS, VISITS, PAGEVIEWS, site_id=3) == (0, 0, 0)


@pytest.mark.parametrize(
    ("time", "counted"),
    [
        pytest.param("2026-03-09 22:59:59", 0, id="the second before"),
        pytest.param("2026-03-09 23:00:00", 1, id="the first second"),
        pytest.param("2026-03-10 22:59:59", 1, id="the last second"),
        pytest.param("2026-03-10 23:00:00", 0, id="the second after"),
    ],
)
def test_a_day_is_that_of_the_site(database, time, counted):
    store(database, [an_event(time=time)])

    assert (counted, counted, counted * 100) == totals(database, VISITORS, PAGEVIEWS, BOUNCE_RATE)


@pytest.mark.parametrize(
    ("day", "inside", "outside"),
    [
        pytest.param(
            "2026-03-29",
            ["2026-03-28 23:00:00", "2026-03-29 21:59:59"],
            ["2026-03-28 22:59:59", "2026-03-29 22:00:00"],
            id="23 hours",
        ),
        pytest.param(
            "2026-10-25",
            ["2026-10-24 22:00:00", "2026-10-25 22:59:59"],
            ["2026-10-24 21:59:59", "2026-10-25 23:00:00"],
            id="25 hours",
        ),
    ],
)
def test_a_day_with_a_clock_change_is_whole(database, day, inside, outside):
    store(database, [an_event(time=time, path="/in") for time in inside])
    store(database, [an_event(time=time, path="/out") for time in outside])

    assert breakdown(database, dimensions.PAGE, VISITORS, PAGEVIEWS, period=days(day, day)) == [("/in", 2, 2)]
    assert totals(database, VISITS, period=days(day, day)) == (2,)


@pytest.mark.parametrize(
    ("zone", "time"),
    [
        pytest.param("Pacific/Kiritimati", "2026-03-10 22:00", id="stored a day later"),
        pytest.param("Pacific/Pago_Pago", "2026-03-10 02:00", id="stored a day earlier"),
    ],
)
def test_a_site_that_moved_to_another_zone_keeps_its_events(database, zone, time):
    store(database, [an_event(time=time, zone=ZoneInfo(zone))])

    assert totals(database, VISITORS, PAGEVIEWS, BOUNCE_RATE) == (1, 1, 100)


def test_a_visit_of_a_week_counts_on_its_last_day(database):
    store(database, [a_visit(start="2026-03-03 12:00", last="2026-03-10 11:00")])

    assert totals(database, VISITS) == (1,)


OVER_MIDNIGHT: dict[str, Any] = {"start": "2026-03-09 22:50", "every_s": 1200}  # 23:50 and 0:10 in Paris


@pytest.mark.parametrize(
    ("day", "views_that_day"),
    [
        pytest.param("2026-03-08", 0, id="the day before"),
        pytest.param("2026-03-09", 1, id="the day it began"),
        pytest.param("2026-03-10", 1, id="the day it ended"),
        pytest.param("2026-03-11", 0, id="the day after"),
    ],
)
def test_a_visit_across_midnight_counts_on_both_days(database, day, views_that_day):
    store(database, views("/", "/b", **OVER_MIDNIGHT))
    period = days(day, day)

    assert (views_that_day, views_that_day * 1200) == totals(database, VISITS, VISIT_DURATION, period=period)
    assert (views_that_day,) == totals(database, PAGEVIEWS, period=period)


def test_a_visit_across_midnight_counts_once_over_both_days(database):
    store(database, views("/", "/b", **OVER_MIDNIGHT))

    assert totals(database, *SIX, period=days("2026-03-09", "2026-03-10")) == (1, 1, 2, 2.0, 0, 1200)


def test_by_day_a_visit_across_midnight_counts_where_it_ended(database):
    store(database, views("/", "/b", **OVER_MIDNIGHT))
    rows = timeline(database, Interval.DAY, *SIX, period=days("2026-03-08", "2026-03-10"))

    assert [
        Row(("2026-03-08",), (0, 0, 0, 0, 0, None)),
        Row(("2026-03-09",), (1, 1, 1, 0, 0, 0)),
        Row(("2026-03-10",), (1, 1, 1, 2, 0, 1200)),
    ] == list(rows)


def test_by_day_a_visitor_without_page_views_counts_where_the_visit_ended(database):
    store(database, views("/", "/b", **OVER_MIDNIGHT))

    assert [("2026-03-10", 1, 1)] == busy(
        timeline(database, Interval.DAY, VISITORS, VISITS, period=days("2026-03-08", "2026-03-10"))
    )


def test_a_visit_that_ends_after_the_period_is_in_none_of_its_days(database):
    store(database, views("/", "/b", **OVER_MIDNIGHT))

    assert [Row(("2026-03-09",), (0,))] == list(
        timeline(database, Interval.DAY, VISITS, period=days("2026-03-09", "2026-03-09"))
    )


def test_every_hour_of_a_day_is_there(database):
    store(database, [an_event(time="2026-03-10 12:59:59"), an_event(time="2026-03-10 13:00:00")])
    rows = timeline(database, Interval.HOUR, VISITORS)

    assert len(rows) == 24
    assert busy(rows) == [("2026-03-10 13:00:00", 1), ("2026-03-10 14:00:00", 1)]


def test_hours_of_today_end_with_the_current_one(database):
    now = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
    store(database, [an_event(time="2026-03-10 09:10")])
    rows = timeline(database, Interval.HOUR, VISITORS, period=parse("day", zone=PARIS, now=now, first_day=None))

    assert Row(("2026-03-10 10:00:00",), (1,)) == rows[-1]
    assert len(rows) == 11


@pytest.mark.parametrize(
    ("day", "times", "expected"),
    [
        pytest.param(
            "2026-03-29",
            ["2026-03-29 00:59", "2026-03-29 01:00"],
            ["2026-03-29 01:00:00", "2026-03-29 03:00:00"],
            id="clocks go forward",
        ),
        pytest.param(
            "2026-10-25",
            ["2026-10-25 00:30", "2026-10-25 01:30"],
            ["2026-10-25 02:00:00", "2026-10-25 02:00:00"],
            id="clocks go back",
        ),
    ],
)
def test_hours_follow_the_clock(database, day, times, expected):
    store(database, [an_event(time=time) for time in times])

    assert [(label, 1, 1) for label in expected] == busy(
        timeline(database, Interval.HOUR, VISITORS, VISITS, period=days(day, day))
    )


def test_hours_of_a_half_hour_zone_are_its_own(database):
    kolkata = ZoneInfo("Asia/Kolkata")
    store(database, [an_event(time=time, zone=kolkata) for time in ("2026-03-09 18:29", "2026-03-09 18:30")])
    rows = timeline(database, Interval.HOUR, PAGEVIEWS, VISITS, period=days("2026-03-09", "2026-03-10", kolkata))

    assert busy(rows) == [("2026-03-09 23:00:00", 1, 1), ("2026-03-10 00:00:00", 1, 1)]


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        pytest.param(
            Interval.WEEK,
            [("2026-01-28", 1), ("2026-02-02", 0), ("2026-02-09", 2), ("2026-02-16", 0)],
            id="weeks",
        ),
        pytest.param(Interval.MONTH, [("2026-01-01", 1), ("2026-02-01", 2)], id="months"),
    ],
)
def test_longer_intervals_add_up(database, interval, expected):
    store(database, [an_event(time=f"{day} 12:00") for day in ("2026-01-31", "2026-02-09", "2026-02-15")])
    rows = timeline(database, interval, VISITORS, period=days("2026-01-28", "2026-02-17"))

    assert expected == [(*row.groups, *row.metrics) for row in rows]


def test_visitors_and_visits_count_in_every_hour_of_a_visit_and_ratios_where_it_ended(database):
    store(database, views("/", "/b", start="2026-03-10 11:50", every_s=4500))

    assert busy(timeline(database, Interval.HOUR, VISITORS, VISITS, VISIT_DURATION)) == [
        ("2026-03-10 12:00:00", 1, 1, 0),
        ("2026-03-10 13:00:00", 1, 1, 0),
        ("2026-03-10 14:00:00", 1, 1, 4500),
    ]


def test_beside_page_views_visitors_count_in_the_hours_of_their_events(database):
    store(database, views("/", "/b", start="2026-03-10 11:50", every_s=4500))

    assert busy(timeline(database, Interval.HOUR, VISITORS, PAGEVIEWS)) == [
        ("2026-03-10 12:00:00", 1, 1),
        ("2026-03-10 14:00:00", 1, 1),
    ]


def test_hours_outside_the_period_have_no_row(database):
    store(database, views("/", "/b", **OVER_MIDNIGHT))

    assert busy(timeline(database, Interval.HOUR, VISITORS, VISIT_DURATION)) == [("2026-03-10 00:00:00", 1, 1200)]
    assert busy(
        timeline(database, Interval.HOUR, VISITORS, VISIT_DURATION, period=days("2026-03-09", "2026-03-09"))
    ) == [("2026-03-09 23:00:00", 1, 0)]


def test_values_come_by_the_first_metric_then_by_name(database):
    for source in ("b", "a", "", "c", "c"):
        store(database, views("/", source=source))

    assert breakdown(database, dimensions.SOURCE, VISITORS) == [("c", 2), ("", 1), ("a", 1), ("b", 1)]
    assert breakdown(database, dimensions.SOURCE, VISITORS, limit=2, offset=2) == [("a", 1), ("b", 1)]


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        pytest.param(dimensions.PAGE, [("/a", 2), ("/b", 1), ("/c", 1)], id="pages, wherever seen"),
        pytest.param(dimensions.ENTRY_PAGE, [("/a", 2)], id="where visits began"),
        pytest.param(dimensions.EXIT_PAGE, [("/b", 1), ("/c", 1)], id="where visits ended"),
        pytest.param(dimensions.COUNTRY, [("FR", 2)], id="an attribute of visits"),
    ],
)
def test_visitors_are_broken_down(database, dimension, expected):
    store(database, [*views("/a", "/b", country="FR"), *views("/a", "/c", country="FR")])

    assert expected == breakdown(database, dimension, VISITORS)


def test_the_visits_of_a_page_are_those_that_began_there(database):
    store(database, [*views("/a", "/b", every_s=30), *views("/a"), *views("/b", "/c", every_s=60)])

    assert breakdown(database, dimensions.PAGE, VISITORS, PAGEVIEWS, BOUNCE_RATE, VISIT_DURATION) == [
        ("/a", 2, 2, 50, 15),
        ("/b", 2, 2, 0, 60),
        ("/c", 1, 1, 0, 0),
    ]


def test_order_and_limit_hold_for_a_metric_of_the_joined_table(database):
    store(database, [*views("/a", "/b", source="x", every_s=30), *views("/a", "/b", source="y", every_s=90)])
    store(database, views("/a", source="z"))

    assert breakdown(database, dimensions.SOURCE, VISIT_DURATION, PAGEVIEWS, limit=2) == [("y", 90, 2), ("x", 30, 2)]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("it's", id="a quote"),
        pytest.param('"><script>', id="markup"),
        pytest.param("' or 1 = 1; drop table events --", id="an injection"),
        pytest.param("back\\slash\\", id="backslashes"),
        pytest.param("a\0b", id="a NUL"),
        pytest.param("\\N", id="how ClickHouse writes null"),
        pytest.param("café ☕ \n\t", id="more than ASCII"),
    ],
)
def test_a_hostile_value_is_a_value_like_any_other(database, value):
    store(database, [*views(value, source=value), *views(value, source=value), *views("/", source="plain")])

    assert [(value, 2, 2), ("plain", 1, 1)] == breakdown(database, dimensions.SOURCE, VISITORS, PAGEVIEWS)
    assert [(value, 2, 100), ("/", 1, 100)] == breakdown(database, dimensions.PAGE, VISITORS, BOUNCE_RATE)


def test_all_dimensions_answer(database):
    store(database, views("/"))

    row_counts = {name: len(breakdown(database, dimension, VISITORS)) for name, dimension in dimensions.BY_NAME.items()}
    assert dict.fromkeys(dimensions.BY_NAME, 1) | {"event:goal": 0} == row_counts


def test_ten_years_by_day_are_returned(database):
    store(database, [an_event(time="2016-03-11 12:00"), an_event(time="2026-03-10 12:00")])
    rows = timeline(database, Interval.DAY, *SIX, period=days("2016-03-11", "2026-03-10"))

    assert len(rows) == 3652
    assert [value for value, *_ in busy(rows)] == ["2016-03-11", "2026-03-10"]
