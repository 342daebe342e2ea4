from datetime import date

import pytest

from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import Query
from dashboard.stats.plan import plan
from dashboard.stats.sql.together import Batch, Whole, compose, metrics_of
from schema.measures.rates import NO_RATES
from tests.factories import PARIS, store, views

DAY = Period("custom", date(2026, 3, 10), date(2026, 3, 10), PARIS)


def a_batch(*questions):
    selects = [plan(Query(1, DAY, metrics, groups, limit=limit)).selects[0] for metrics, groups, limit in questions]
    return Batch(tuple(selects), {groups: metrics[0] for metrics, groups, _limit in questions})


VISITORS = (Metric.VISITORS,)
BOTH = (Metric.VISITS, Metric.VISITORS)
HOURS = (Interval.HOUR,)


@pytest.fixture
def stored(database):
    store(database, views("/a", "/b", source="Google", country="FR"))
    store(database, views("/a", source="", country="FR"))
    return database


def rows(database, *batches):
    """Return the rows with their groups."""
    statement = compose(batches, NO_RATES)
    return [
        (number, {batch.mark(groups): groups for groups in batch.sets}[which], *rest)
        for number, which, *rest in database.query(statement.sql, dict(statement.params))
        for batch in [batches[number]]
    ]


@pytest.mark.parametrize(
    ("questions", "expected"),
    [
        pytest.param(
            [(VISITORS, (dimensions.SOURCE,), 9), (VISITORS, (dimensions.COUNTRY,), 9)],
            [
                (0, (dimensions.SOURCE,), "", 0, 1),
                (0, (dimensions.SOURCE,), "Google", 0, 1),
                (0, (dimensions.COUNTRY,), "FR", 0, 2),
            ],
            id="two dimensions",
        ),
        pytest.param(
            [(VISITORS, (dimensions.SOURCE,), 1), (BOTH, (), 1)],
            [(0, (dimensions.SOURCE,), "", 0, 1, 1), (0, (), "", 0, 2, 2)],
            id="a dimension and the whole, one row each",
        ),
        pytest.param([(VISITORS, (), 1), (BOTH, (), 1)], [(0, (), "", 0, 2, 2)], id="the whole twice"),
    ],
)
def test_selects_become_one_pass(stored, questions, expected):
    assert sorted(expected, key=repr) == sorted(rows(stored, a_batch(*questions)), key=repr)


def test_a_limit_is_of_dimensions_not_of_intervals(stored):
    store(stored, views("/late", start="2026-03-10 20:00"))
    lines = rows(stored, a_batch(((Metric.PAGEVIEWS,), HOURS, 1), ((Metric.PAGEVIEWS,), (dimensions.PAGE,), 1)))

    assert 2 == len([row for row in lines if row[1] == HOURS])
    assert 1 == len([row for row in lines if row[1] != HOURS])


def test_batches_and_whole_plans_are_united(stored):
    batch = a_batch((VISITORS, (dimensions.SOURCE,), 9))
    whole = Whole(plan(Query(1, DAY, (Metric.PAGEVIEWS,), (dimensions.PAGE,))))
    lines = rows(stored, batch, whole)

    assert {(0, "Google", 1, None), (0, "", 1, None), (1, "/a", None, 2), (1, "/b", None, 1)} == {
        (number, content, visitors, pageviews) for number, _groups, content, _start, visitors, pageviews in lines
    }


def test_the_metrics_of_all_are_columns():
    batch = a_batch((VISITORS, (dimensions.SOURCE,), 9), (BOTH, (), 9))

    assert (Metric.VISITORS, Metric.VISITS) == metrics_of([batch])
