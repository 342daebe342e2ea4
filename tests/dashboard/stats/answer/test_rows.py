from datetime import date
from decimal import Decimal

import pytest

from dashboard.stats.answer.rows import result_of
from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import MetricWarning, Money
from schema.measures import goals
from tests.factories import PARIS

PERIOD = Period("custom", date(2026, 3, 9), date(2026, 3, 11), PARIS)
TENTH = 1_773_097_200  # the local midnight, epoch seconds
BUY = goals.new(1, event_name="Buy", currency="EUR")


def a_query(metrics=(Metric.VISITORS,), groups=(), **changes):
    return Query(1, PERIOD, metrics, groups, **changes)


def test_groups_become_labels_and_intervals_keep_their_start():
    (row,) = result_of(a_query(groups=(dimensions.COUNTRY, Interval.DAY)), [("FR", TENTH, 5)]).rows

    assert (("FR", "2026-03-10"), (5,), TENTH) == (row.groups, row.metrics, row.start)


@pytest.mark.parametrize(
    ("query", "answer", "total"),
    [
        pytest.param(a_query(counts_rows=True), [(5, 12)], 12, id="of all rows"),
        pytest.param(a_query(counts_rows=True), [], 0, id="of no row"),
        pytest.param(a_query(), [(5,)], None, id="not wanted"),
    ],
)
def test_the_number_of_rows_is_the_last_column(query, answer, total):
    assert total == result_of(query, answer).total_rows


def test_an_average_of_revenue_is_cut_after_three_decimals_and_a_total_is_not():
    query = a_query((Metric.AVERAGE_REVENUE, Metric.TOTAL_REVENUE), (dimensions.GOAL,), goals=(BUY,))
    (row,) = result_of(query, [("Buy", Decimal("1.2349"), Decimal("1.2349"))]).rows

    assert (Money(Decimal("1.234"), "EUR"), Money(Decimal("1.2349"), "EUR")) == row.metrics


def test_revenue_without_goals_is_a_warning():
    result = result_of(a_query((Metric.VISITORS, Metric.TOTAL_REVENUE)), [(5, None)])

    assert {Metric.TOTAL_REVENUE: MetricWarning.NO_REVENUE_GOALS} == result.warnings
    assert (5, None) == result.rows[0].metrics
