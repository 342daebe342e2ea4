"""Rows of today, as they may leave an exempt site."""

from datetime import UTC, datetime

import pytest

from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Period
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Result, Row
from dashboard.stats.protected_today import of_today
from dashboard.stats.protection.limits import REST
from tests.factories import PARIS

TODAY = datetime(2026, 3, 10, tzinfo=UTC).date()
COUNTS = (Metric.VISITORS, Metric.VISITS, Metric.PAGEVIEWS)


def asked(metrics, groups, *rows):
    """Return the protected rows of a question with these exact rows."""
    query = Query(1, Period("day", TODAY, TODAY, PARIS), metrics, groups)
    return of_today(query, lambda _query: Result(tuple(Row(names, numbers) for names, numbers in rows), None)).rows


@pytest.mark.parametrize(
    ("visitors", "shown"),
    [pytest.param(9, (0, 0), id="too few"), pytest.param(14, (10, 30), id="rounded to ten")],
)
def test_a_total_is_rounded_or_zero(visitors, shown):
    (row,) = asked((Metric.VISITORS, Metric.PAGEVIEWS), (), ((), (visitors, visitors, 28)))

    assert shown == row.metrics


def test_values_of_few_visitors_are_folded_without_a_number():
    rows = asked(COUNTS, (dimensions.PAGE,), (("/a",), (26, 27, 31)), (("/b",), (4, 4, 9)))

    assert [(("/a",), (30, 30, 30)), ((REST,), (None, None, None))] == [(row.groups, row.metrics) for row in rows]


def test_an_average_is_over_the_shown_visits():
    (row,) = asked((Metric.VISITORS, Metric.VISIT_DURATION), (), ((), (14, 14, 60)))

    assert (10, 60) == row.metrics
