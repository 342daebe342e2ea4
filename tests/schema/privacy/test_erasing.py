"""What is erased is gone from events, visits and counts, and everything else is as before."""

import time
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest

from ingest.visits.live_visits import new_visit
from ingest.visits.record import record
from schema.days.rollups import Rollups
from schema.privacy import erasing, erasures
from schema.privacy.erasures import STEPS, Kind, Selection
from schema.privacy.profile import Privacy
from schema.records.event import ENGAGEMENT, PAGEVIEW, Event, Record
from schema.records.visit import Attributes
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database
from tests.factories import an_event, store

NOW = time.time()
TODAY = datetime.fromtimestamp(NOW, UTC).date()
DAY = TODAY - timedelta(days=40)
PAGES = ("/a", "/b", "/secret", "/secret/more")


@pytest.fixture
def site(control: Control, database: Database) -> Site:
    return sites.add(control, "example.org", timezone="UTC", now=NOW)


def a_history(random: Random, site: Site, *, days: int = 3, visits: int = 12) -> list[Record]:
    """Return the events of visits that follow the rules, some of them across midnight."""
    records = []
    for _ in range(visits):
        start = int(datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC).timestamp()) + random.randrange(days * 86_400)
        records += _visit(random, site, start)
    return records


def _visit(random: Random, site: Site, start: int) -> list[Record]:
    visit, records, at = None, [], start
    for _ in range(random.randrange(1, 7)):
        at += random.randrange(30, 900) if visit else 0
        name = random.choice((PAGEVIEW, PAGEVIEW, "Signup", ENGAGEMENT)) if visit else PAGEVIEW
        event = Event(
            day=at // 86_400,
            time=at,
            position=(visit.version if visit else 0) + (name != ENGAGEMENT),
            name=name,
            hostname=random.choice(("example.org", "shop.example.org")),
            path=random.choice(PAGES),
            props={"plan": random.choice(("free", "pro"))} if random.random() < 0.5 else {},
            interactive=random.random() < 0.5,
            scroll_depth=random.randrange(101) if name == ENGAGEMENT else 255,
            engagement_ms=1000 if name == ENGAGEMENT else 0,
            revenue_amount=None,
            revenue_currency="",
            expires=at // 86_400 + site.retention_days,
            import_id=random.choice(("", "march")),
        )
        if visit is None:
            numbers = {"visitor_id": random.getrandbits(64), "visit_id": random.getrandbits(64)}
            attributes = Attributes(source=random.choice(("Google", "")), country="FR")
            visit = new_visit(event, site_id=site.id, attributes=attributes, **numbers)
        records.append(record(event, visit))
    return records


def anew(records: Iterable[Record]) -> list[Record]:
    """Return events with the visits that the rules make of them. Engagement without any other event is left out."""
    of_visits: dict[int, list[Record]] = {}
    for one in records:
        of_visits.setdefault(one.visit.visit_id, []).append(one)
    made = []
    for before in of_visits.values():
        own = [one for one in before if one.event.name != ENGAGEMENT]
        if not own:
            continue
        old = own[0].visit
        visit = new_visit(
            own[0].event,
            site_id=old.site_id,
            visitor_id=old.visitor_id,
            visit_id=old.visit_id,
            attributes=old.attributes,
        )
        for one in sorted(before, key=lambda one: (one.event.time, one.event.position)):
            record(one.event, visit)
        made += [Record(one.event, visit) for one in before]
    return made


VISITS_SQL = """
select   site_id, day, visitor_id, visit_id, start, last, duration, is_bounce, pageviews, events, hostname, entry_page,
         exit_hostname, exit_page, entry_props, source, country, expires
from     visits final
order by visit_id
"""
EVENTS_SQL = "select visit_id, time, position, name, path, hostname from events order by visit_id, time, position, name"
COUNTS_SQL = "select * except version from {} final where {} > 0 order by dimension, value, day"


def contents(database: Database) -> list[Any]:
    statements = [VISITS_SQL, EVENTS_SQL]
    statements.append(COUNTS_SQL.format("daily_events", "visits"))
    statements.append(COUNTS_SQL.format("daily_visits", "started_visits + carried_visits + ended_visits"))
    return [[tuple(row) for row in database.query(sql)] for sql in statements]


