"""How a change is displayed, and when it is good news."""

from decimal import Decimal

import pytest

from dashboard.pages.report.top_stats import Change, change_of, name_of, top_stats
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.result import Money, Row
from tests.dashboard.pages.report.views import a_view


@pytest.mark.parametrize(
    ("metric", "old", "new", "change"),
    [
        pytest.param(Metric.VISITORS, 100, 112, Change("↑ 12%", "up 12%", "good"), id="more visitors"),
        pytest.param(Metric.VISITORS, 100, 88, Change("↓ 12%", "down 12%", "bad"), id="fewer visitors"),
        pytest.param(Metric.VISITORS, 1, 51, Change("↑ 5,000%", "up 5,000%", "good"), id="fifty times as many"),
        pytest.param(Metric.VISITORS, 7, 7, Change("0%", "unchanged", "same"), id="as many"),
        pytest.param(Metric.BOUNCE_RATE, 50, 40, Change("↓ 10 points", "down 10 points", "good"), id="fewer bounces"),
        pytest.param(Metric.BOUNCE_RATE, 40, 41, Change("↑ 1 point", "up 1 point", "bad"), id="more bounces, by one"),
        pytest.param(Metric.BOUNCE_RATE, 0, 40, None, id="bounces after none"),
        pytest.param(
            Metric.CONVERSION_RATE, 1, 1.5, Change("↑ 0.5 points", "up 0.5 points", "good"), id="half a point"
        ),
        pytest.param(Metric.SCROLL_DEPTH, None, 40, None, id="an unknown value"),
        pytest.param(
            Metric.TOTAL_REVENUE,
            Money(Decimal(10), "EUR"),
            Money(Decimal(15), "EUR"),
            Change("↑ 50%", "up 50%", "good"),
            id="money",
        ),
    ],
)
def test_a_change_has_an_arrow_words_and_a_mood(metric, old, new, change):
    assert change == change_of(metric, new, old)


def test_each_stat_graphs_itself():
    view = a_view("period=7d&metric=visits")
    stats = top_stats(view, Row((), (5, 6, 7, 1.25, 40, 65)), None)

    assert ["5", "6", "7", "1.25", "40%", "1m 5s"] == [stat.value for stat in stats]
    assert ["Visits"] == [stat.name for stat in stats if stat.is_chosen]
    assert "/example.org?period=7d&metric=pageviews" == stats[2].url


def test_the_visitors_of_a_goal_are_conversions():
    assert "Conversions" == name_of(a_view("f=is,goal,Signup"), Metric.VISITORS)
    assert "Visitors" == name_of(a_view(), Metric.VISITORS)
