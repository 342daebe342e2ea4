from datetime import date

import pytest

from dashboard.stats.answer.order import in_order
from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import Order, Query
from tests.factories import PARIS

PERIOD = Period("custom", date(2026, 3, 9), date(2026, 3, 11), PARIS)
EVENTS, VISITORS = Metric.EVENTS, Metric.VISITORS
ROWS = {"b": (5, None), "a": (5, 0), "c": (7, 3), "d": (0, 3)}


def order(by, *, is_descending=True):
    return Order(by, is_descending=is_descending)


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        pytest.param((), "cabd", id="by default, the highest first, and equal ones by name"),
        pytest.param((order(VISITORS, is_descending=False),), "dabc", id="the lowest first"),
        pytest.param((order(EVENTS),), "cdab", id="unknown ones last"),
        pytest.param((order(EVENTS, is_descending=False),), "acdb", id="unknown ones last, whatever the direction"),
        pytest.param((order(EVENTS), order(VISITORS, is_descending=False)), "dcab", id="by two metrics"),
        pytest.param((order(dimensions.SOURCE),), "dcba", id="by name, backwards"),
    ],
)
def test_rows_are_in_the_order_of_the_query(orders, expected):
    query = Query(1, PERIOD, (VISITORS, EVENTS), (dimensions.SOURCE,), order=orders)
    lines = [((name,), dict(zip(query.metrics, numbers, strict=True))) for name, numbers in ROWS.items()]

    assert expected == "".join(groups[0] for groups, _line in in_order(query, lines))


def test_rows_by_time_are_in_the_order_of_time_first():
    query = Query(1, PERIOD, (VISITORS,), (dimensions.SOURCE, Interval.DAY))
    lines = [((name, start), {VISITORS: count}) for name, start, count in [("a", 2, 9), ("b", 1, 3), ("c", 1, 4)]]

    assert ["c", "b", "a"] == [groups[0] for groups, _line in in_order(query, lines)]


def test_a_single_row_has_no_order():
    assert [((), {VISITORS: 1})] == in_order(Query(1, PERIOD, (VISITORS,)), [((), {VISITORS: 1})])
