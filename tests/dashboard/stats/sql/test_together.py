from datetime import date

import pytest

from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Period
from dashboard.stats.model.query import Query
from dashboard.stats.plan import plan
from dashboard.stats.sql.together import compose, metrics_of
from schema.measures.rates import NO_RATES
from tests.factories import PARIS, store, views

DAY = Period("custom", date(2026, 3, 10), date(2026, 3, 10), PARIS)


def parts(*questions):
    return [plan(Query(1, DAY, metrics, groups)).selects[0] for metrics, groups in questions]


VISITORS = (Metric.VISITORS,)
BOTH = (Metric.VISITS, Metric.VISITORS)


@pytest.fixture
def stored(database):
    store(database, views("/a", "/b", source="Google", country="FR"))
    store(database, views("/a", source="", country="FR"))
    return database


@pytest.mark.parametrize(
    ("questions", "most", "rows"),
    [
        pytest.param(
            [(VISITORS, (dimensions.SOURCE,)), (VISITORS, (dimensions.COUNTRY,))],
            9,
            [("visit:country", "FR", 2), ("visit:source", "", 1), ("visit:source", "Google", 1)],
            id="two dimensions",
        ),
        pytest.param(
            [(VISITORS, (dimensions.SOURCE,)), (BOTH, ())],
            1,
            [("", "", 2, 2), ("visit:source", "", 1, 1)],
            id="a dimension and the whole, one row each",
        ),
        pytest.param([(VISITORS, ()), (BOTH, ())], 1, [("", "", 2, 2)], id="the whole twice"),
    ],
)
def test_selects_become_one_statement(stored, questions, most, rows):
    statement = compose(parts(*questions), NO_RATES, first=Metric.VISITORS, most=most)

    assert rows == [tuple(row) for row in stored.query(statement.sql, dict(statement.params))]


def test_the_metrics_of_all_are_columns():
    assert (Metric.VISITORS, Metric.VISITS) == metrics_of(parts((VISITORS, (dimensions.SOURCE,)), (BOTH, ())))
