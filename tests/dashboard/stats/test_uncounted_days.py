"""Days of an exempt site without daily counts are counted on the spot, and cost nothing if they have no rows."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from dashboard.app import create_app
from dashboard.services import Services, services_of
from dashboard.stats import protected
from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import Query
from schema.privacy.signed_links import Links
from schema.stores.database import DatabaseUnavailableError
from tests.dashboard.desk import Desk
from tests.dashboard.stats.small import NOW, TODAY, SmallSite
from tests.factories import PARIS

V = (Metric.VISITORS,)
MONTH_AGO = TODAY - timedelta(days=29)
YEAR_AGO = TODAY - timedelta(days=364)


class Watched:
    """A database that notes its statements, and how many days they count on the spot."""

    def __init__(self, database: Any) -> None:
        self.database = database
        self.counted = 0
        self.statements = 0

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Any:
        self.statements += 1
        self.counted += 0 if "local_day" in sql else len(re.findall(r"\bfrom\s+(?:events|visits)\b", sql))
        return self.database.query(sql, parameters)


@pytest.fixture
def small(tmp_path, database) -> SmallSite:
    return SmallSite(tmp_path, database)


@pytest.fixture
def watched(database) -> Any:
    return Watched(database)


@pytest.fixture
def served(small, watched) -> Services:
    """Give the services of a dashboard of the site."""
    app = create_app(
        control=small.control,
        database=watched,
        base_url="",
        rules=Desk(small.control, small.database).rules,
        links=Links(b"key"),
        rolled=small.rollups.of_site,
        clock=NOW.timestamp,
    )
    return services_of(app)


def a_query(first: date, last: date = TODAY, groups: Any = ()) -> Query:
    return Query(1, Period("custom", first, last, PARIS), V, groups)


def shown(served: Services, small: SmallSite, query: Query) -> Mapping[Any, Any]:
    return {row.groups: row.metrics for row in served.ask(query, small.site.privacy).rows}


def test_a_site_of_today_counts_today_only(served, small, watched):
    small.visit(TODAY, 14, "/a")

    assert {("/a",): (10,)} == shown(served, small, a_query(MONTH_AGO, groups=(dimensions.PAGE,)))
    assert 1 == watched.counted
    assert 2 == watched.statements


def test_a_site_without_rows_counts_nothing(served, small, watched):
    assert {(): (0,)} == shown(served, small, a_query(YEAR_AGO))
    assert {} == shown(served, small, a_query(YEAR_AGO, groups=(dimensions.PAGE,)))
    assert 0 == watched.counted
    assert 2 == watched.statements


def test_days_between_rows_are_not_counted(served, small, watched):
    for number in (3, 20, 29):
        small.visit(TODAY - timedelta(days=number), 12)

    by_day = shown(served, small, a_query(MONTH_AGO, groups=(Interval.DAY,)))
    assert {(str(TODAY - timedelta(days=number)),): (10,) for number in (3, 20, 29)} == by_day
    assert 3 == watched.counted


def test_a_day_with_counts_and_days_that_lost_theirs(served, small, watched):
    """What was stored of a day whose counts are invalid does not leave."""
    for number in (3, 2, 1):
        small.visit(TODAY - timedelta(days=number), 12)
    small.close()
    small.rollups.forget(small.site.id, TODAY - timedelta(days=3), TODAY - timedelta(days=2))

    assert {(): (10,)} == shown(served, small, a_query(MONTH_AGO))
    assert 0 == watched.counted


@pytest.mark.parametrize(("days", "is_refused"), [(4, False), (5, True)])
def test_only_days_with_rows_are_too_many(served, small, monkeypatch, days, is_refused):
    monkeypatch.setattr(protected, "MAX_UNCOUNTED", 4)
    for number in range(days):
        small.visit(TODAY - timedelta(days=1 + 3 * number), 1)

    if is_refused:
        with pytest.raises(DatabaseUnavailableError, match="not counted yet"):
            served.ask(a_query(MONTH_AGO), small.site.privacy)
    else:
        assert {(): (0,)} == shown(served, small, a_query(MONTH_AGO))
