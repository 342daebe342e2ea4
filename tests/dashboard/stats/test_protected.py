"""Answers about an exempt site are sums of protected blocks."""

from datetime import date, timedelta
from typing import Any

import pytest

from dashboard.stats import protected
from dashboard.stats.model import dimensions
from dashboard.stats.model.filters import Condition, Op, Reaches
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import Query, QueryError
from dashboard.stats.protection.limits import REST
from schema.measures import goals
from schema.stores.database import DatabaseUnavailableError
from tests.dashboard.stats.small import NOW, TODAY, SmallSite
from tests.factories import PARIS

MONDAY = date(2026, 4, 6)
SUNDAY = MONDAY + timedelta(days=6)
V = (Metric.VISITORS,)


@pytest.fixture
def small(tmp_path, database) -> SmallSite:
    return SmallSite(tmp_path, database)


def a_query(first: date = MONDAY, last: date = SUNDAY, metrics: Any = V, groups: Any = (), **more: Any) -> Query:
    return Query(1, Period("custom", first, last, PARIS), metrics, groups, **more)


@pytest.mark.parametrize(
    ("visitors", "shown"),
    [(0, 0), (1, 0), (9, 0), (10, 10), (14, 10), (15, 20), (123, 120)],
)
def test_a_day_is_rounded_to_ten_and_not_shown_below(small, visitors, shown):
    small.visit(MONDAY, visitors)
    small.close()

    assert {(): (shown,)} == small.shown(a_query(last=MONDAY))


def test_today_is_counted_on_the_spot(small):
    small.visit(TODAY, 14, "/a")
    small.visit(TODAY, 9, "/b")

    assert {(): (20,)} == small.shown(a_query(TODAY, TODAY))
    assert {("/a",): (10,), (REST,): (None,)} == small.shown(a_query(TODAY, TODAY, groups=(dimensions.PAGE,)))


def test_days_that_are_too_small_are_shown_together_in_their_week(small):
    for number in range(7):
        small.visit(MONDAY + timedelta(days=number), 3, "/a")
    small.close()

    assert {(): (20,)} == small.shown(a_query())
    assert {(): (0,)} == small.shown(a_query(last=SUNDAY - timedelta(days=1)))
    assert {("/a",): (20,)} == small.shown(a_query(groups=(dimensions.PAGE,)))


def test_weeks_that_are_too_small_are_shown_together_in_their_month(small):
    for number in range(0, 28, 7):
        small.visit(date(2026, 3, 2) + timedelta(days=number), 4, "/a")
    small.close()
    march = date(2026, 3, 1), date(2026, 3, 31)

    assert {("/a",): (20,)} == small.shown(a_query(*march, groups=(dimensions.PAGE,)))
    assert {(REST,): (None,)} == small.shown(a_query(date(2026, 3, 1), date(2026, 3, 30), groups=(dimensions.PAGE,)))


def test_a_day_more_changes_an_answer_by_whole_cells_or_not_at_all(small):
    for number in range(31):
        small.visit(date(2026, 3, 1) + timedelta(days=number), 12)
    small.visit(date(2026, 2, 28), 9)
    small.close()

    assert small.shown(a_query(date(2026, 3, 1), date(2026, 3, 31))) == small.shown(
        a_query(date(2026, 2, 28), date(2026, 3, 31))
    )


def test_values_of_few_visitors_are_folded(small):
    small.visit(MONDAY, 25, country="FR")
    small.visit(MONDAY, 8, country="DE")
    small.visit(MONDAY, 6, country="BE")
    small.close()

    assert [(("FR",), (30,)), ((REST,), (10,))] == list(
        small.shown(a_query(last=MONDAY, groups=(dimensions.COUNTRY,))).items()
    )


def test_the_rest_has_a_number_from_ten_visitors_on(small):
    small.visit(MONDAY, 25, country="FR")
    small.visit(MONDAY, 8, country="DE")
    small.close()

    assert {("FR",): (30,), (REST,): (None,)} == small.shown(a_query(last=MONDAY, groups=(dimensions.COUNTRY,)))


def test_the_rest_of_pages_has_no_number(small):
    """One visitor of ten rare pages is not ten visitors."""
    small.visit(MONDAY, 1, *(f"/{number}" for number in range(10)))
    small.close()

    assert {(REST,): (None,)} == small.shown(a_query(last=MONDAY, groups=(dimensions.PAGE,)))


