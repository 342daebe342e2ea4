from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from dashboard.api import answer_v2
from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval
from dashboard.stats.model.result import MetricWarning, Money, Result, Row
from dashboard.stats.parse.site_context import SiteContext
from dashboard.stats.parse.v2 import parse

NOW = datetime(2026, 4, 10, tzinfo=UTC)
CONTEXT = SiteContext(1, ZoneInfo("Europe/Paris"), tuple, dict, lambda: date(2026, 1, 1))
EUROS = Money(Decimal("9.99"), "EUR")


def a_question(**keys):
    question = {"metrics": ["visitors"], "date_range": ["2026-03-28", "2026-03-29"]}
    return parse(question | keys, CONTEXT, now=NOW)


def answer(result: Result, before=None, **keys):
    return answer_v2.answer("example.org", a_question(**keys), result, before)


@pytest.mark.parametrize(
    ("group", "content", "label"),
    [
        pytest.param(dimensions.SOURCE, "Google", "Google", id="a value"),
        pytest.param(dimensions.SOURCE, "", "Direct / None", id="an empty value has a name"),
        pytest.param(dimensions.CITY, "2988507", 2988507, id="a city is a number"),
        pytest.param(dimensions.CITY, "", 0, id="no city"),
        pytest.param(Interval.DAY, "2026-03-29", "2026-03-29", id="a day"),
    ],
)
def test_values_are_labelled_for_programs(group, content, label):
    assert label == answer_v2.label(group, content)


@pytest.mark.parametrize(("content", "number"), [(5, 5), (None, None), (1.5, 1.5), (EUROS, 9.99)])
def test_a_number_is_itself_and_money_an_object(content, number):
    shown = answer_v2.number(content)

    assert number == (shown["value"] if isinstance(content, Money) else shown)


def test_an_answer_repeats_the_question_with_local_offsets():
    query = answer(Result((Row((), (5,)),)))["query"]

    assert ["2026-03-28T00:00:00+01:00", "2026-03-29T23:59:59+02:00"] == query["date_range"]
    assert ("example.org", ["visitors"], {"limit": 10_000, "offset": 0}) == (
        query["site_id"],
        query["metrics"],
        query["pagination"],
    )


@pytest.mark.parametrize(
    ("keys", "result", "meta"),
    [
        pytest.param({}, Result(()), {}, id="nothing"),
        pytest.param({}, Result((), total_rows=0), {"total_rows": 0}, id="the number of rows"),
        pytest.param(
            {"dimensions": ["time:day"], "include": {"time_labels": True}},
            Result(()),
            {"time_labels": ["2026-03-28", "2026-03-29"]},
            id="labels of time",
        ),
        pytest.param(
            {"include": {"imports": True}},
            Result(()),
            {"imports_included": False, "imports_skip_reason": "no_imported_data"},
            id="imports",
        ),
    ],
)
def test_meta_has_the_included_values(keys, result, meta):
    assert meta == answer(result, **keys)["meta"]


def test_meta_warns_of_metrics_without_numbers():
    meta = answer(Result((), warnings={Metric.TOTAL_REVENUE: MetricWarning.NO_REVENUE_GOALS}))["meta"]

    assert "no_revenue_goals_matching" == meta["metric_warnings"]["total_revenue"]["code"]
    assert meta["metric_warnings"]["total_revenue"]["warning"]


def test_rows_are_compared_by_value():
    keys = {"dimensions": ["visit:source"]}
    other = a_question(date_range=["2026-03-26", "2026-03-27"], **keys).query
    now = Result((Row(("Google",), (6,)), Row(("Bing",), (1,))))
    results = answer(now, (other, Result((Row(("Google",), (3,)),))), **keys)["results"]

    assert [[3], [0]] == [row["comparison"]["metrics"] for row in results]
    assert [[100], [100]] == [row["comparison"]["change"] for row in results]


def test_rows_of_time_are_compared_by_position():
    keys = {"dimensions": ["time:day"]}
    other = a_question(date_range=["2026-03-26", "2026-03-27"], **keys).query
    now = Result((Row(("2026-03-28",), (6,), 1_774_652_400),))
    before = Result((Row(("2026-03-26",), (3,), 1_774_479_600),))
    (row,) = answer(now, (other, before), **keys)["results"]

    assert (["2026-03-26"], [3]) == (row["comparison"]["dimensions"], row["comparison"]["metrics"])


def test_columns_are_dimensions_metrics_and_the_currency_of_amounts():
    question = a_question(dimensions=["visit:source"], metrics=["visitors", "total_revenue"])
    result = Result((Row(("",), (5, EUROS)), Row(("Google",), (1, None))))

    assert {
        "visit:source": ["Direct / None", "Google"],
        "visitors": [5, 1],
        "total_revenue": [9.99, None],
        "total_revenue_currency": ["EUR", None],
    } == answer_v2.columns(question, result)
