from datetime import date

import pytest

from dashboard.charts.line import Point
from dashboard.pages import timeline
from dashboard.pages.picker import Choice
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.result import Row
from tests.factories import PARIS

DAYS = (Row(("2026-03-09",), (5,)), Row(("2026-03-10",), (7,)))
PERIOD = Period("custom", date(2026, 3, 9), date(2026, 3, 10), PARIS)


def drawn(*, before=(), marks=None, metric=Metric.VISITORS) -> str:
    return str(timeline.chart(Choice(PERIOD, None, metric), Interval.DAY, DAYS, before, marks or {}))


@pytest.mark.parametrize(
    ("label", "interval", "short", "long"),
    [
        ("2026-03-09 08:00:00", Interval.HOUR, "08:00", "Mon 9 Mar, 08:00"),
        ("2026-03-09", Interval.DAY, "9 Mar", "Mon 9 Mar 2026"),
        ("2026-03-09", Interval.WEEK, "9 Mar", "week of 9 Mar 2026"),
        ("2026-03-01", Interval.MONTH, "Mar 2026", "March 2026"),
    ],
)
def test_an_interval_has_a_short_and_a_long_label(label, interval, short, long):
    assert short == timeline.short_label(label, interval)
    assert long == timeline.long_label(label, interval)


def test_a_chart_is_svg_with_a_tooltip_for_each_interval():
    svg = drawn()

    assert svg.startswith("<svg")
    assert "visitors 5" in svg
    assert "visitors 7" in svg


def test_a_tooltip_has_the_number_of_the_previous_period():
    assert "previously 3" in drawn(before=(Row(("2026-03-07",), (3,)),))
    assert "previously" not in drawn()


def test_a_mark_stands_at_its_position_and_is_escaped():
    assert "The rule &lt;b&gt; began" in drawn(marks={1: "The rule <b> began"})


def test_the_highest_point_is_named():
    points = [Point(5, "a", "Monday", ""), Point(7, "b", "Tuesday", "")]

    assert "Tuesday" in timeline.highest(points)
    assert timeline.highest([])
