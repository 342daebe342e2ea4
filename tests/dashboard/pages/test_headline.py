"""How a change is displayed, and when it is good news."""

from datetime import UTC, datetime

import pytest

from dashboard.pages import headline, picker
from dashboard.pages.headline import Change
from dashboard.pages.picker import Choice
from dashboard.stats.model import period
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.result import Row
from schema.sites.sites import Site

SITE = Site(1, "example.org", "Europe/Paris", 761)


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
    ],
)
def test_a_change_has_an_arrow_words_and_a_mood(metric, old, new, change):
    today = period.parse("day", zone=SITE.zone, now=datetime(2026, 3, 10, tzinfo=UTC), first_day=None)
    row, before = (Row((), tuple(number if name is metric else 0 for name in picker.METRICS)) for number in (new, old))

    stats = headline.stats(SITE, Choice(today, None, metric), row, before)

    [chosen] = [stat for stat in stats if stat.is_chosen]
    assert chosen.change == change
    assert chosen.url == f"/example.org?period=day&metric={metric}"
