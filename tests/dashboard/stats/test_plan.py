from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.dimensions import Dimension
from dashboard.stats.metrics import Metric
from dashboard.stats.period import Interval, parse
from dashboard.stats.plan import Plan, plan
from dashboard.stats.query import Query, QueryError

WEEK = parse("7d", zone=ZoneInfo("Europe/Paris"), now=datetime(2026, 3, 10, tzinfo=UTC), first_day=None)
VISITORS, VISITS, PAGEVIEWS, VIEWS_PER_VISIT, BOUNCE_RATE, VISIT_DURATION = Metric


@pytest.mark.parametrize(
    ("metrics", "breakdown", "events", "visits"),
    [
        pytest.param((VISITORS, VISITS), {}, (), (VISITORS, VISITS), id="visitors and visits alone"),
        pytest.param((VISITORS, PAGEVIEWS), {}, (VISITORS, PAGEVIEWS), (), id="visitors beside page views"),
        pytest.param((VISITORS, BOUNCE_RATE), {}, (), (VISITORS, BOUNCE_RATE), id="visitors beside bounces"),
        pytest.param(
            tuple(Metric),
            {},
            (VISITORS, VISITS, PAGEVIEWS),
            (VIEWS_PER_VISIT, BOUNCE_RATE, VISIT_DURATION),
            id="everything",
        ),
        pytest.param((VISITORS,), {"dimension": Dimension.SOURCE}, (), (VISITORS,), id="visitors by source"),
        pytest.param((VISITORS,), {"dimension": Dimension.PAGE}, (VISITORS,), (), id="visitors by page"),
        pytest.param(
            (VISITORS, BOUNCE_RATE),
            {"dimension": Dimension.PAGE},
            (VISITORS,),
            (BOUNCE_RATE,),
            id="visitors and bounces by page",
        ),
        pytest.param((VISITORS,), {"dimension": Dimension.ENTRY_PAGE}, (), (VISITORS,), id="visitors by entry page"),
        pytest.param((VISITORS,), {"interval": Interval.DAY}, (VISITORS,), (), id="visitors by day"),
        pytest.param((VISITS,), {"interval": Interval.DAY}, (), (VISITS,), id="visits by day"),
    ],
)
def test_each_metric_comes_from_one_table(metrics, breakdown, events, visits):
    assert Plan(events, visits) == plan(Query(1, WEEK, metrics, **breakdown))


@pytest.mark.parametrize("dimension", [Dimension.ENTRY_PAGE, Dimension.EXIT_PAGE])
def test_page_views_have_no_entry_and_no_exit_page(dimension):
    with pytest.raises(QueryError, match=f"pageviews can't be broken down by {dimension}"):
        plan(Query(1, WEEK, (VISITORS, PAGEVIEWS), dimension=dimension))
