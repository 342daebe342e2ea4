"""A month is counted like one long day."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schema.days.counts import EVENT_DIMENSIONS, VISIT_DIMENSIONS, DayScope, events_sql, mark, visits_sql
from schema.days.local_day import day_start, month_end
from schema.days.months import RolledMonth
from schema.days.rolled_days import RolledDays
from schema.days.rollups import Rollups
from schema.measures import goals
from schema.records.event import Record
from schema.sites import sites
from schema.sites.purge import TABLES
from schema.stores.control import Control
from schema.stores.database import Database
from tests.factories import a_visit, an_event, store, views
from tests.schema.traffic import Traffic

SIGNUP = goals.new(1, event_name="Signup")
READ = goals.new(1, page_path="/**", scroll_threshold=60)
GOALS = (SIGNUP, READ)
MARCH, APRIL, MAY = (date(2026, number, 1) for number in (3, 4, 5))
_DAY = timedelta(days=1)


class Books:
    """One site, whose days and months are counted."""

    def __init__(self, control: Control, database: Database, *, zone: str = "Europe/Paris") -> None:
        for table in TABLES:
            database.command(f"truncate table {table}")
        control.rows("delete from sites")
        self.control, self.database = control, database
        self.site = sites.add(control, "example.org", timezone=zone, now=time.time())
        self.now = datetime(2026, 6, 3, 12, tzinfo=UTC)
        self.rollups = Rollups(control, database, clock=lambda: self.now.timestamp())  # noqa: PLW0108 - now changes

    def write(self, records: list[Record]) -> None:
        days = {
            (self.site.id, date(1970, 1, 1) + timedelta(days=day))
            for record in records
            for day in (record.event.day, record.visit.day)
        }
        with self.rollups.changing(days):
            store(self.database, records)

    def count_days(self, *counted: goals.Goal) -> None:
        self.rollups.look(self.site)
        for day in self.rollups.due(self.site, counted):
            assert self.rollups.count(self.site, day, counted)

    def count(self, *counted: goals.Goal) -> list[date]:
        """Count what is due, and return the months."""
        self.count_days(*counted)
        months = self.rollups.due_months(self.site)
        assert [self.rollups.count_month(self.site, month) for month in months] == [True] * len(months)
        return months

    def rolled(self) -> RolledDays:
        return self.rollups.of_site(self.site.id, self.site.zone)

    def usable(self, first: date = date.min, last: date = date.max) -> tuple[date, ...]:
        return self.rolled().whole_months(first, last, lambda _: True)

    def month(self, table: str, month: date) -> list[dict[str, Any]]:
        return self._rows(f"select * from monthly_{table} final where day = {{day:Date}}", {"day": month})

    def long_day(self, table: str, month: date) -> list[dict[str, Any]]:
        """Return a month counted from events and visits, by the statement for a day."""
        scope = DayScope(self.site.id, month, self.site.zone, day_start(month_end(month) + _DAY, self.site.zone))
        if table == "events":
            sql = events_sql(EVENT_DIMENSIONS, has_props=True, has_goals=True)
            parameters = scope.event_parameters(props=["plan", "ref"], goals=GOALS)
        else:
            sql, parameters = visits_sql(VISIT_DIMENSIONS), scope.parameters()
        assert "{day:Date} + 2" in sql
        return self._rows(sql.replace("{day:Date} + 2", "{day:Date} + 33"), parameters | {"last_day": month})

    def _rows(self, sql: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the rows of counts, without what a long day has otherwise."""
        names = [
            row[0]
            for row in self.database.query(
                "select name from system.columns where database = currentDatabase() and table = {table:String}"
                " and name not in ('version', 'expires')",
                {"table": "daily_visits" if "started_visits" in sql or "monthly_visits" in sql else "daily_events"},
            )
        ]
        rows = self.database.query(f"select {', '.join(names)} from (\n{sql}\n) order by dimension, value", parameters)
        return [dict(zip(names, row, strict=True)) for row in rows]


@pytest.fixture
def books(tmp_path, engine) -> Iterator[Books]:
    """Provide a site with a visit on a day of each of three months; now is the third of the next one."""
    control = Control(tmp_path / "control.db", now=time.time())
    books = Books(control, engine)
    for number, month in enumerate((MARCH, APRIL, MAY), start=1):
        books.write(views("/", visitor_id=number, start=f"{month + 9 * _DAY} 12:00"))
    yield books
    control.close()


