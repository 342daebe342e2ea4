"""A report reads everything with at most six statements, the first day and the current visitors included."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dashboard.services import provide, services_of
from dashboard.stats.page import answer_page
from schema.days.rollups import Rollups
from schema.measures import goals
from tests.factories import store
from tests.schema.traffic import Traffic

MOST = 6
FIRST = date(2026, 2, 24)
TWO = "f=is,country,FR&f=contains,page,/a"


class Counting:
    """A database that counts its queries."""

    def __init__(self, database: Any) -> None:
        self.database, self.count = database, 0

    def query(self, *arguments: Any) -> Any:
        self.count += 1
        return self.database.query(*arguments)


@pytest.fixture
def statements(desk, database, control, site) -> Callable[[str], int]:
    """Provide the number of statements of a page, of a site with two counted weeks and a day that is not over."""
    goals.add(control, goals.new(site.id, event_name="Signup"))
    goals.add(control, goals.new(site.id, page_path="/a"))
    store(database, Traffic(site.id, site.zone, FIRST, 15, 3).records())
    rollups = Rollups(control, database, clock=desk.clock)
    rollups.look(site)
    for day in rollups.due(site, goals.list_all(control, site.id)):
        assert rollups.count(site, day)
    counting: Any = Counting(database)
    rolled = rollups.of_site(site.id, site.zone)

    def ask_page(questions: Any, privacy: Any) -> Any:
        return answer_page(counting, questions, privacy=privacy, rolled=rolled)

    provide(desk.app, replace(services_of(desk.app), database=counting, ask_page=ask_page))

    def count(query: str) -> int:
        counting.count = 0
        assert 200 == desk.client.get(f"/{site.domain}?{query}").status_code
        number: int = counting.count
        return number

    return count


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("", id="default"),
        pytest.param("period=day", id="today, by hour"),
        pytest.param("period=7d", id="seven days"),
        pytest.param("period=month", id="a month with today"),
        pytest.param("period=12mo", id="twelve months"),
        pytest.param("period=all", id="all time"),
        pytest.param("period=7d&comparison=off", id="no comparison"),
        pytest.param(f"period=7d&{TWO}", id="two filters"),
        pytest.param(f"period=all&{TWO}", id="two filters, all time"),
        pytest.param(f"period=day&{TWO}", id="two filters, today"),
        pytest.param("period=7d&f=is,country,FR&f=is,source,Google", id="two filters of visits"),
        pytest.param("period=all&f=is,goal,Signup", id="a goal"),
        pytest.param("period=7d&f=is,goal,Signup&f=is,source,Google", id="a goal and a source"),
        pytest.param("period=7d&f=is,page,/a", id="a page"),
        pytest.param("period=month&f=is,page,/a", id="a page, with today"),
        pytest.param("period=month&f=is,source,Google", id="a source, with today"),
        pytest.param("period=7d&f=is,source,Nobody", id="no visitors"),
        pytest.param("period=7d&sources=channels&pages=entry&places=map&devices=systems", id="other tabs"),
        pytest.param("period=month&metric=bounce_rate&interval=week", id="another chart"),
    ],
)
def test_a_report_is_at_most_six_statements(statements, query):
    assert statements(query) <= MOST


def test_a_site_with_revenue_asks_about_it_alone(statements, control, site):
    assert statements("period=7d") <= MOST
    goals.add(control, goals.new(site.id, event_name="Order", currency="EUR"))

    assert statements("period=7d") <= MOST + 1
