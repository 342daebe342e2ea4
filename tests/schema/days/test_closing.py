"""What closing does to rows and counts, and that it can stop anywhere and go on."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema.days.closing import Closing, batches
from schema.days.local_day import SiteDay, date_of
from schema.days.rolled_days import RolledDays
from schema.days.rollups import DayClosingError, Rollups
from schema.measures import goals
from schema.privacy import profile
from schema.privacy.forgetting import Visitor, find
from schema.privacy.profile import Privacy
from schema.records.event import Record
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database
from tests.factories import a_visit, an_event, store, views
from tests.schema.traffic import Traffic

DAY = date(2026, 3, 10)
NEXT = DAY + timedelta(days=1)
TABLES = ("events", "visits", "daily_events", "daily_visits")
EXEMPT = Privacy(profile=profile.EXEMPT, retention_months=13)
ZONES = ["Europe/Paris", "Asia/Kolkata", "Pacific/Kiritimati", "Australia/Lord_Howe"]
# What reports read from rows: visitors and visits by day, of ranges, by value, in order within a visit.
QUESTIONS = {
    "by day": "select day, uniqExact(visitor_id), uniqExact(visit_id), count() from events group by day order by day",
    "ranges": """
        select   n, uniqExactIf(visitor_id, day <= toDate('2026-03-10') + n),
                 uniqExactIf(visit_id, day > toDate('2026-03-10') + n)
        from     events array join range(5) as n
        group by n
        order by n
    """,
    "pages": "select path, uniqExact(visitor_id), uniqExact(visit_id) from events group by path order by path",
    "visits": """
        select   day, source, uniqExact(visitor_id), count(), sum(pageviews), sum(duration)
        from     visits final
        group by day, source
        order by day, source
    """,
    "both tables": """
        select   day, count(), uniqExact(visitor_id)
        from     events
        where    visit_id in (select visit_id from visits final where source = 'Google')
        group by day
        order by day
    """,
    "journeys": """
        select   steps, count()
        from (
            select   arraySort(groupArray((time, position, path))) as steps
            from     events
            group by visitor_id, visit_id
        )
        group by steps
        order by steps
    """,
    "visitors": """
        select   visits, count()
        from     (select uniqExact(visit_id) as visits from events group by visitor_id)
        group by visits
        order by visits
    """,
}


class House:
    """One site, its counts, and what closes its days."""

    def __init__(self, control: Control, database: Database, *, privacy: Privacy = profile.DEFAULT, zone: str) -> None:
        self.control, self.database = control, database
        self.site: Site = sites.add(control, "example.org", timezone=zone, now=time.time(), privacy=privacy)
        self.now = datetime(2026, 3, 20, 12, tzinfo=UTC)
        self.held: set[SiteDay] = set()
        self.restart()

    def restart(self) -> None:
        """Open the parts like after a crash: what they knew in memory is lost."""
        self.rollups = Rollups(self.control, self.database, clock=self.clock)
        self.closing = Closing(self.rollups, self.control, self.database, clock=self.clock, held=lambda: self.held)

    def clock(self) -> float:
        return self.now.timestamp()

    def write(self, records: list[Record]) -> None:
        """Store rows like a flush."""
        days = {(self.site.id, date_of(day)) for record in records for day in (record.event.day, record.visit.day)}
        with self.rollups.changing(days):
            store(self.database, records)

    def count(self) -> None:
        self.rollups.look(self.site)
        own_goals = goals.list_all(self.control, self.site.id)
        for day in self.rollups.due(self.site, own_goals):
            self.rollups.count(self.site, day, own_goals)

    def round(self) -> int:
        """Do what the job does in a round. Returns the number of closed days."""
        self.closing.resume()
        self.count()
        closed = self.closing.close(self.site)
        self.closing.sweep()
        return closed

    def answers(self) -> dict[str, list[Any]]:
        return {name: [tuple(row) for row in self.database.query(sql)] for name, sql in QUESTIONS.items()}

    def daily(self) -> dict[str, list[Any]]:
        """Return the daily counts without zeros and versions."""
        answers = {}
        for table in ("daily_events", "daily_visits"):
            names = ", ".join(name for name in self.database.columns(table) if name not in ("version", "expires"))
            rows = self.database.query(f"select {names} from {table} final order by dimension, value, day")
            answers[table] = [tuple(row) for row in rows if any(row[4:])]
        return answers

    def hashed(self) -> int:
        """Return how many rows have numbers that are not ordinals of a day."""
        upper = "bitShiftRight(visitor_id, 32) > 30000 or bitShiftRight(visit_id, 32) > 30000"
        return sum(int(self.database.query(f"select countIf({upper}) from {table}")[0][0]) for table in TABLES[:2])

    def rows(self) -> int:
        return sum(int(self.database.query(f"select count() from {table}")[0][0]) for table in TABLES[:2])

    def visitors(self, day: date) -> int:
        """Return the visitors of a day by its counts."""
        sql = (
            "select visitors from daily_events final where dimension = '' and value = '' and day = {day:Date}"
            " and site_id = {site:UInt32}"
        )
        return int(self.database.query(sql, {"day": day, "site": self.site.id})[0][0])

    def of_site(self) -> RolledDays:
        return self.rollups.of_site(self.site.id, self.site.zone)


@pytest.fixture
def house(tmp_path: Path, database: Database) -> Iterator[House]:
    """Give a site of the profile `standard` in Paris; now is ten days after DAY."""
    control = Control(tmp_path / "control.db", now=time.time())
    yield House(control, database, zone="Europe/Paris")
    control.close()


@pytest.fixture
def exempt(tmp_path: Path, database: Database) -> Iterator[House]:
    control = Control(tmp_path / "control.db", now=time.time())
    yield House(control, database, zone="Europe/Paris", privacy=EXEMPT)
    control.close()


def a_person(start: datetime | str, *, pages: str = "ab", every_s: int = 60, **changes: Any) -> list[Record]:
    """Return a visit of a visitor with numbers like hashes."""
    numbers = {"visitor_id": next(_hashes), "visit_id": next(_hashes)}
    return views(*(f"/{page}" for page in pages), start=start, every_s=every_s, **numbers | changes)


_hashes = iter(range(2**63, 2**64, 7_777_777_777_777))


def fresh(control: Control, database: Database, zone: str, privacy: Privacy) -> House:
    for table in TABLES:
        database.command(f"truncate table {table}")
    control.rows("delete from sites")
    return House(control, database, zone=zone, privacy=privacy)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), zone=st.sampled_from(ZONES), split=st.integers(1, 5))
def test_ordinals_change_no_answer(control: Control, database: Database, seed: int, zone: str, split: int) -> None:
    house = fresh(control, database, zone, profile.DEFAULT)
    house.write(
        [
            *Traffic(house.site.id, house.site.zone, DAY, 5, seed).records(),
            *a_person("2026-03-10 12:00", site_id=house.site.id),
        ]
    )
    before = house.answers()
    house.now = datetime(2026, 3, 10 + split, 12, tzinfo=UTC)  # close some days first
    house.round()
    between = house.answers()
    house.now = datetime(2026, 3, 20, 12, tzinfo=UTC)
    house.round()

    assert before == between == house.answers()
    assert house.hashed() == 0


def test_the_counts_are_the_same_when_they_are_counted_again(house: House) -> None:
    house.write(Traffic(house.site.id, house.site.zone, DAY, 5, seed=3).records())
    house.round()
    before = house.daily()
    house.rollups.forget(house.site.id, date.min, date.max)
    house.count()

    assert before == house.daily()


class CutError(Exception):
    """The process ends here."""


def cut_after(steps: int, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a number of writes to the stores succeed, and then none."""
    left = steps

    def limited(write: Any) -> Any:
        def step(*arguments: Any, **named: Any) -> Any:
            nonlocal left
            if left == 0:
                raise CutError
            left -= 1
            return write(*arguments, **named)

        return step

    for store_, name in ((house.database, "command"), (house.database, "derive"), (house.control, "write")):
        monkeypatch.setattr(store_, name, limited(getattr(store_, name)))


