from collections.abc import Iterable
from datetime import date

import pytest

from schema.privacy.forgetting import Visitor, find, forget
from schema.records.event import Record
from schema.stores.database import Database
from tests.factories import a_visit, an_event, store, views

TODAY, YESTERDAY = date(2026, 3, 10), date(2026, 3, 9)
OVER_MIDNIGHT = a_visit(start="2026-03-09 22:50", last="2026-03-09 23:10", visitor_id=3, pageviews=2)  # in Paris


def a_visitor(*numbers: int, site_id: int = 1, today: date = TODAY, live: Iterable[int] = ()) -> Visitor:
    return Visitor(site_id, today, frozenset(numbers), frozenset(live))


def over_midnight(*times: str) -> list[Record]:
    return [an_event(OVER_MIDNIGHT, time=time, path="/night") for time in times]


@pytest.fixture
def filled(database: Database) -> Database:
    """Give visits of today: two of a visitor, one of another, one of another site; and one of yesterday."""
    store(database, views("/a", "/b", visitor_id=1))
    store(database, views("/c", visitor_id=1, start="2026-03-10 15:00"))
    store(database, views("/other", visitor_id=2))
    store(database, views("/elsewhere", visitor_id=1, site_id=2))
    store(database, views("/before", visitor_id=1, start="2026-03-09 12:00"))
    return database


def left(database: Database) -> tuple[set[str], set[str]]:
    """Return the paths of events, and the first pages of visits."""
    events = database.query("select path from events")
    visits = database.query("select entry_page from visits final")
    return {row[0] for row in events}, {row[0] for row in visits}


@pytest.mark.parametrize(
    ("visitors", "gone"),
    [
        pytest.param([a_visitor(1)], {"/a", "/b", "/c"}, id="one visitor"),
        pytest.param([a_visitor(9, 1)], {"/a", "/b", "/c"}, id="one of two numbers"),
        pytest.param([a_visitor(1), a_visitor(2)], {"/a", "/b", "/c", "/other"}, id="two visitors"),
        pytest.param([a_visitor(2), a_visitor(1, site_id=2)], {"/other", "/elsewhere"}, id="of two sites"),
        pytest.param([a_visitor(2), a_visitor(1, today=YESTERDAY)], {"/other", "/before"}, id="where days differ"),
        pytest.param([a_visitor(9)], set(), id="a stranger"),
        pytest.param([a_visitor(2, site_id=2)], set(), id="a visitor of another site"),
        pytest.param([a_visitor(9, live=[1])], set(), id="a visit of others"),
        pytest.param([], set(), id="nobody"),
    ],
)
def test_visits_of_today_are_deleted_and_no_others(filled, visitors, gone):
    events, visits = left(filled)
    rows = find(filled, visitors)
    if rows:
        forget(filled, rows)

    assert bool(gone) == bool(rows)
    assert (events - gone, visits - gone) == left(filled)


@pytest.mark.parametrize(
    ("times", "live", "days"),
    [
        pytest.param(["2026-03-09 22:50", "2026-03-09 23:10"], [], {YESTERDAY, TODAY}, id="it went on into today"),
        pytest.param(["2026-03-09 22:50"], [], set(), id="it ended yesterday"),
        pytest.param(["2026-03-09 22:50"], [OVER_MIDNIGHT.visit_id], {YESTERDAY}, id="it is alive"),
    ],
)
def test_a_visit_over_midnight_is_deleted_as_a_whole(database, times, live, days):
    store(database, over_midnight(*times))
    store(database, views("/before", visitor_id=3, start="2026-03-09 12:00"))
    rows = find(database, [a_visitor(3, live=live)])
    if rows:
        forget(database, rows)

    assert days == {row.day for row in rows}
    assert ("/night" in left(database)[0]) == (not days)
    assert "/before" in left(database)[0]


def test_very_many_are_found_and_deleted_at_once(database):
    store(database, [record for number in range(1, 501) for record in views("/", "/b", visitor_id=number)])
    strangers = [a_visitor(2**64 - number, 2**63 - number) for number in range(1000)]

    rows = find(database, [*strangers, *map(a_visitor, range(1, 501))])
    forget(database, rows)

    assert 500 == len(rows)
    assert (set(), set()) == left(database)
