from datetime import date

import pytest

from dashboard.pages.report import timeline
from dashboard.stats.model.result import Row
from tests.dashboard.pages.report.views import a_view

DAYS = (Row(("2026-03-08",), (5,)), Row(("2026-03-09",), (7,)))
BEFORE = (Row(("2026-03-06",), (4,)), Row(("2026-03-07",), (0,)))
QUERY = "period=custom&from=2026-03-08&to=2026-03-09&interval=day"


def drawn(query: str = QUERY, *, before=(), marks=None, series=DAYS, **options) -> str:
    return str(timeline.chart(a_view(query, **options), series, before, marks or {}))


def test_a_chart_has_a_tooltip_for_each_interval():
    svg = drawn()

    assert "Sun 8 Mar 2026: 5 visitors" in svg
    assert "Mon 9 Mar 2026: 7 visitors" in svg


def test_a_tooltip_has_the_number_of_the_period_before():
    assert "Sun 8 Mar 2026: 5 visitors, 4 before" in drawn(before=BEFORE)
    assert 'data-change="↑ 25%"' in drawn(before=BEFORE)
    assert "before" not in drawn()


def test_a_mark_stands_at_its_position_and_is_escaped():
    assert "The rule &lt;b&gt; began" in drawn(marks={1: "The rule <b> began"})


def test_nothing_is_drawn_before_the_first_day_of_the_site():
    svg = drawn(first_day=date(2026, 3, 9))

    assert "Sun 8 Mar" not in svg
    assert "Mon 9 Mar" in svg


@pytest.mark.parametrize(
    ("query", "label", "url"),
    [
        pytest.param(QUERY, "2026-03-08", "/example.org?period=day&date=2026-03-08", id="a day"),
        pytest.param("period=12mo", "2026-02-01", "/example.org?period=month&date=2026-02-01", id="a month"),
        pytest.param(
            "period=28d&interval=week",
            "2026-02-16",
            "/example.org?period=custom&from=2026-02-16&to=2026-02-22",
            id="a week",
        ),
        pytest.param("period=day", "2026-03-10 09:00:00", "", id="an hour"),
        pytest.param("period=day&interval=minute", "2026-03-10 09:05:00", "", id="a minute"),
    ],
)
def test_a_point_leads_to_its_day_week_or_month(query, label, url):
    assert url == timeline.url_of(a_view(query), Row((label,), (1,)))


def test_the_highest_point_is_named():
    assert "Highest: Mon 9 Mar 2026, 7." == timeline.highest(a_view(QUERY), DAYS)
    assert "No data yet." == timeline.highest(a_view(QUERY), ())


def test_the_table_has_the_numbers_of_the_chart():
    buckets = timeline.buckets(a_view(QUERY), DAYS, BEFORE)

    assert [
        ("Sun 8 Mar 2026", "5", "Fri 6 Mar 2026", "4", "↑ 25%"),
        ("Mon 9 Mar 2026", "7", "Sat 7 Mar 2026", "0", "↑ 100%"),
    ] == [(bucket.when, bucket.number, bucket.before_when, bucket.before, bucket.change) for bucket in buckets]


def test_minutes_without_any_number_are_left_out_of_the_table():
    rows = [Row((f"2026-03-10 00:0{minute}:00",), (number,)) for minute, number in enumerate((0, 2, 0))]
    before = [Row((f"2026-03-03 00:0{minute}:00",), (number,)) for minute, number in enumerate((0, 0, 5))]

    assert ["2", "0"] == [one.number for one in timeline.buckets(a_view("period=day&interval=minute"), rows, before)]
    assert ["0", "2", "0"] == [one.number for one in timeline.buckets(a_view("period=day"), rows, before)]