def closed_after(steps: int, house: House, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Do a round that ends after some steps, and rounds after a restart. True if the first one ended by itself."""
    with monkeypatch.context() as patch:
        cut_after(steps, house, patch)
        is_whole = True
        try:
            house.round()
        except CutError:
            is_whole = False
    house.restart()
    house.round()
    return is_whole


def test_a_closing_that_is_cut_off_anywhere_goes_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.write(Traffic(house.site.id, house.site.zone, DAY, 2, seed=11).records())
    house.count()
    before = house.answers()
    for steps in range(0, 1000, 2):
        is_whole = closed_after(steps, house, monkeypatch)

        assert (before, 0) == (house.answers(), house.hashed()), f"after {steps} steps"
        if is_whole:
            break
        house = again(house)
        house.count()
    assert steps > 20


def again(house: House) -> House:
    """Return the same site from the beginning."""
    renewed = fresh(house.control, house.database, house.site.timezone, house.site.privacy)
    renewed.write(Traffic(renewed.site.id, renewed.site.zone, DAY, 2, seed=11).records())
    return renewed


def test_the_deletion_that_is_cut_off_anywhere_goes_on(exempt: House, monkeypatch: pytest.MonkeyPatch) -> None:
    exempt.write(Traffic(exempt.site.id, exempt.site.zone, DAY, 2, seed=11).records())
    exempt.count()
    before = exempt.daily()
    for steps in range(0, 1000, 4):
        is_whole = closed_after(steps, exempt, monkeypatch)

        assert (0, without_site(before)) == (exempt.rows(), without_site(exempt.daily())), f"after {steps} steps"
        if is_whole:
            break
        exempt = again(exempt)
    assert steps > 20


def without_site(daily: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {table: [row[1:] for row in rows] for table, rows in daily.items()}


def test_late_events_whose_adding_is_cut_off_anywhere_count_once(
    exempt: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for steps in range(0, 1000, 4):
        exempt = fresh(exempt.control, exempt.database, "Europe/Paris", EXEMPT)
        exempt.write(a_person("2026-03-10 12:00", site_id=exempt.site.id))
        exempt.round()
        exempt.write(a_person("2026-03-10 13:00", pages="bc", site_id=exempt.site.id))
        is_whole = closed_after(steps, exempt, monkeypatch)

        assert (0, 2) == (exempt.rows(), exempt.visitors(DAY)), f"after {steps} steps"
        if is_whole:
            break
    assert steps > 20


def test_an_exempt_day_keeps_its_counts_and_no_rows(exempt: House) -> None:
    exempt.write([*a_person("2026-03-10 12:00"), *a_person("2026-03-10 13:00")])
    exempt.count()
    before = exempt.daily()

    assert exempt.round() > 0
    assert (0, before) == (exempt.rows(), exempt.daily())
    assert exempt.of_site().days[DAY].is_final


def test_nothing_counts_a_final_day_again(exempt: House) -> None:
    exempt.write(a_person("2026-03-10 12:00"))
    exempt.round()
    before = exempt.daily()
    exempt.site = sites.change(exempt.control, exempt.site, timezone="Asia/Kolkata", now=time.time())
    goals.add(exempt.control, goals.new(exempt.site.id, event_name="Signup"))
    exempt.rollups.forget(exempt.site.id, date.min, date.max)
    exempt.round()

    assert before == exempt.daily()
    assert exempt.rollups.count(exempt.site, DAY) is False


def test_the_days_show_from_when_a_goal_is_counted(exempt: House) -> None:
    exempt.now = datetime(2026, 3, 11, 12, tzinfo=UTC)
    exempt.write(a_person("2026-03-10 12:00"))
    exempt.round()
    exempt.write(a_person("2026-03-11 12:00"))
    goals.add(exempt.control, goals.new(exempt.site.id, event_name="Signup"))
    exempt.now = datetime(2026, 3, 12, 12, tzinfo=UTC)
    exempt.round()

    assert NEXT == exempt.of_site().countable_from(lambda day: bool(day.goals))
    assert exempt.of_site().countable_from(lambda _day: True) is None
    assert exempt.of_site().missing(DAY, NEXT, lambda day: bool(day.goals)) == []


@pytest.mark.parametrize(
    ("last", "now", "closes"),
    [
        pytest.param("2026-03-10 22:10", "2026-03-10 23:34", False, id="before the day is settled"),
        pytest.param("2026-03-10 22:10", "2026-03-10 23:36", True, id="once it is settled"),
        pytest.param("2026-03-10 23:20", "2026-03-10 23:50", False, id="while a visit carried over midnight may grow"),
        pytest.param("2026-03-10 23:20", "2026-03-10 23:56", True, id="when that visit has ended"),
    ],
)
@pytest.mark.parametrize("privacy", [profile.DEFAULT, EXEMPT], ids=["standard", "exempt"])
def test_a_day_closes_when_no_visit_of_it_can_grow(
    control: Control, database: Database, privacy: Privacy, last: str, now: str, *, closes: bool
) -> None:
    house = fresh(control, database, "Europe/Paris", privacy)
    house.now = datetime.fromisoformat(now).replace(tzinfo=UTC)
    start = datetime(2026, 3, 10, 22, 10, tzinfo=UTC)
    pause = (datetime.fromisoformat(last).replace(tzinfo=UTC) - start).total_seconds()
    house.write(a_person(start, every_s=int(pause), site_id=house.site.id))
    house.round()

    assert closes is house.rollups.is_closed((house.site.id, DAY))


def test_engagement_keeps_a_visit_growing(house: House) -> None:
    """The row of the visit does not show that it is alive: engagement events do not change it."""
    visit = a_visit(start="2026-03-10 22:10", visitor_id=next(_hashes), visit_id=next(_hashes))
    house.now = datetime(2026, 3, 10, 23, 40, tzinfo=UTC)
    house.write([an_event(visit), an_event(visit, time="2026-03-10 23:10", name="engagement", engagement_ms=9)])
    house.round()

    assert not house.rollups.is_closed((house.site.id, DAY))


def test_a_visit_over_midnight_keeps_its_ties(exempt: House) -> None:
    """The next day is counted after the rows of the day before are deleted."""
    exempt.now = datetime(2026, 3, 11, 12, tzinfo=UTC)
    exempt.write([*a_person("2026-03-10 22:50", every_s=1200), *a_person("2026-03-10 12:00")])
    exempt.round()
    kept = exempt.database.query("select time, uniqExact(visitor_id) over () from events order by time")
    exempt.now = datetime(2026, 3, 12, 12, tzinfo=UTC)
    exempt.round()
    again_sql = """
        select visitors, visitors_again, visits_again
        from   daily_events final
        where  dimension = '' and day = '2026-03-11'
    """

    assert [("2026-03-10 22:00", 1), ("2026-03-10 23:10", 1)] == [(f"{at:%Y-%m-%d %H:%M}", ids) for at, ids in kept]
    assert [(1, 1, 1)] == [tuple(row) for row in exempt.database.query(again_sql)]
    assert exempt.rows() == 0


@pytest.mark.parametrize("profile_name", [profile.STANDARD, profile.EXEMPT])
def test_a_visitor_is_found_until_the_day_is_closed(
    control: Control, database: Database, profile_name: profile.ProfileName
) -> None:
    """Even somebody who still had the salt would not find the visits of a closed day."""
    house = fresh(control, database, "Europe/Paris", EXEMPT if profile_name == profile.EXEMPT else profile.DEFAULT)
    records = a_person("2026-03-10 12:00", site_id=house.site.id)
    house.write(records)
    visitor = Visitor(house.site.id, DAY, frozenset({records[0].visit.visitor_id}))
    before = find(database, [visitor])
    house.round()

    assert (1, []) == (len(before), find(database, [visitor]))


def test_rows_that_arrive_later_are_closed_later(house: House) -> None:
    house.write(a_person("2026-03-10 12:00"))
    house.round()
    house.write([*a_person("2026-03-10 13:00"), *a_person("2026-03-10 14:00")])
    before = house.answers()
    house.round()

    assert (before, 0) == (house.answers(), house.hashed())
    assert house.visitors(DAY) == 3


def test_late_rows_of_a_final_day_are_added_to_its_counts(exempt: House) -> None:
    exempt.write(a_person("2026-03-10 12:00"))
    exempt.round()
    exempt.write([*a_person("2026-03-10 13:00", pages="bc"), *a_person("2026-03-10 14:00")])
    exempt.round()
    pages = exempt.database.query(
        "select value, visitors, pageviews from daily_events final where dimension = 'event:page' order by value"
    )

    assert [("/a", 2, 2), ("/b", 3, 3), ("/c", 1, 1)] == [tuple(row) for row in pages]
    assert (3, 0) == (exempt.visitors(DAY), exempt.rows())


def test_a_day_before_the_first_one_is_counted_and_closed_as_well(exempt: House) -> None:
    exempt.write(a_person("2026-03-10 12:00"))
    exempt.round()
    exempt.write(a_person("2026-03-05 12:00"))
    exempt.round()

    assert (1, 1, 0) == (exempt.visitors(DAY), exempt.visitors(date(2026, 3, 5)), exempt.rows())


def test_a_day_that_something_waits_for_stays_open(house: House) -> None:
    house.write(a_person("2026-03-10 12:00"))
    house.held = {(house.site.id, DAY)}
    house.round()
    assert not house.rollups.is_closed((house.site.id, DAY))
    house.held = {(house.site.id + 1, DAY)}
    house.round()

    assert house.rollups.is_closed((house.site.id, DAY))


def test_writers_wait_while_a_day_is_closed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schema.days.rollups.WAIT_S", 0.01)
    key = (house.site.id, DAY)
    with house.rollups.closing([key]), pytest.raises(DayClosingError), house.rollups.changing([key]):
        pass
    with house.rollups.closing([key]), house.rollups.changing([(house.site.id, DAY + timedelta(days=2))]):
        pass
    with house.rollups.changing([key]), house.rollups.closing([key]) as journal:
        assert journal is None


def test_a_site_deleted_meanwhile_leaves_no_rows(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.write(a_person("2026-03-10 12:00"))
    house.count()
    prepare = house.database.derive

    def deleted(sql: str, parameters: Any) -> None:
        prepare(sql, parameters)
        if "closing_visits" in sql:
            house.control.rows("delete from sites")

    monkeypatch.setattr(house.database, "derive", deleted)
    house.closing.close(house.site)

    assert house.rows() == 0


def test_another_site_is_not_touched(exempt: House) -> None:
    exempt.write(a_person("2026-03-10 12:00"))
    store(exempt.database, a_person("2026-03-10 12:00", site_id=exempt.site.id + 1))
    exempt.round()

    assert exempt.rows() == 4  # two events, and the visit after each


def test_a_standard_site_that_becomes_exempt_loses_the_rows_of_closed_days(house: House) -> None:
    house.write(Traffic(house.site.id, house.site.zone, DAY, 2, seed=11).records())
    house.round()
    before = house.daily()
    house.site = sites.change(house.control, house.site, privacy=EXEMPT, now=time.time())
    house.round()

    assert (0, before) == (house.rows(), house.daily())


def test_the_log_shows_the_closing_of_many_rows(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("schema.days.closing.REPORTED_ROWS", 3)
    caplog.set_level("INFO")
    house.write(a_person("2026-03-10 12:00"))
    house.round()

    assert ["closing 2026-03-10 of example.org: 4 rows", "closed 2026-03-10 of example.org"] == caplog.messages


def steps(house: House) -> set[str]:
    return {row[0] for row in house.control.rows("select step from closed_days")}


@pytest.mark.parametrize(
    ("days", "rows", "ends"),
    [
        pytest.param(3, 100, [3], id="days of a month"),
        pytest.param(5, 100, [3, 5], id="a new month: queries wait while one month is replaced, never for years"),
        pytest.param(3, 800_000, [2, 3], id="many rows"),
        pytest.param(2, 3_000_000, [1, 2], id="days that are too large alone"),
    ],
)
def test_days_are_closed_in_batches(house: House, days: int, rows: int, ends: list[int]) -> None:
    first = date(2026, 3, 29)
    sizes = {first + timedelta(days=number): rows for number in range(days)}

    assert ends == [(batch.last - first).days + 1 for batch in batches(house.site, sizes, sizes)]


def test_a_server_that_stops_begins_no_further_closing_and_the_next_goes_on(house: House) -> None:
    house.write(a_person("2026-03-10 12:00"))
    house.count()
    house.closing.stop()
    house.closing.close(house.site)
    stopped = house.hashed()
    house.restart()
    house.round()

    assert stopped > 0
    assert house.hashed() == 0


def test_a_server_that_stops_leaves_hidden_rows_for_the_next(house: House) -> None:
    house.write(a_person("2026-03-10 12:00"))
    house.count()
    house.closing.close(house.site)
    house.closing.stop()
    house.closing.sweep()
    left = steps(house)
    house.restart()
    house.round()

    assert "sweep" in left
    assert {"closed"} == steps(house)
