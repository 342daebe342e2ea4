from datetime import date

import pytest

from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Period
from dashboard.stats.model.query import Query
from dashboard.stats.sql import in_period
from tests.factories import PARIS, a_visit, an_event, store

QUERY = Query(1, Period("custom", date(2026, 3, 10), date(2026, 3, 10), PARIS), (Metric.VISITORS,))


def count(database, table, condition) -> int:
    return int(database.query(f"select count() from {table} where {condition.sql}", dict(condition.params))[0][0])


@pytest.mark.parametrize(
    ("time", "is_in"),
    [
        pytest.param("2026-03-09 22:59:59", False, id="the second before"),
        pytest.param("2026-03-09 23:00:00", True, id="the first second"),
        pytest.param("2026-03-10 22:59:59", True, id="the last second"),
        pytest.param("2026-03-10 23:00:00", False, id="the second after"),
    ],
)
def test_an_event_belongs_to_the_period_of_its_time(database, time, is_in):
    store(database, [an_event(time=time)])

    assert is_in == count(database, "events", in_period.of_events(QUERY))


@pytest.mark.parametrize(
    ("start", "last", "is_in"),
    [
        pytest.param("2026-03-09 20:00", "2026-03-09 22:59", False, id="over before"),
        pytest.param("2026-03-09 22:50", "2026-03-09 23:10", True, id="into the period"),
        pytest.param("2026-03-10 22:50", "2026-03-10 23:10", True, id="out of the period"),
        pytest.param("2026-03-10 23:00", "2026-03-10 23:10", False, id="begun after"),
    ],
)
def test_a_visit_belongs_to_every_period_it_overlaps(database, start, last, is_in):
    store(database, [a_visit(start=start, last=last)])

    assert is_in == count(database, "visits", in_period.of_visits(QUERY))


@pytest.mark.parametrize(("table", "condition"), [("events", in_period.of_events), ("visits", in_period.of_visits)])
def test_rows_of_another_site_are_left_out(database, table, condition):
    store(database, [an_event(site_id=2)])

    assert 0 == count(database, table, condition(QUERY))
