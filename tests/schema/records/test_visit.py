import msgspec
import pytest

from schema.records.visit import ATTRIBUTE_COLUMNS, Attributes, Visit, recent_visits, visit_columns
from schema.stores.database import Database
from tests.factories import FAR_AHEAD, a_visit, store

EPOCH_DAY_2140 = FAR_AHEAD.toordinal() - 719163
NOON_S = 1_773_144_000  # 2026-03-10 12:00 UTC

# No two fields of one type alike, and each at an end of its range where it has one.
FULL = Visit(
    site_id=2**32 - 1,
    day=20522,
    visitor_id=2**64 - 1,
    visit_id=2**63,
    version=7,
    start=NOON_S,
    last=NOON_S + 90,
    duration=91,
    is_bounce=False,
    pageviews=5,
    events=6,
    hostname="entry.example",
    entry_page="/entrée 'quoted' \\ \t",
    exit_hostname="exit.example",
    exit_page="/東京",
    entry_props={"plan": "small", "é": "", "quote'": "\\"},
    attributes=Attributes(
        **{name: f"{name} é" for name in ATTRIBUTE_COLUMNS if name != "city"},
        city=2**32 - 1,
    ),
    expires=EPOCH_DAY_2140,
)


def test_every_field_of_a_visit_comes_back_as_it_was(database: Database) -> None:
    store(database, [FULL])

    assert [FULL] == recent_visits(database, since=NOON_S)


def test_a_visit_of_which_nothing_is_known_comes_back_as_it_was(database: Database) -> None:
    bare = a_visit(start="2026-03-10 12:00", hostname="", entry_page="", exit_hostname="", exit_page="", pageviews=0)
    store(database, [bare])

    assert [bare] == recent_visits(database, since=NOON_S)


def test_a_visit_survives_the_spool_as_it_was() -> None:
    assert FULL == msgspec.msgpack.decode(msgspec.msgpack.encode(FULL), type=Visit)


@pytest.mark.parametrize("is_bounce", [True, False])
def test_a_visit_that_came_back_survives_the_spool(database: Database, is_bounce: bool) -> None:
    store(database, [a_visit(start="2026-03-10 12:00", is_bounce=is_bounce)])
    (visit,) = recent_visits(database, since=NOON_S)

    assert visit == msgspec.msgpack.decode(msgspec.msgpack.encode(visit), type=Visit)
    assert visit.is_bounce is is_bounce


def test_columns_are_those_of_the_table(database: Database) -> None:
    names = [
        row[0]
        for row in database.query(
            "select name from system.columns where table = 'visits' and database = currentDatabase() order by position"
        )
    ]

    assert set(names) == set(visit_columns([FULL]))


@pytest.mark.parametrize(
    ("last", "is_recent"),
    [
        pytest.param("2026-03-10 11:59:59", False, id="a second before"),
        pytest.param("2026-03-10 12:00:00", True, id="at that moment"),
        pytest.param("2026-03-10 13:00:00", True, id="later"),
    ],
)
def test_a_visit_is_recent_by_its_last_event(database: Database, last: str, is_recent: bool) -> None:
    visit = a_visit(start="2026-03-10 11:00", last=last)
    store(database, [visit])

    assert ([visit] if is_recent else []) == recent_visits(database, since=NOON_S)


def test_of_several_states_of_a_visit_the_latest_is_given_in_whatever_order_they_came(database: Database) -> None:
    states = [a_visit(visitor_id=1, visit_id=1, pageviews=number, events=number) for number in (1, 3, 2)]
    for state in states:
        store(database, [state])

    assert [states[1]] == recent_visits(database, since=NOON_S)


def test_a_visit_that_began_days_ago_is_recent_when_it_still_goes_on(database: Database) -> None:
    visit = a_visit(start="2026-03-04 12:00", last="2026-03-10 12:00")
    store(database, [visit])

    assert [visit] == recent_visits(database, since=NOON_S)
