import pytest

from dashboard.stats.answer.day_sums import Column, added, columns, hundredths, is_empty, line_of, metric_of, share_of
from dashboard.stats.model.metrics import Metric, Table


@pytest.mark.parametrize(
    ("column", "days", "total"),
    [
        pytest.param(Column("visitors"), [(10, True), (20, False)], 30, id="a plain count"),
        pytest.param(Column("visitors", on_later="again"), [(10, True), (20, False)], 28, id="less on later days"),
        pytest.param(Column("visitors", on_later="again"), [(10, True)], 10, id="nothing less on the first day"),
        pytest.param(Column("visitors", on_first="carried"), [(10, True), (20, False)], 33, id="more on the first day"),
        pytest.param(Column("visitors", on_first="carried"), [(20, False)], 20, id="nothing more on later days"),
        pytest.param(Column("visitors"), [], 0, id="no day"),
    ],
)
def test_days_add_up_with_their_corrections(column, days, total):
    numbers = [({"visitors": visitors, "again": 2, "carried": 3}, is_first) for visitors, is_first in days]

    assert {"sum": total} == added({"sum": column}, numbers)


@pytest.mark.parametrize(
    ("column", "parts"),
    [
        pytest.param(Column("a"), ("a",), id="a plain count"),
        pytest.param(Column("a", on_first="b"), ("a", "b"), id="a first day"),
        pytest.param(Column("a", on_later="c"), ("a", "c"), id="later days"),
    ],
)
def test_a_column_names_what_it_is_made_of(column, parts):
    assert parts == column.parts


@pytest.mark.parametrize(
    ("table", "by_time", "counted"),
    [
        pytest.param(Table.EVENTS, False, "visitors", id="events of a period"),
        pytest.param(Table.EVENTS, True, "visitors", id="events by time"),
        pytest.param(Table.VISITS, False, "started_visitors", id="visits count where they start"),
        pytest.param(Table.VISITS, True, "ended_visitors", id="visits by time count where they end"),
    ],
)
def test_metrics_are_made_of_columns(table, by_time, counted):
    sums = columns(table, [Metric.VISITORS], by_time=by_time)

    assert ["visitors"] == list(sums)
    assert counted == sums["visitors"].counted


@pytest.mark.parametrize(
    ("metrics", "has_groups", "names"),
    [
        pytest.param([Metric.PAGEVIEWS], True, ["pageviews", "visits"], id="a group needs visits"),
        pytest.param([Metric.VISITORS, Metric.PAGEVIEWS], True, ["visitors", "pageviews"], id="visitors do as well"),
        pytest.param([Metric.PAGEVIEWS], False, ["pageviews"], id="no group needs none"),
    ],
)
def test_a_group_has_what_tells_whether_it_is_empty(metrics, has_groups, names):
    assert names == list(columns(Table.EVENTS, metrics, by_time=False, has_groups=has_groups))


@pytest.mark.parametrize(
    ("sums", "expected"),
    [
        pytest.param({"visitors": 0, "visits": 1}, True, id="no visitors"),
        pytest.param({"visitors": 1}, False, id="visitors"),
        pytest.param({"visits": 0, "pageviews": 0}, True, id="no visits"),
        pytest.param({"visits": 2, "pageviews": 0}, False, id="visits without a page view"),
    ],
)
def test_a_group_without_visits_is_empty(sums, expected):
    assert expected is is_empty(sums)


@pytest.mark.parametrize(
    ("is_first", "parts"),
    [
        pytest.param(True, ("visits", "carried"), id="the first day"),
        pytest.param(False, ("visits", "again"), id="a later day"),
    ],
)
def test_a_day_needs_the_column_and_its_correction(is_first, parts):
    assert parts == Column("visits", on_first="carried", on_later="again").parts_of_day(is_first=is_first)
    assert ("visits",) == Column("visits").parts_of_day(is_first=is_first)


def test_a_sum_that_two_metrics_need_is_read_once():
    sums = columns(Table.VISITS, [Metric.PAGEVIEWS, Metric.VIEWS_PER_VISIT, Metric.BOUNCE_RATE], by_time=False)

    assert ["pageviews", "visits", "bounces"] == list(sums)


SUMS = {"visitors": 7, "visits": 8, "pageviews": 9, "bounces": 5, "duration": 12}
NO_VISITS = dict.fromkeys(SUMS, 0)


@pytest.mark.parametrize(
    ("metric", "sums", "number"),
    [
        pytest.param(Metric.VISITORS, SUMS, 7, id="a count"),
        pytest.param(Metric.VIEWS_PER_VISIT, SUMS, 1.12, id="views of a visit, half to even"),
        pytest.param(Metric.BOUNCE_RATE, SUMS, 62, id="a bounce rate, half to even"),
        pytest.param(Metric.VISIT_DURATION, SUMS, 2, id="a duration, half to even"),
        pytest.param(Metric.VIEWS_PER_VISIT, NO_VISITS, 0, id="views without visits"),
        pytest.param(Metric.BOUNCE_RATE, NO_VISITS, 0, id="a bounce rate without visits"),
        pytest.param(Metric.VISIT_DURATION, NO_VISITS, 0, id="a duration without visits"),
        pytest.param(Metric.SCROLL_DEPTH, {"depth": 150, "depth_visits": 2}, 75, id="a depth"),
        pytest.param(Metric.SCROLL_DEPTH, {"depth": 0, "depth_visits": 0}, None, id="no depth"),
        pytest.param(Metric.TIME_ON_PAGE, {"engagement_ms": 9000, "engaged_visits": 2}, 4, id="a time, half to even"),
        pytest.param(Metric.TIME_ON_PAGE, {"engagement_ms": 0, "engaged_visits": 0}, None, id="no time"),
    ],
)
def test_a_metric_follows_from_its_sums(metric, sums, number):
    assert number == metric_of(metric, sums)
    assert {metric: number} == line_of([metric], sums)


@pytest.mark.parametrize(
    ("metric", "total", "share"),
    [
        pytest.param(Metric.PERCENTAGE, 3, 33.33, id="a part"),
        pytest.param(Metric.CONVERSION_RATE, 3, 33.33, id="a rate"),
        pytest.param(Metric.PERCENTAGE, 0, None, id="a part of nothing"),
        pytest.param(Metric.CONVERSION_RATE, 0, 0, id="a rate of nothing"),
    ],
)
def test_a_share_has_two_decimals(metric, total, share):
    assert share == share_of(metric, 1, total)


@pytest.mark.parametrize(("number", "rounded"), [(0.005, 0.0), (0.015, 0.02), (1.125, 1.12), (1.0, 1.0)])
def test_hundredths_round_half_to_even(number, rounded):
    assert rounded == hundredths(number)