def counted(control: Control, database: Database, site: Site) -> Rollups:
    rollups = Rollups(control, database, clock=lambda: NOW)
    rollups.look(site)
    for day in rollups.due(site, []):
        rollups.count(site, day, [])
    return rollups


def erase(control: Control, database: Database, site: Site, selection: Selection, rollups: Rollups) -> list[list[int]]:
    """Erase, and return the live visits that were ended."""
    erasures.add(control, site, selection, who="ana@example.org", now=NOW)
    ended: list[list[int]] = []
    for erasure in erasures.waiting(control):
        erasing.carry_out(
            database,
            erasure,
            changing=rollups.changing,
            forget_months=rollups.forget_months,
            end_visits=lambda _site_id, ids: ended.append(ids),
            note=partial(_note, control, erasure.id),
        )
    return ended


def _note(control: Control, erasure_id: int, step: int, days: tuple[date, ...]) -> None:
    erasures.advance(control, erasure_id, step=step, days=days)


def is_selected(event: Event, selection: Selection) -> bool:
    of_kind = {
        Kind.PAGE: event.path == selection.value or (selection.value == "/secret**" and "/secret" in event.path),
        Kind.HOST: event.hostname == selection.value,
        Kind.PROPERTY: event.props.get(selection.key) == selection.value,
        Kind.IMPORT: event.import_id == selection.value,
        Kind.DAYS: True,
    }
    day = date(1970, 1, 1) + timedelta(days=event.day)
    return of_kind[selection.kind] and (selection.first or day) <= day <= (selection.last or day)


SELECTIONS = [
    pytest.param(Selection(Kind.PAGE, "", "/secret"), id="a page"),
    pytest.param(Selection(Kind.PAGE, "", "/secret**"), id="pages by pattern"),
    pytest.param(Selection(Kind.HOST, "", "shop.example.org"), id="a host"),
    pytest.param(Selection(Kind.PROPERTY, "plan", "pro"), id="a value of a property"),
    pytest.param(Selection(Kind.IMPORT, "", "march"), id="an import"),
    pytest.param(Selection(Kind.DAYS, first=DAY + timedelta(days=1), last=DAY + timedelta(days=1)), id="a day"),
    pytest.param(Selection(Kind.PAGE, "", "/a", first=DAY + timedelta(days=1)), id="a page from a day on"),
    pytest.param(Selection(Kind.PAGE, "", "/nowhere"), id="nothing"),
]


@pytest.mark.parametrize("selection", SELECTIONS)
def test_what_is_left_is_as_if_the_rest_had_never_been(control, database, site, selection):
    history = a_history(Random(str(selection)), site)
    left = anew(one for one in history if not is_selected(one.event, selection))
    store(database, left)
    counted(control, database, site)
    expected = contents(database)
    assert len(expected[0]) > 5
    for table in ("events", "visits", "daily_events", "daily_visits"):
        database.command(f"truncate table {table}")
    control.rows("delete from rolled_days")

    store(database, history)
    rollups = counted(control, database, site)
    erase(control, database, site, selection, rollups)
    for day in rollups.due(site, []):
        rollups.count(site, day, [])

    assert contents(database) == expected
    assert {erasure.step for erasure in erasures.list_all(control)} == {STEPS}


