from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.answer.compared_rows import compared_rows, labels_of, with_empty_intervals
from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import Order, Query
from dashboard.stats.model.result import Money, Result, Row

PARIS = ZoneInfo("Europe/Paris")
NOW = Period("custom", date(2026, 3, 4), date(2026, 3, 6), PARIS)
BEFORE = Period("custom", date(2026, 3, 1), date(2026, 3, 3), PARIS)
LONGER = Period("custom", date(2026, 3, 1), date(2026, 3, 9), PARIS)


def by_day(period=NOW, metrics=(Metric.VISITORS,), groups=(Interval.DAY,), **options):
    return Query(1, period, metrics, groups, **options)


def a_result(query, *rows):
    """Return rows from pairs of groups, of which the first is a day, and metrics."""
    starts = {label: start for start, label in labels_of(query).items()}
    return Result(tuple(Row(groups, metrics, starts[groups[0]]) for groups, metrics in rows))


def test_a_row_that_only_the_other_period_has_is_empty_now():
    now, before = by_day(), by_day(BEFORE)
    rows = a_result(now, (("2026-03-05",), (7,)))
    others = a_result(before, (("2026-03-01",), (3,)), (("2026-03-02",), (2,)))
    merged = with_empty_intervals(now, rows, before, others)

    assert [("2026-03-04", 0), ("2026-03-05", 7)] == [(*row.groups, *row.metrics) for row in merged.rows]
    assert [(3,), (2,)] == [row.metrics for row in compared_rows(now, merged, before, others)]


def test_an_interval_that_the_period_does_not_have_is_left_out():
    now, before = by_day(), by_day(LONGER)
    others = a_result(before, (("2026-03-09",), (3,)))

    assert with_empty_intervals(now, Result(()), before, others).rows == ()


def test_rows_are_limited_and_counted_after_merging():
    now, before = by_day(limit=1, offset=1, counts_rows=True), by_day(BEFORE)
    others = a_result(before, *(((f"2026-03-0{day}",), (day,)) for day in (1, 2, 3)))
    merged = with_empty_intervals(now, Result(()), before, others)

    assert (3, ["2026-03-05"]) == (merged.total_rows, [row.groups[0] for row in merged.rows])


@pytest.mark.parametrize(
    ("order", "days"),
    [
        pytest.param((), ["04", "05", "06"], id="by time"),
        pytest.param((Order(Metric.TOTAL_REVENUE, is_descending=True),), ["06", "05", "04"], id="unknown last"),
        pytest.param((Order(Metric.TOTAL_REVENUE, is_descending=False),), ["05", "06", "04"], id="last both ways"),
        pytest.param((Order(dimensions.SOURCE, is_descending=True),), ["06", "05", "04"], id="by a value"),
    ],
)
def test_merged_rows_are_in_the_order_of_the_query(order, days):
    shape = {"metrics": (Metric.TOTAL_REVENUE,), "groups": (Interval.DAY, dimensions.SOURCE)}
    now, before = by_day(order=order, **shape), by_day(BEFORE, **shape)
    rows = a_result(
        now, *(((f"2026-03-0{day}", name), (Money(Decimal(day), "EUR"),)) for day, name in ((5, "b"), (6, "c")))
    )
    others = a_result(before, (("2026-03-01", "a"), (Money(Decimal(9), "EUR"),)))
    merged = with_empty_intervals(now, rows, before, others)

    assert days == [row.groups[0].removeprefix("2026-03-") for row in merged.rows]


def test_values_are_compared_by_name():
    now, before = (by_day(period, groups=(dimensions.SOURCE,)) for period in (NOW, BEFORE))
    rows, others = Result((Row(("a",), (1,)), Row(("b",), (2,)))), Result((Row(("b",), (5,)),))

    assert [(0,), (5,)] == [row.metrics for row in compared_rows(now, rows, before, others)]
