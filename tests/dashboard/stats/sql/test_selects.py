from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from dashboard.stats.model import dimensions
from dashboard.stats.model.filters import Condition, Op
from dashboard.stats.model.metrics import Metric, Table
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import Query
from dashboard.stats.plan import Select, plan
from dashboard.stats.sql import selects
from schema.measures import goals
from schema.measures.rates import NO_RATES
from tests.factories import PARIS, store, views

DAY = Period("custom", date(2026, 3, 10), date(2026, 3, 10), PARIS)
SIGNUP, VISIT = goals.new(1, event_name="Signup"), goals.new(1, page_path="/a")


@pytest.fixture
def stored(database):
    store(database, views("/a", "/b", source="Google"))
    store(database, views("/a", source=""))
    return database


def rows(database, select):
    return sorted(database.query(select.sql, dict(select.params)))


def of_events(database, *groups, filters=(), **changes):
    query = Query(1, DAY, (Metric.VISITORS, Metric.PAGEVIEWS), groups, filters, **changes)
    return rows(database, selects.of(Select(Table.EVENTS, query, query.metrics), NO_RATES))


def of_visits(database, *groups, filters=(), metrics=(Metric.VISITORS, Metric.BOUNCE_RATE)):
    query = Query(1, DAY, metrics, groups, filters)
    by_visit = replace(plan(query).selects[-1], metrics=metrics)
    return rows(database, selects.of(by_visit, NO_RATES))


def test_a_select_without_a_group_has_one_row_and_an_empty_text(stored):
    assert [("", 2, 3)] == of_events(stored)
    assert [("", 2, 50)] == of_visits(stored)


def test_a_period_without_events_has_one_row(database):
    assert [("", 0, 0)] == of_events(database)
    assert [("", 0, 0)] == of_visits(database)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        pytest.param(dimensions.PAGE, [("/a", 2, 2), ("/b", 1, 1)], id="what events have"),
        pytest.param(dimensions.SOURCE, [("", 1, 1), ("Google", 1, 2)], id="what both have"),
        pytest.param(dimensions.EXIT_PAGE, [("/a", 1, 1), ("/b", 1, 2)], id="what visits have"),
    ],
)
def test_events_are_grouped_by_a_dimension(stored, group, expected):
    assert expected == of_events(stored, group)


def test_events_are_grouped_by_goal(stored):
    assert [("Visit /a", 2, 2)] == of_events(stored, dimensions.GOAL, goals=(SIGNUP, VISIT))


def test_visits_are_grouped_by_their_entry_page(stored):
    assert [("/a", 2, 50)] == of_visits(stored, dimensions.PAGE)


def test_a_filter_on_pages_is_one_on_the_entry_page_where_rows_are_pages(stored):
    on_b = Condition(dimensions.PAGE, Op.IS, ("/b",))

    assert [] == of_visits(stored, dimensions.PAGE, filters=(on_b,))


def test_a_visit_is_in_every_hour_it_lasts(database):
    store(database, views("/a", "/b", start="2026-03-10 12:50", every_s=1200))
    hours = of_visits(database, Interval.HOUR, metrics=(Metric.VISITORS, Metric.VISIT_DURATION))

    assert [(1, 0), (1, 1200)] == [row[1:] for row in hours]
    assert 3600 == hours[1][0] - hours[0][0]


def test_a_visit_is_in_every_minute_it_lasts(database):
    store(database, views("/a", "/b", start="2026-03-10 12:50", every_s=120))
    minutes = of_visits(database, Interval.MINUTE, metrics=(Metric.VISITORS, Metric.VISIT_DURATION))

    assert [(1, 0), (1, 0), (1, 120)] == [row[1:] for row in minutes]
    assert [60, 60] == [later[0] - earlier[0] for earlier, later in pairwise(minutes)]


def test_a_ratio_alone_is_in_the_hour_where_the_visit_ended(database):
    store(database, views("/a", "/b", start="2026-03-10 12:50", every_s=1200))

    assert [1200] == [row[1] for row in of_visits(database, Interval.HOUR, metrics=(Metric.VISIT_DURATION,))]