def test_ratios_are_those_of_the_shown_numbers(small):
    small.visit(MONDAY, 14, "/a")  # bounces
    small.visit(MONDAY, 12, "/a", "/b")
    small.close()
    metrics = (Metric.VISITORS, Metric.VISITS, Metric.PAGEVIEWS, Metric.BOUNCE_RATE, Metric.VISIT_DURATION)

    # 26 visitors, 38 page views, 14 bounces, 12 * 60 seconds.
    assert {(): (30, 30, 40, 33, 28)} == small.shown(a_query(last=MONDAY, metrics=metrics))
    assert {("/a",): (30, 33), ("/b",): (10, None)} == small.shown(
        a_query(last=MONDAY, metrics=(Metric.VISITORS, Metric.BOUNCE_RATE), groups=(dimensions.PAGE,))
    )


def test_intervals_are_sums_of_their_blocks(small):
    for number, visitors in enumerate([30, 4, 5, 12]):
        small.visit(MONDAY + timedelta(days=number), visitors)
    small.close()
    by_day = {(str(MONDAY),): (30,), (str(MONDAY + timedelta(days=3)),): (10,)}

    assert by_day == small.shown(a_query(groups=(Interval.DAY,)))
    assert {(str(MONDAY),): (40,)} == small.shown(a_query(groups=(Interval.WEEK,)))
    assert {("2026-04-01",): (40,)} == small.shown(a_query(date(2026, 4, 1), TODAY, groups=(Interval.MONTH,)))


def test_goals_are_rows_and_filters(small):
    goal = goals.new(small.site.id, page_path="/b")
    small.visit(MONDAY, 30, "/a")
    small.visit(MONDAY, 14, "/a", "/b")
    small.close((goal,))
    metrics = (Metric.VISITORS, Metric.EVENTS, Metric.CONVERSION_RATE)

    assert {("Visit /b",): (10, 10, 25.0)} == small.shown(
        a_query(last=MONDAY, metrics=metrics, groups=(dimensions.GOAL,), goals=(goal,))
    )
    assert {(): (10, 10, 25.0)} == small.shown(a_query(last=MONDAY, metrics=metrics, filters=(Reaches((goal,)),)))


def test_a_goal_of_later_days_is_counted_since(small):
    goal = goals.new(small.site.id, page_path="/b")
    small.visit(MONDAY, 30, "/b")
    small.close()
    query = a_query(last=SUNDAY, groups=(dimensions.GOAL,), goals=(goal,))

    assert {"Visit /b": TODAY} == small.ask(a_query(last=TODAY, groups=query.groups, goals=(goal,))).counted_since
    assert {} == small.ask(a_query(TODAY, TODAY, groups=query.groups, goals=(goal,))).counted_since


def test_a_list_of_today_can_be_filtered(small):
    small.visit(TODAY, 14, "/a", country="FR")
    small.visit(TODAY, 9, "/a", country="DE")
    small.visit(TODAY, 30, "/b", country="FR")
    pages = (Condition(dimensions.PAGE, Op.IS, ("/a",)),)

    assert {("FR",): (10,), (REST,): (None,)} == small.shown(
        a_query(TODAY, TODAY, groups=(dimensions.COUNTRY,), filters=pages)
    )


def test_hours_of_today_are_rounded(small):
    small.visit(TODAY, 14, hour=9)
    small.visit(TODAY, 9, hour=10)

    assert {(f"{TODAY} 09:00:00",): (10,)} == small.shown(a_query(TODAY, TODAY, groups=(Interval.HOUR,)))


def test_rows_have_an_order_a_limit_and_a_number(small):
    for visitors, country in ((40, "FR"), (30, "DE"), (20, "BE"), (3, "IT")):
        small.visit(MONDAY, visitors, country=country)
    small.close()
    query = a_query(last=MONDAY, groups=(dimensions.COUNTRY,), limit=2, offset=2, counts_rows=True)
    result = small.ask(query)

    assert [("BE",), (REST,)] == [row.groups for row in result.rows]
    assert 4 == result.total_rows


def test_a_question_without_an_answer_is_refused(small):
    with pytest.raises(QueryError, match="closed days"):
        small.ask(a_query(groups=(dimensions.COUNTRY,), filters=(Condition(dimensions.PAGE, Op.IS, ("/a",)),)))
    assert NOW.date() == TODAY


def test_many_days_without_counts_are_counted_first(small, monkeypatch):
    monkeypatch.setattr(protected, "MAX_UNCOUNTED", 5)

    with pytest.raises(DatabaseUnavailableError, match="not counted yet"):
        small.ask(a_query())
    assert {(): (0,)} == small.shown(a_query(last=MONDAY))
