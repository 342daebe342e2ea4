"""The statement shows cells of ten visitors or more as `rounding` does, and nothing of the others."""

from datetime import date

import pytest

from dashboard.stats.model.metrics import Table
from dashboard.stats.protection import rounding
from dashboard.stats.protection.grid import Grid
from dashboard.stats.sql.protected import Stored, compose

DAY = date(2026, 3, 10)
GRID = Grid(DAY, DAY, (DAY,), (DAY,), (DAY,))
NAMES = ("visitors", "visits", "engagement_ms", "engaged_visits")


def rows(database, *cells: tuple[str, int, int, int, int], has_rest: bool = False):
    for value, *numbers in cells:
        columns = {"site_id": 1, "dimension": "visit:country", "value": value, "day": (DAY - date(1970, 1, 1)).days}
        columns |= {"version": 1, "expires": 62000} | dict(zip(NAMES, numbers, strict=True))
        database.insert("daily_events", {name: [content] for name, content in columns.items()}, token=value)
    part = Stored(Table.EVENTS, 1, GRID, {"visit:country": None}, NAMES, 100, has_rest)
    statement = compose([part])
    return [(rest, value, list(sums)) for _, _, rest, value, _, sums in database.query(statement.sql, statement.params)]


@pytest.mark.parametrize("numbers", [(10, 11, 7000, 11), (14, 16, 90_001, 15), (125, 300, 5_000_000, 99)])
def test_sql_and_python_round_alike(database, numbers):
    visitors, visits, milliseconds, engaged = numbers
    expected = [
        rounding.shown(visitors, visitors),
        rounding.shown(visits, visitors),
        rounding.weighted(milliseconds, engaged, visitors),
        rounding.shown(engaged, visitors),
    ]

    assert [(False, "FR", expected)] == rows(database, ("FR", *numbers))


def test_nothing_leaves_the_database_about_few_visitors_but_that_there_are_some(database):
    cells = [("FR", 20, 20, 0, 0), ("DE", 9, 90, 0, 0)]

    assert [(False, "FR", [20, 20, 0, 0]), (True, "", [0])] == rows(database, *cells, has_rest=True)


def test_the_rest_is_a_cell_of_its_own(database):
    cells = [("FR", 20, 20, 0, 0), ("DE", 9, 90, 0, 0), ("BE", 8, 8, 0, 0)]

    assert [(False, "FR", [20, 20, 0, 0]), (True, "", [20])] == rows(database, *cells, has_rest=True)
    assert [(False, "FR", [20, 20, 0, 0])] == rows(database, *cells)
