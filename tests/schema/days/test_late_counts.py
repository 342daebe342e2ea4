"""Counts that are added to those of a final day; when this happens is for test_closing.py."""

from datetime import date
from typing import Any

import pytest

from schema.days import late_counts
from schema.days.counts import mark
from schema.days.rolled_days import RolledDay
from schema.measures import goals
from schema.measures.goals import Goal
from schema.stores.database import Database
from tests.factories import FAR_AHEAD, an_event, store, views

DAY = date(2026, 3, 10)
KEY = (1, DAY)
SIGNUP, OTHER = goals.new(1, event_name="Signup"), goals.new(1, event_name="Other")


def added(database: Database, *its_goals: Goal, version: int, props: frozenset[str] = frozenset()) -> None:
    rolled = RolledDay("Europe/Paris", goals=frozenset({mark(SIGNUP)}), props=props)
    late_counts.add(database, KEY, rolled=rolled, goals=its_goals, last_day=FAR_AHEAD, version=version)


def counts(database: Database, dimension: str = "") -> list[tuple[Any, ...]]:
    rows = database.query(
        "select value, visitors, pageviews from daily_events final where dimension = {dimension:String} order by value",
        {"dimension": dimension},
    )
    return [tuple(row) for row in rows]


def test_counts_add_up_by_value(database: Database) -> None:
    for number, path in enumerate(("/a", "/b", "/a"), start=1):
        database.command("truncate table events")
        store(database, views(path, visitor_id=2**63 + number))
        assert number == late_counts.next_version(database, KEY)
        added(database, version=number)

    assert [("", 3, 3)] == counts(database)
    assert [("/a", 2, 2), ("/b", 1, 1)] == counts(database, "event:page")


def test_adding_again_under_the_same_version_changes_nothing(database: Database) -> None:
    store(database, views("/a", visitor_id=2**63))
    for _ in range(2):
        added(database, version=1)

    assert [("", 1, 1)] == counts(database)


def test_rows_of_the_former_closing_are_counted_already(database: Database) -> None:
    ordinal = ((DAY - date(1970, 1, 1)).days << 32) + 1
    store(database, [*views("/a", visitor_id=ordinal), *views("/b", visitor_id=2**63)])
    added(database, version=1)

    assert [("/b", 1, 1)] == counts(database, "event:page")


@pytest.mark.parametrize(
    ("name", "counted"),
    [
        pytest.param("Signup", 1, id="a goal that the day has"),
        pytest.param("Other", 0, id="one that it lacks: the earlier events can't be counted any more"),
    ],
)
def test_only_goals_of_the_day_are_added(database: Database, name: str, counted: int) -> None:
    store(database, [an_event(name=name, visitor_id=2**63)])
    added(database, SIGNUP, OTHER, version=1)

    assert counted == len(counts(database, "event:goal"))


def test_no_table_is_left(database: Database) -> None:
    store(database, views("/a", visitor_id=2**63))
    added(database, version=1)
    late_counts.clear(database)

    assert [] == list(database.query("select name from system.tables where name like 'late_%'"))
