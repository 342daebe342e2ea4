"""Which days are counted; that the counts are right is for tests/dashboard/stats/sql/test_from_counts.py."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schema.days.rolled_days import RolledDay
from schema.days.rollups import DayClosingError, Rollups
from schema.measures import goals
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database
from tests.factories import a_visit, an_event, store, views

DAY = date(2026, 3, 10)
YESTERDAY, TOMORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)


class Books:
    """One site, and what is counted of it."""

    def __init__(self, control: Control, database: Database) -> None:
        self.control, self.database = control, database
        self.site: Site = sites.add(control, "example.org", timezone="Europe/Paris", now=time.time())
        self.now = datetime(2026, 3, 12, 12, tzinfo=UTC)
        self.rollups = self.opened()

    def opened(self) -> Rollups:
        return Rollups(self.control, self.database, clock=lambda: self.now.timestamp())  # noqa: PLW0108 - now changes

    def due(self, *wanted: goals.Goal) -> list[date]:
        self.rollups.look(self.site)
        return self.rollups.due(self.site, wanted)

    def count(self, *wanted: goals.Goal) -> None:
        for day in self.due(*wanted):
            assert self.rollups.count(self.site, day, wanted)

    def days(self) -> dict[date, RolledDay]:
        return dict(self.rollups.of_site(self.site.id, self.site.zone).days)

    def rows(self, table: str, **where: Any) -> list[Any]:
        conditions = " and ".join(f"{name} = {{{name}:String}}" for name in where)
        columns = {"daily_events": "value, visitors, events", "daily_visits": "value, started_visits, ended_visits"}
        sql = f"select {columns[table]} from {table} final where {conditions} order by value"
        return [tuple(row) for row in self.database.query(sql, where)]


@pytest.fixture
def books(tmp_path, database) -> Iterator[Books]:
    """Give a site with a visit at noon of the 10th; now is noon of the 12th."""
    control = Control(tmp_path / "control.db", now=time.time())
    store(database, views("/", "/b", source="Google", start="2026-03-10 12:00"))
    yield Books(control, database)
    control.close()


def test_days_that_are_over_are_due_the_latest_first(books):
    assert books.due() == [date(2026, 3, 11), DAY]


@pytest.mark.parametrize(
    ("now", "is_due"),
    [
        pytest.param(datetime(2026, 3, 11, 23, 34, tzinfo=UTC), False, id="half an hour after midnight"),
        pytest.param(datetime(2026, 3, 11, 23, 35, tzinfo=UTC), True, id="when visits have ended"),
    ],
)
def test_a_day_settles_before_it_is_counted(books, now, is_due):
    books.now = now

    assert is_due is (date(2026, 3, 11) in books.due())


def test_a_site_without_events_has_no_days(books, database):
    database.command("truncate table events")
    database.command("truncate table visits")

    assert books.due() == []


def test_what_is_counted_is_not_due(books):
    books.count()

    assert books.due() == []
    assert books.days()[DAY].zone == "Europe/Paris"
    assert books.days()[DAY].is_exact


def test_counts_have_a_row_for_each_value(books):
    books.count()

    assert books.rows("daily_events", dimension="event:page", day="2026-03-10") == [("/", 1, 1), ("/b", 1, 1)]
    assert books.rows("daily_visits", dimension="visit:source", day="2026-03-10") == [("Google", 1, 1)]
    assert books.rows("daily_visits", dimension="", day="2026-03-11") == []


def test_a_day_on_which_nobody_came_is_counted_without_an_insert(books, monkeypatch):
    """A site may have years of them; one that a visit only reaches into is none."""
    store(books.database, [a_visit(visitor_id=5, start="2026-03-06 22:50", last="2026-03-06 23:10")])
    derive, filled = books.database.derive, set()

    def noted(sql, parameters):
        filled.add(parameters["day"])
        derive(sql, parameters)

    monkeypatch.setattr(books.database, "derive", noted)
    books.count()

    assert filled == {date(2026, 3, day) for day in (6, 7, 10)}
    assert books.days()[YESTERDAY] == RolledDay("Europe/Paris", is_exact=True)


def test_what_was_counted_is_known_after_a_restart(books):
    books.count()
    before = books.days()
    books.rollups = books.opened()

    assert before == books.days()


def test_counting_twice_changes_nothing(books):
    books.count()
    before = books.rows("daily_events", day="2026-03-10")
    books.now += timedelta(minutes=1)
    books.rollups.forget(books.site.id, date.min, date.max)
    books.count()

    assert before == books.rows("daily_events", day="2026-03-10")


def test_a_value_that_vanishes_has_a_row_of_zeros(books, database):
    books.count()
    database.command("truncate table events")
    store(database, views("/new", start="2026-03-10 12:00"))
    books.now += timedelta(minutes=1)
    books.rollups.forget(books.site.id, DAY, DAY)
    books.count()

    assert books.rows("daily_events", dimension="event:page", day="2026-03-10") == [
        ("/", 0, 0),
        ("/b", 0, 0),
        ("/new", 1, 1),
    ]


@pytest.mark.parametrize(
    ("touched", "due"),
    [
        pytest.param(DAY, [date(2026, 3, 11), DAY], id="a day, and the one after that counts what was there before"),
        pytest.param(date(2026, 3, 11), [date(2026, 3, 11)], id="the last one that is over"),
        pytest.param(date(2026, 3, 12), [], id="today"),
        pytest.param(date(2026, 3, 7), [date(2026, 3, day) for day in (9, 8, 7)], id="before the first one"),
    ],
)
def test_a_day_that_changes_is_due_again(books, touched, due):
    books.count()
    with books.rollups.changing([(books.site.id, touched)]):
        pass

    assert due == books.due()


def test_what_changes_is_on_the_disk_before_the_first_row(books):
    books.count()
    with books.rollups.changing([(books.site.id, DAY)]):
        assert books.opened().of_site(books.site.id, books.site.zone).days[DAY] == RolledDay()


def test_a_day_is_not_counted_while_it_changes(books):
    books.due()
    with books.rollups.changing([(books.site.id, DAY)]):
        assert books.rollups.count(books.site, DAY) is False

    assert DAY in books.due()
    assert books.rollups.count(books.site, DAY) is True


def test_a_day_that_changes_while_it_is_counted_is_not_counted(books, monkeypatch):
    books.due()
    derive = books.database.derive

    def interrupted(sql, parameters):
        with books.rollups.changing([(books.site.id, DAY)]):
            derive(sql, parameters)

    monkeypatch.setattr(books.database, "derive", interrupted)

    assert books.rollups.count(books.site, DAY) is False


def test_an_insert_that_fails_leaves_the_day_due(books):
    books.count()
    with pytest.raises(OSError), books.rollups.changing([(books.site.id, DAY)]):  # noqa: PT011
        raise OSError

    assert DAY in books.due()


def test_another_site_is_not_touched(books):
    other = sites.add(books.control, "other.example", timezone="UTC", now=time.time())
    books.count()
    with books.rollups.changing([(other.id, DAY)]):
        pass

    assert books.due() == []


def test_days_of_another_zone_are_due(books):
    books.count()
    books.site = sites.change(books.control, books.site, timezone="Asia/Kolkata", now=time.time())

    assert DAY in books.due()


def test_days_without_a_goal_are_due(books):
    books.count()

    assert DAY in books.due(goals.new(1, event_name="Signup"))


def test_a_goal_that_is_only_named_differently_is_the_same(books):
    books.count(goals.new(1, event_name="Signup"))

    assert books.due(goals.new(1, event_name="Signup", display_name="Other", currency="EUR")) == []


@pytest.mark.parametrize(
    ("start", "last", "visitor_id"),
    [
        pytest.param("2026-03-10 12:00", "2026-03-12 01:00", 1, id="a visit in three days"),
        pytest.param("2026-03-09 12:00", "2026-03-09 12:00", 77, id="a number of two days"),
    ],
)
def test_what_does_not_add_up_is_not_exact(books, start, last, visitor_id):
    store(books.database, [a_visit(visitor_id=77, start="2026-03-10 09:00")])
    store(books.database, [a_visit(visitor_id=visitor_id, start=start, last=last)])
    books.count()

    assert books.days()[DAY].is_exact is False


def test_a_key_with_too_many_values_is_not_counted(books, monkeypatch):
    monkeypatch.setattr("schema.days.rollups.MAX_PROP_VALUES", 2)
    visit = a_visit(start="2026-03-10 12:00")
    store(books.database, [an_event(visit, props={"many": str(number), "few": "x"}) for number in range(3)])
    books.count()

    assert books.days()[DAY].props == frozenset({"few"})


def test_a_site_that_is_removed_takes_its_days_along(books):
    books.count()
    books.control.rows("delete from sites")
    with books.rollups.changing([(books.site.id, DAY)]):
        pass
    books.rollups.reload()

    assert books.days() == {}


@pytest.mark.parametrize(
    ("first", "last", "missing"),
    [
        pytest.param(DAY, DAY, [], id="counted"),
        pytest.param(YESTERDAY, DAY, [], id="before the first event there is nothing"),
        pytest.param(DAY, date(2026, 3, 12), [date(2026, 3, 12)], id="today"),
        pytest.param(DAY, date(2026, 3, 31), [date(2026, 3, 12)], id="what is to come is empty"),
    ],
)
def test_days_are_missing(books, first, last, missing):
    books.count()

    assert missing == books.rollups.of_site(books.site.id, ZoneInfo("Europe/Paris")).missing(
        first, last, lambda _: True
    )


def test_days_that_lack_something_are_missing(books):
    books.count()
    rolled = books.rollups.of_site(books.site.id, books.site.zone)

    assert rolled.missing(DAY, DAY, lambda day: bool(day.goals)) == [DAY]


def test_a_snapshot_waits_until_nothing_changes_and_keeps_writers_waiting(books, monkeypatch):
    monkeypatch.setattr("schema.days.rollups.WAIT_S", 0)
    with books.rollups.changing([(books.site.id, DAY)]), pytest.raises(DayClosingError), books.rollups.still():
        raise AssertionError("a writer was still writing")
    with books.rollups.closing([(books.site.id, DAY)]), pytest.raises(DayClosingError), books.rollups.still():
        raise AssertionError("a day was still being closed")
    began = threading.Event()

    def write() -> None:
        with books.rollups.changing([(books.site.id, DAY)]):
            began.set()

    writer = threading.Thread(target=write)
    with books.rollups.still():
        writer.start()
        assert not began.wait(0.05)
    writer.join()
    assert began.is_set()
