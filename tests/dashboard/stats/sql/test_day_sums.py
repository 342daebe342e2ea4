from datetime import date
from typing import Any

import pytest

from dashboard.stats.answer.day_sums import Column
from dashboard.stats.model.metrics import Table
from dashboard.stats.sql.day_sums import Days, Top, Uncounted, compose
from schema.days.counts import DayScope
from tests.factories import PARIS, store, views

PAGE = "event:page"
COLUMNS = {"visitors": Column("visitors", on_later="visitors_again"), "visits": Column("visits")}
NO_DAY = date(1970, 1, 1)
# Page, day of March, visitors, and visitors who saw it the day before, too.
COUNTS = (("/", 26, 10, 4), ("/", 27, 20, 5), ("/a", 26, 3, 0), ("/a", 27, 4, 1), ("/b", 27, 1, 0))


def march(day: int) -> date:
    return date(2026, 3, day)


@pytest.fixture
def counted(database):
    """Provide a database with the counts of three pages on two days."""
    columns: dict[str, list[Any]] = {
        "site_id": [1] * len(COUNTS),
        "dimension": [PAGE] * len(COUNTS),
        "value": [page for page, *_ in COUNTS],
        "day": [march(day) for _, day, *_ in COUNTS],
        "version": [1] * len(COUNTS),
        "visitors": [visitors for *_, visitors, _ in COUNTS],
        "visitors_again": [again for *_, again in COUNTS],
        "visits": [visitors for *_, visitors, _ in COUNTS],
        "expires": [date(2100, 1, 1)] * len(COUNTS),
    }
    database.insert("daily_events", columns, token="counts")
    return database


def rows(database: Any, *parts: Days | Top | Uncounted, missing: tuple[date, ...] = ()) -> list[tuple[Any, ...]]:
    statement = compose(parts, missing)
    return sorted((*row[:4], list(row[4])) for row in database.query(statement.sql, statement.params))


def days(**changes: Any) -> Days:
    fields = {"contents": ("/",), "spans": ((march(26), march(27)),), "names": ("visitors", "visitors_again")}
    return Days(**{"table": Table.EVENTS, "site_id": 1, "dimension": PAGE, **fields, **changes})


def top(**changes: Any) -> Top:
    fields = {"span": (march(26), march(27)), "columns": COLUMNS, "order": (("visitors", True),), "most": 2}
    return Top(**{"table": Table.EVENTS, "site_id": 1, "dimensions": (PAGE,), **fields, **changes})


@pytest.mark.parametrize(
    ("part", "missing", "answer"),
    [
        pytest.param(days(), (), [("/", 26, [10, 4]), ("/", 27, [20, 5])], id="every day of a value"),
        pytest.param(days(), (march(27),), [("/", 26, [10, 4])], id="without a day that is missing"),
        pytest.param(days(spans=((march(27), march(30)),)), (), [("/", 27, [20, 5])], id="of a span"),
        pytest.param(
            days(spans=((march(26), march(26)), (march(27), march(27)))),
            (),
            [("/", 26, [10, 4]), ("/", 27, [20, 5])],
            id="of two spans",
        ),
        pytest.param(days(contents=("/'); drop",)), (), [], id="of a value that looks like SQL"),
        pytest.param(days(site_id=2), (), [], id="of another site"),
        pytest.param(
            days(contents=None, names=("visitors",), most=1), (), [("/", 26, [10]), ("/", 27, [20])], id="the highest"
        ),
    ],
)
def test_days_are_read_one_by_one(counted, part, missing, answer):
    expected = [(0, "", value, march(day), numbers) for value, day, numbers in answer]

    assert expected == rows(counted, part, missing=missing)


@pytest.mark.parametrize(
    ("part", "missing", "answer"),
    [
        pytest.param(top(), (), [("/", [25, 30]), ("/a", [6, 7])], id="the highest of two days"),
        pytest.param(top(most=1), (), [("/", [25, 30])], id="only one"),
        pytest.param(top(order=(("visitors", False),), most=1), (), [("/b", [1, 1])], id="the lowest"),
        pytest.param(top(order=(("", False),), most=1), (), [("/", [25, 30])], id="the first by name"),
        pytest.param(top(order=(("", True),), most=1), (), [("/b", [1, 1])], id="the last by name"),
        pytest.param(top(most=1, counts_rows=True), (), [("/", [25, 30, 3])], id="with the number of values"),
        pytest.param(top(contents=("/b", "/c")), (), [("/b", [1, 1])], id="some values"),
        pytest.param(top(contents=("/'); drop",)), (), [], id="a value that looks like SQL"),
        pytest.param(top(), (march(27),), [("/", [10, 10]), ("/a", [3, 3])], id="without a day that is missing"),
        pytest.param(top(span=(march(27), march(27))), (), [("/", [20, 20]), ("/a", [4, 4])], id="of one day"),
        pytest.param(
            top(columns={"visitors": Column("visitors", on_first="visitors_again"), "visits": Column("visits")}),
            (),
            [("/", [34, 30]), ("/a", [7, 7])],
            id="with more on the first day",
        ),
        pytest.param(top(site_id=2), (), [], id="of another site"),
        pytest.param(top(dimensions=("event:hostname",)), (), [], id="of another dimension"),
    ],
)
def test_the_highest_values_are_added_up(counted, part, missing, answer):
    expected = [(0, PAGE, value, NO_DAY, numbers) for value, numbers in answer]

    assert expected == rows(counted, part, missing=missing)


def test_a_day_without_counts_is_counted_from_its_events(database):
    store(database, [*views("/", "/a", start="2026-03-26 12:00"), *views("/a", start="2026-03-26 13:00")])
    part = Uncounted(Table.EVENTS, DayScope(1, march(26), PARIS), (PAGE,), (), ("visitors", "pageviews"))

    assert [(0, PAGE, "/", march(26), [1, 1]), (0, PAGE, "/a", march(26), [2, 2])] == rows(database, part)


def test_parts_of_one_statement_are_numbered(counted):
    answer = rows(counted, days(names=("visitors", "visits")), top(most=1), days(contents=("/b",)))

    assert [0, 0, 1, 2] == [number for number, *_ in answer]