@settings(max_examples=3, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    zone=st.sampled_from(["Europe/Paris", "America/Santiago", "Asia/Kolkata", "Australia/Lord_Howe"]),
    month=st.sampled_from([date(2026, 3, 1), date(2026, 4, 1), date(2026, 9, 1), date(2026, 10, 1)]),
    seed=st.integers(0, 10_000),
)
def test_a_month_is_counted_like_one_long_day(tmp_path_factory, engine, zone, month, seed):
    control = Control(tmp_path_factory.mktemp("months") / "control.db", now=time.time())
    books = Books(control, engine, zone=zone)
    first, last = month - 3 * _DAY, month_end(month) + 2 * _DAY
    books.now = day_start(last + _DAY, books.site.zone)
    days = (last - first).days + 1
    books.write(Traffic(books.site.id, books.site.zone, first, days, seed).records())
    books.write([*across(books, month, 1), *across(books, month_end(month) + _DAY, 2)])
    books.write([with_props(books, first + number * _DAY) for number in range(days)])
    books.count(*GOALS)
    control.close()

    for table in ("events", "visits"):
        assert books.long_day(table, month) == books.month(table, month) != []


def with_props(books: Books, day: date) -> Record:
    """Return an event at noon with properties: a month has those that all its days have."""
    noon = day_start(day, books.site.zone) + timedelta(hours=12)
    visit = a_visit(site_id=books.site.id, zone=books.site.zone, visitor_id=900 + day.toordinal(), start=noon)
    return an_event(visit, zone=books.site.zone, props={"plan": "free", "ref": "/a"})


def across(books: Books, month: date, number: int) -> list[Record]:
    """Return a visit of which each page is seen before and after the start of a month."""
    midnight = day_start(month, books.site.zone)
    start, last = midnight - timedelta(minutes=10), midnight + timedelta(minutes=10)
    visit = a_visit(site_id=books.site.id, visitor_id=number, visit_id=number, zone=books.site.zone, start=start,
                    last=last, pageviews=2, events=2, is_bounce=False)  # fmt: skip
    return [
        an_event(visit, time=moment, zone=books.site.zone, position=position, path="/a", name=name, scroll_depth=depth)
        for position, (moment, name, depth) in enumerate(
            [(start, "pageview", 255), (start, "engagement", 60), (last, "pageview", 255), (last, "engagement", 90)],
            start=1,
        )
    ]


def test_months_that_are_over_are_due_the_latest_first(books):
    books.count_days()

    assert books.rollups.due_months(books.site) == [MAY, APRIL, MARCH]


@pytest.mark.parametrize(
    ("now", "is_due"),
    [
        pytest.param(datetime(2026, 5, 31, 21, tzinfo=UTC), False, id="on its last day"),
        pytest.param(datetime(2026, 5, 31, 22, 36, tzinfo=UTC), True, id="when its last day is counted"),
    ],
)
def test_a_month_is_due_when_its_last_day_is_counted(books, now, is_due):
    books.now = now
    books.count_days()

    assert is_due is (MAY in books.rollups.due_months(books.site))


def test_a_month_is_not_due_before_all_its_days_are_counted(books):
    books.count_days()
    books.rollups.forget(books.site.id, date(2026, 4, 30), date(2026, 4, 30))

    assert books.rollups.due_months(books.site) == [MAY, MARCH]


def test_a_month_with_a_day_that_does_not_add_up_is_not_due(books):
    books.write([an_event(a_visit(visitor_id=7, start="2026-04-10 12:00", last="2026-04-12 01:00"))])

    assert books.count() == [MAY, MARCH]


def test_what_is_counted_is_not_due(books):
    assert books.count() == [MAY, APRIL, MARCH]
    assert books.count() == []
    assert books.usable() == (MARCH, APRIL, MAY)


def test_months_are_known_after_a_restart(books):
    books.count(SIGNUP)
    before = books.rolled().months
    books.rollups = Rollups(books.control, books.database, clock=books.now.timestamp)

    assert before == books.rolled().months
    assert before[MARCH].goals == {mark(SIGNUP)}


def test_counting_a_month_twice_changes_nothing(books):
    books.count()
    before = [books.month(table, MARCH) for table in ("events", "visits")]
    books.rollups.forget(books.site.id, MARCH, month_end(MARCH))

    assert books.count() == [MARCH]
    assert before == [books.month(table, MARCH) for table in ("events", "visits")]


def test_a_value_that_vanishes_has_zeros(books):
    books.count()
    books.database.command("truncate table events")
    books.write(views("/new", start="2026-03-20 12:00"))
    books.rollups.forget(books.site.id, MARCH, month_end(MARCH))
    books.count()

    pages = [row for row in books.month("events", MARCH) if row["dimension"] == "event:page"]
    assert {row["value"]: row["visitors"] for row in pages} == {"/": 0, "/new": 1}


