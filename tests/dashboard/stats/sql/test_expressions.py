from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from dashboard.stats.model.filters import Reaches
from dashboard.stats.model.metrics import EVENT_ONLY, VISIT_ONLY, Metric
from dashboard.stats.model.period import Period
from dashboard.stats.model.query import Query
from dashboard.stats.sql import expressions
from dashboard.stats.sql.fragment import Fragment
from schema.measures import goals
from schema.measures.rates import NO_RATES, Rates
from tests.factories import PARIS, a_visit, an_event, store, views

DAY = Period("custom", date(2026, 3, 10), date(2026, 3, 10), PARIS)
ALL = Query(1, DAY, (Metric.VISITORS,))
BUY = Query(1, DAY, (Metric.VISITORS,), filters=(Reaches((goals.new(1, event_name="Buy", currency="EUR"),)),))
SCROLL = Query(1, DAY, (Metric.VISITORS,), filters=(Reaches((goals.new(1, page_path="/", scroll_threshold=50),)),))
RATES = Rates("EUR", {"USD": Decimal(2)})


@pytest.fixture
def stored(database):
    """Store a visit of two pages with a purchase, and a bounce."""
    visit = a_visit(pageviews=2, events=3, last="2026-03-10 12:01", is_bounce=False)
    money: dict[str, Any] = {"name": "Buy", "revenue_amount": Decimal(10)}
    store(
        database,
        [
            an_event(visit),
            an_event(visit, position=2),
            an_event(visit, **money, revenue_currency="EUR", position=3),
            an_event(visit, **money, revenue_currency="USD", position=4),
            an_event(visit, name="engagement", scroll_depth=80, engagement_ms=9000, position=5),
        ],
    )
    store(database, views("/"))
    return database


def value(database, table, expression):
    return database.query(f"select {expression.sql} from {table}", dict(expression.params))[0][0]


@pytest.mark.parametrize(
    ("metric", "number"),
    [
        (Metric.VISITORS, 2),
        (Metric.VISITS, 2),
        (Metric.PAGEVIEWS, 3),
        (Metric.EVENTS, 5),
        (Metric.SCROLL_DEPTH, 80),
        (Metric.TIME_ON_PAGE, 9),
    ],
)
def test_metrics_are_counted_over_events(stored, metric, number):
    assert number == value(stored, "events", expressions.of_events(metric, ALL, NO_RATES))


@pytest.mark.parametrize(
    ("metric", "number"),
    [
        (Metric.VISITORS, 2),
        (Metric.VISITS, 2),
        (Metric.PAGEVIEWS, 3),
        (Metric.VIEWS_PER_VISIT, 1.5),
        (Metric.BOUNCE_RATE, 50),
        (Metric.VISIT_DURATION, 30),
    ],
)
def test_metrics_are_counted_over_visits(stored, metric, number):
    assert number == value(stored, "visits final", expressions.of_visits(metric, Fragment("1")))


@pytest.mark.parametrize("metric", sorted(VISIT_ONLY))
def test_a_ratio_of_no_visit_is_zero(database, metric):
    assert 0 == value(database, "visits", expressions.of_visits(metric, Fragment("1")))


@pytest.mark.parametrize("metric", sorted(EVENT_ONLY - {Metric.PAGEVIEWS, Metric.EVENTS}))
def test_a_metric_without_measurements_is_unknown(database, metric):
    assert value(database, "events", expressions.of_events(metric, ALL, NO_RATES)) is None


@pytest.mark.parametrize(
    ("rates", "total"),
    [
        pytest.param(NO_RATES, 10, id="an amount without a rate is left out"),
        pytest.param(RATES, 15, id="an amount is converted"),
    ],
)
def test_revenue_is_summed_up_in_the_currency_of_the_goal(stored, rates, total):
    assert total == value(stored, "events", expressions.of_events(Metric.TOTAL_REVENUE, BUY, rates))


def test_events_that_reach_a_goal_of_scrolling_are_not_counted(stored):
    assert value(stored, "events", expressions.of_events(Metric.EVENTS, SCROLL, NO_RATES)) is None