@pytest.mark.parametrize("interrupted_at", range(STEPS + 1))
def test_an_erasure_that_was_interrupted_goes_on(control, database, site, interrupted_at):
    """A crash after any step, before it is noted."""
    selection = Selection(Kind.PAGE, "", "/secret")
    history = a_history(Random(7), site)
    left = anew(one for one in history if not is_selected(one.event, selection))
    store(database, history)
    rollups = counted(control, database, site)
    erasure = erasures.add(control, site, selection, who="ana", now=NOW)

    class CrashError(Exception):
        pass

    def note(step, days):
        if step == interrupted_at:
            raise CrashError
        erasures.advance(control, erasure.id, step=step, days=days)

    hooks: dict[str, Any] = {
        "changing": rollups.changing,
        "forget_months": rollups.forget_months,
        "end_visits": lambda _site_id, _ids: None,
    }
    if interrupted_at:
        with pytest.raises(CrashError):
            erasing.carry_out(database, erasure, note=note, **hooks)
    for waiting in erasures.waiting(control):
        erasing.carry_out(database, waiting, note=partial(_note, control, waiting.id), **hooks)

    assert erasures.waiting(control) == []
    assert contents(database)[0] == sorted(_as_rows(left), key=lambda row: row[3])
    assert database.query("select count() from events where path = '/secret'")[0][0] == 0
    assert [tuple(row) for row in database.query("show tables like 'erasing%'")] == []


def _as_rows(records: list[Record]) -> list[tuple[Any, ...]]:
    visits = {one.visit.visit_id: one.visit for one in records}.values()
    moment = lambda seconds: datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)  # noqa: E731
    day = lambda number: date(1970, 1, 1) + timedelta(days=number)  # noqa: E731
    return [
        (
            *(visit.site_id, day(visit.day), visit.visitor_id, visit.visit_id, moment(visit.start), moment(visit.last)),
            *(visit.duration, int(visit.is_bounce), visit.pageviews, visit.events, visit.hostname, visit.entry_page),
            *(visit.exit_hostname, visit.exit_page, visit.entry_props),
            *(visit.attributes.source, visit.attributes.country, day(visit.expires)),
        )
        for visit in visits
    ]


@pytest.mark.parametrize(
    ("selection", "sentence"),
    [
        pytest.param(Selection(Kind.PAGE, "", "/a"), "Those by this value are erased. Totals", id="a page"),
        pytest.param(Selection(Kind.DAYS, last=DAY), "They are erased, too.", id="days"),
        pytest.param(Selection(Kind.IMPORT, "", "march"), "this import added to them can't be sep", id="an import"),
        pytest.param(Selection(Kind.PAGE, "", "/nowhere"), None, id="no such page"),
        pytest.param(Selection(Kind.PAGE, "", "/a", first=DAY + timedelta(days=9)), None, id="on other days"),
    ],
)
def test_what_counts_alone_can_not_separate_is_said(control, database, site, selection, sentence):
    store(database, [one for one in a_history(Random(3), site, days=1) if one.event.day == _number(DAY)])
    counted(control, database, site)
    database.command("truncate table events")
    extent = erasing.extent(database, site, selection, now=NOW)

    assert extent.events == 0
    assert (sentence or "") in str(extent)
    assert (sentence is None) == (extent.counted_days == 0)


def test_a_final_day_keeps_its_other_counts(control, database, site):
    """Its events are deleted, so it can't be counted again."""
    store(database, a_history(Random(3), site, days=1))
    rollups = counted(control, database, site)
    database.command("truncate table events")
    erase(control, database, site, Selection(Kind.PAGE, "", "/a"), rollups)

    left = {row[0] for row in database.query("select value from daily_events where dimension = 'event:page'")}
    assert left == {*PAGES} - {"/a"}
    assert database.query("select count() from daily_events where dimension = ''")[0][0]


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


@pytest.mark.parametrize(("visits", "shown"), [(9, (0, 0)), (14, (10, 10)), (15, (20, 20))])
def test_an_exempt_site_shows_nothing_about_few_visits_before_it_erases(control, database, site, visits, shown):
    exempt = sites.change(control, site, now=NOW, privacy=Privacy(profile="exempt", retention_months=13))
    for _visit in range(visits):
        store(database, [an_event(time=datetime.fromtimestamp(NOW - 60, UTC), path="/secret", site_id=site.id)])
    selection = erasures.read(control, exempt, "page", "/secret")
    extent = erasing.extent(database, exempt, selection, now=NOW)

    assert shown == (extent.events, extent.visits)
    assert "rounded to ten" in str(extent)
    assert (visits, visits) == (
        erasing.extent(database, site, selection, now=NOW).events,
        erasing.extent(database, site, selection, now=NOW).visits,
    )
