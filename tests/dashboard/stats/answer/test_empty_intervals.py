from datetime import date

import pytest

from dashboard.stats.answer import empty_intervals
from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Result, Row
from tests.factories import PARIS

PERIOD = Period("custom", date(2026, 3, 9), date(2026, 3, 11), PARIS)
TENTH = 1_773_097_200  # the local midnight, epoch seconds


def test_every_interval_has_a_row_in_order_of_time():
    query = Query(1, PERIOD, (Metric.VISITORS, Metric.VISIT_DURATION), (Interval.DAY,))
    filled = empty_intervals.filled(Result((Row(("2026-03-10",), (5, 60), TENTH),)), query)

    assert [("2026-03-09", (0, None)), ("2026-03-10", (5, 60)), ("2026-03-11", (0, None))] == [
        (*row.groups, row.metrics) for row in filled.rows
    ]
    assert 3 == filled.total_rows


@pytest.mark.parametrize(
    ("metric", "number"),
    [
        (Metric.VISITORS, 0),
        (Metric.BOUNCE_RATE, 0),
        (Metric.VISIT_DURATION, None),
        (Metric.SCROLL_DEPTH, None),
        (Metric.TOTAL_REVENUE, None),
    ],
)
def test_a_metric_without_events_is_zero_or_unknown(metric, number):
    assert number == empty_intervals.of_metric(metric)


@pytest.mark.parametrize(
    "groups",
    [
        pytest.param((), id="no interval"),
        pytest.param((Interval.DAY, dimensions.SOURCE), id="a dimension besides"),
    ],
)
def test_only_rows_by_an_interval_alone_can_be_filled(groups):
    with pytest.raises(ValueError, match="an interval alone"):
        empty_intervals.filled(Result(()), Query(1, PERIOD, (Metric.VISITORS,), groups))
