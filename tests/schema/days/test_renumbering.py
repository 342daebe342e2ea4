"""Numbers of closed days; what the rows answer with them is for test_closing.py."""

from datetime import date, timedelta
from typing import Any

import pytest

from schema.days import renumbering
from schema.days.renumbering import Batch, DayRows
from schema.stores.database import Database
from tests.factories import store, views

DAY = date(2026, 3, 10)
HIGHEST = (DAY - date(1970, 1, 1)).days << 32


def numbered(database: Database, batch: Batch) -> None:
    renumbering.prepare(database, batch)
    renumbering.replace_rows(database, batch)
    renumbering.finish(database)
    renumbering.sweep(database)


def a_batch() -> Batch:
    return Batch(1, DAY, DAY, "Europe/Paris", is_final=False)


def numbers(database: Database, table: str = "events") -> set[tuple[int, int]]:
    return {(row[0], row[1]) for row in database.query(f"select visitor_id, visit_id from {table}")}


def person(number: int, *visits: int, start: str = "2026-03-10 12:00") -> list[Any]:
    return [
        record
        for visit in visits
        for record in views("/", start=start, visitor_id=2**63 + number, visit_id=2**63 + visit)
    ]


def test_visitors_and_visits_are_numbered_from_one(database: Database) -> None:
    store(database, [*person(7, 1, 2), *person(8, 3), *person(9, 4)])
    numbered(database, a_batch())
    visitors, visits = ({row[place] - HIGHEST for row in numbers(database)} for place in (0, 1))

    assert ({1, 2, 3}, {1, 2, 3, 4}) == (visitors, visits)
    assert numbers(database) == numbers(database, "visits")


def test_the_order_is_random(database: Database) -> None:
    """Neither the old numbers nor the time of a visit can be guessed from the new number."""
    orders = set()
    for _ in range(8):
        for table in renumbering.TABLES:
            database.command(f"truncate table {table}")
        store(database, [row for hour in range(10, 20) for row in person(hour, hour, start=f"2026-03-10 {hour}:00")])
        numbered(database, a_batch())
        orders.add(tuple(row[0] for row in database.query("select visitor_id from events order by time")))

    assert len(orders) > 1


def test_later_visitors_get_further_numbers(database: Database) -> None:
    store(database, person(7, 1))
    numbered(database, a_batch())
    store(database, person(8, 2))
    numbered(database, a_batch())

    assert {(HIGHEST + 1, HIGHEST + 1), (HIGHEST + 2, HIGHEST + 2)} == numbers(database)


@pytest.mark.parametrize(
    ("start", "is_numbered"),
    [
        pytest.param("2026-03-10 12:00", True, id="the day"),
        pytest.param("2026-03-09 12:00", False, id="the day before"),
        pytest.param("2026-03-11 12:00", False, id="the day after"),
    ],
)
def test_visitors_of_other_days_keep_their_numbers(database: Database, start: str, *, is_numbered: bool) -> None:
    store(database, person(7, 1, start=start))
    numbered(database, a_batch())

    assert is_numbered is ((2**63 + 7, 2**63 + 1) not in numbers(database))


def test_old_numbers_are_on_no_part(database: Database) -> None:
    store(database, person(7, 1))
    numbered(database, a_batch())
    masked = (
        "select count() from system.parts where active and has_lightweight_delete and table in ('events', 'visits')"
    )

    assert [(0,)] == [tuple(row) for row in database.query(masked)]


def test_rows_are_counted_by_day(database: Database) -> None:
    store(database, [*person(7, 1), *person(8, 2, start="2026-03-12 12:00")])
    numbered(database, a_batch())

    assert {DAY: DayRows(0, 2), DAY + timedelta(days=2): DayRows(2, 2)} == renumbering.rows_of(
        database, 1, DAY, DAY + timedelta(days=5)
    )