@pytest.mark.parametrize(
    ("touched", "usable"),
    [
        pytest.param(date(2026, 4, 10), (MARCH, MAY), id="a day of it"),
        pytest.param(date(2026, 4, 30), (MARCH,), id="its last day, and so the first of the next"),
        pytest.param(date(2026, 3, 31), (MAY,), id="the last day of the month before"),
        pytest.param(date(2026, 6, 2), (MARCH, APRIL, MAY), id="a day of no month that is over"),
        pytest.param(date(2026, 3, 5), (APRIL, MAY), id="a day before the first one"),
        pytest.param(date(2026, 2, 5), (APRIL, MAY), id="a day of a month before the first one"),
    ],
)
def test_a_month_with_a_changed_day_is_not_used_until_it_is_counted_again(books, touched, usable):
    books.count()
    before = books.usable()
    with books.rollups.changing([(books.site.id, touched)]):
        reopened = Rollups(books.control, books.database, clock=books.now.timestamp)
        assert (
            reopened.of_site(books.site.id, books.site.zone).whole_months(date.min, date.max, lambda _: True) == usable
        )

    assert books.usable() == usable
    assert set(books.count()) >= set(before) - set(usable)
    assert set(books.usable()) >= set(before)


@pytest.mark.parametrize("is_other_process", [False, True], ids=["by this process", "by another process"])
def test_a_month_whose_day_changes_while_it_is_counted_is_not_counted(books, monkeypatch, is_other_process):
    books.count_days()
    rollups = Rollups(books.control, books.database, clock=books.now.timestamp) if is_other_process else books.rollups
    derive = books.database.derive

    def interrupted(sql, parameters):
        derive(sql, parameters)
        rollups.forget(books.site.id, MARCH + 9 * _DAY, MARCH + 9 * _DAY)

    monkeypatch.setattr(books.database, "derive", interrupted)

    assert books.rollups.count_month(books.site, MARCH) is False
    monkeypatch.undo()
    books.rollups.reload()
    assert books.usable() == ()


def test_a_month_of_a_removed_site_is_not_counted(books):
    books.count_days()
    books.control.rows("delete from sites")

    assert books.rollups.count_month(books.site, MARCH) is False


def test_months_of_another_zone_are_counted_again(books):
    books.count()
    books.site = sites.change(books.control, books.site, timezone="Asia/Kolkata", now=time.time())

    assert books.usable() == ()
    assert books.rollups.due_months(books.site) == []
    assert books.count() == [MAY, APRIL, MARCH]
    assert books.usable() == (MARCH, APRIL, MAY)


def test_a_month_has_the_goals_and_properties_that_all_its_days_have(books):
    records = []
    for number in range(1, 31):
        props = {"plan": "pro"} | ({"ref": "/a"} if number == 7 else {})
        records.append(an_event(a_visit(visitor_id=100 + number, start=f"2026-04-{number:02} 12:00"), props=props))
    books.write(records)
    books.count_days(READ)
    for day in (APRIL, APRIL + _DAY):
        assert books.rollups.count(books.site, day, GOALS)
    books.rollups.count_month(books.site, APRIL)

    assert books.rolled().months[APRIL] == RolledMonth(
        "Europe/Paris", frozenset({mark(READ)}), frozenset({"plan"}), books.rolled().months[APRIL].expires
    )
    written = {(row["dimension"], row["value"]) for row in books.month("events", APRIL)}
    assert ("event:props:plan", "pro") in written
    assert {"event:goal", "event:props:ref"}.isdisjoint({dimension for dimension, _value in written})


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        pytest.param(MARCH, date(2026, 5, 31), (MARCH, APRIL, MAY), id="from the first to the last"),
        pytest.param(MARCH + _DAY, date(2026, 5, 30), (APRIL,), id="from the second to the last but one"),
        pytest.param(date(2026, 4, 2), date(2026, 4, 30), (), id="less than a month"),
        pytest.param(MAY, date(2026, 7, 31), (MAY,), id="to a day that is to come"),
    ],
)
def test_whole_months_of_a_period_are_used(books, first, last, months):
    books.count()

    assert months == books.usable(first, last)


def test_a_month_without_what_is_wanted_is_not_used(books):
    books.count()

    assert books.rolled().whole_months(MARCH, MAY, lambda month: bool(month.goals)) == ()


def test_a_month_is_not_used_once_its_first_day_expires(books):
    books.count()
    expires = books.rolled().months[MARCH].expires
    kept = RolledDays("Europe/Paris", expires - _DAY, {}, books.rolled().months)
    gone = RolledDays("Europe/Paris", expires, {}, books.rolled().months)

    assert expires > MARCH
    assert MARCH in kept.whole_months(date.min, date.max, lambda _: True)
    assert MARCH not in gone.whole_months(date.min, date.max, lambda _: True)


def test_a_month_without_visits_never_expires(books):
    books.write(views("/", visitor_id=50, start="2026-01-20 12:00"))
    books.count()

    assert books.rolled().months[date(2026, 2, 1)].expires == date.max
