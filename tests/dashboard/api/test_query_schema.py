import pytest
from jsonschema import Draft202012Validator

from dashboard.api.query_schema import schema
from dashboard.stats.model.metrics import Metric

QUESTION = {"site_id": "example.org", "metrics": ["visitors"], "date_range": "7d"}


def test_the_schema_is_one():
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="the least question"),
        pytest.param({"metrics": [metric.value for metric in Metric]}, id="every metric"),
        pytest.param({"date_range": ["2026-03-01", "2026-03-10"]}, id="two dates"),
        pytest.param({"date_range": "12mo", "dimensions": ["time:month", "event:props:plan"]}, id="dimensions"),
        pytest.param({"filters": [["and", [["is", "visit:country", ["FR"]], ["is", "segment", [1]]]]]}, id="filters"),
        pytest.param({"filters": [["is", "visit:source", ["a"], {"case_sensitive": False}]]}, id="a modifier"),
        pytest.param({"order_by": [["visitors", "desc"]], "pagination": {"limit": 5, "offset": 10}}, id="a page"),
        pytest.param({"include": {"comparisons": {"mode": "previous_period"}}}, id="a comparison"),
    ],
)
def test_a_question_is_valid(changes):
    Draft202012Validator(schema()).validate(QUESTION | changes)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"metrics": []}, id="no metric"),
        pytest.param({"metrics": ["likes"]}, id="an unknown metric"),
        pytest.param({"site_id": ""}, id="no site"),
        pytest.param({"date_range": "0d"}, id="no day"),
        pytest.param({"date_range": ["2026-03-01"]}, id="one date"),
        pytest.param({"dimensions": ["visit:colour"]}, id="an unknown dimension"),
        pytest.param({"filters": [["is", "visit:country", []]]}, id="a filter without a value"),
        pytest.param({"pagination": {"limit": 0}}, id="no row"),
        pytest.param({"colour": "red"}, id="an unknown key"),
    ],
)
def test_a_question_is_not_valid(changes):
    assert not Draft202012Validator(schema()).is_valid(QUESTION | changes)
