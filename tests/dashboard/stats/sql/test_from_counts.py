"""The daily counts give exactly the same results as events and visits."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, event, given, note, settings
from hypothesis import strategies as st

from dashboard.stats.answer.run import run
from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import BY_NAME, NAMED_CITY, NAMED_REGION, prop
from dashboard.stats.model.filters import Condition, Op, Reaches
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import Query
from dashboard.stats.plan import plan
from dashboard.stats.reports.first_day import first_day
from schema.days.rollups import Rollups
from schema.measures import goals
from schema.privacy.profile import DEFAULT
from schema.records.event import Record
from schema.sites import sites
from schema.sites.purge import TABLES
from schema.stores.control import Control
from schema.stores.database import Database
from tests.factories import a_visit, an_event, store
from tests.schema.traffic import Traffic

SIGNUP = goals.new(1, event_name="Signup")
PRO = goals.new(1, event_name="Signup", props={"plan": "pro"}, display_name="Signup pro")
PAGE = goals.new(1, page_path="/a|/b*")
READ = goals.new(1, page_path="/**", scroll_threshold=60)
GOALS = (SIGNUP, PRO, PAGE, READ)
ZONES = ["Europe/Paris", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati", "Australia/Lord_Howe"]
COMMON = [Metric.VISITORS, Metric.VISITS]
OF_EVENTS = [Metric.PAGEVIEWS, Metric.EVENTS]
OF_VISITS = [Metric.BOUNCE_RATE, Metric.VISIT_DURATION]


class World:
    """One site with traffic, counted up to some day."""

    def __init__(self, directory: Path, database: Database, zone: str, *, now: datetime) -> None:
        self.database = database
        for table in TABLES:
            database.command(f"truncate table {table}")
        self.control = Control(directory / "control.db", now=time.time())
        self.control.rows("delete from sites")
        self.site = sites.add(self.control, "example.org", timezone=zone, now=now.timestamp())
        self.rollups = Rollups(self.control, database, clock=now.timestamp)

    def write(self, records: list[Record]) -> None:
        """Store events like a flush that marks their days as changed."""
        epoch = date(1970, 1, 1)
        days = {
            (self.site.id, epoch + timedelta(days=day))
            for record in records
            for day in (record.event.day, record.visit.day)
        }
        with self.rollups.changing(days):
            store(self.database, records)

    def count(self) -> None:
        self.rollups.look(self.site)
        for day in self.rollups.due(self.site, GOALS):
            assert self.rollups.count(self.site, day, GOALS)
        for month in self.rollups.due_months(self.site):
            assert self.rollups.count_month(self.site, month)

    def answers(self, query: Query) -> tuple[list[Any], list[Any], bool]:
        """Return the rows from counts, the rows from the tables, and whether the former used counts."""
        rolled = self.rollups.of_site(self.site.id, self.site.zone)
        planned = plan(query, rolled, is_alone=True)
        rows = [
            sorted((row.groups, row.metrics) for row in run(self.database, query, rolled=days, privacy=DEFAULT).rows)
            for days in (rolled, None)
        ]
        return rows[0], rows[1], any(select.counts for select in (*planned.selects, *planned.of_totals))

    def close(self) -> None:
        self.control.close()


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rollups")


def dimension_names() -> st.SearchStrategy[Any]:
    return st.sampled_from([*BY_NAME.values(), NAMED_REGION, NAMED_CITY, prop("plan"), prop("ref"), prop("none")])


@st.composite
def questions(draw: st.DrawFn, site_id: int, zone: ZoneInfo, first: date, last: date) -> Query:
    start = draw(st.dates(first - timedelta(days=2), last))
    end = draw(st.dates(start, last + timedelta(days=3)))
    period = Period("custom", start, end, zone)
    groups: list[Any] = draw(st.lists(dimension_names(), max_size=1))
    groups += draw(st.sampled_from([[], [Interval.DAY], [Interval.WEEK], [Interval.MONTH]]))
    filters: tuple[Any, ...] = ()
    kind = draw(st.sampled_from(["none", "none", "value", "goal", "pages"]))
    if kind == "value":
        dimension = groups[0] if groups and isinstance(groups[0], dimensions.Dimension) else draw(dimension_names())
        assume(dimension != dimensions.GOAL)
        content = draw(
            st.sampled_from(["Google", "FR", "/a", "/b", "pro", "(none)", "Direct / None", "(not set)", "7"])
        )
        filters = (Condition(dimension, Op.IS, (content,)),)
    elif kind == "pages":
        operators = draw(
            st.lists(st.sampled_from([Op.IS_NOT, Op.CONTAINS, Op.MATCHES_WILDCARD]), min_size=1, max_size=2)
        )
        filters = tuple(Condition(dimensions.PAGE, op, ("/a", "/b")) for op in operators)
    elif kind == "goal":
        filters = (Reaches((draw(st.sampled_from(GOALS)),)),)
    metrics = draw(
        st.sampled_from(
            [COMMON, COMMON + OF_EVENTS, COMMON + OF_VISITS, OF_VISITS, OF_EVENTS, COMMON + OF_EVENTS + OF_VISITS]
        )
    )
    if dimensions.PAGE in groups:
        metrics = [*metrics, *draw(st.sampled_from([[], [Metric.SCROLL_DEPTH, Metric.TIME_ON_PAGE]]))]
    if not groups and kind == "none":
        metrics = [*metrics, *draw(st.sampled_from([[], [Metric.VIEWS_PER_VISIT]]))]
    metrics = [*metrics, *draw(st.sampled_from([[], [Metric.PERCENTAGE]]))]
    return Query(site_id, period, tuple(metrics), tuple(groups), filters, goals=GOALS)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_daily_counts_answer_like_the_tables(engine, directory, data):
    zone = data.draw(st.sampled_from(ZONES))
    first = data.draw(st.sampled_from([date(2026, 3, 26), date(2026, 10, 22), date(2026, 3, 30)]))
    world = World(
        directory, engine, zone, now=datetime(first.year, first.month, first.day, 12, tzinfo=UTC) + timedelta(days=7)
    )
    try:
        traffic = Traffic(world.site.id, world.site.zone, first, 6, data.draw(st.integers(0, 10_000)))
        records = traffic.records()
        late = [record for number, record in enumerate(records) if number % 7 == 3]
        world.write([record for record in records if record not in late])
        world.count()
        world.write(late)
        if data.draw(st.booleans()):
            world.count()
        for _ in range(25):
            try:
                query = data.draw(questions(world.site.id, world.site.zone, first, first + timedelta(days=6)))
                counted, plain, is_used = world.answers(query)
            except ValueError as error:  # an invalid query
                note(str(error))
                continue
            event(f"counts are used: {is_used}")
            assert plain == counted
    finally:
        world.close()


@pytest.fixture
def world(tmp_path, engine) -> Iterator[World]:
    """Provide a site with six days of traffic in Paris, counted."""
    world = World(tmp_path, engine, "Europe/Paris", now=datetime(2026, 4, 1, 12, tzinfo=UTC))
    world.write(Traffic(world.site.id, world.site.zone, date(2026, 3, 26), 6, 11).records())
    world.count()
    yield world
    world.close()


def query_of(
    world: World, *, first="2026-03-26", last="2026-03-31", metrics=tuple(COMMON), groups=(), filters=(), **changes: Any
):
    period = Period("custom", date.fromisoformat(first), date.fromisoformat(last), world.site.zone, **changes)
    return Query(world.site.id, period, metrics, groups, filters, goals=GOALS)


GOOGLE = Condition(dimensions.SOURCE, Op.IS, ("Google",))


@pytest.mark.parametrize(
    ("question", "is_used"),
    [
        pytest.param({}, True, id="the whole site"),
        pytest.param({"groups": (Interval.WEEK,)}, True, id="by week"),
        pytest.param({"groups": (dimensions.SOURCE,)}, True, id="by source"),
        pytest.param({"groups": (dimensions.GOAL,), "metrics": (Metric.VISITORS,)}, True, id="by goal"),
        pytest.param({"groups": (prop("plan"),), "metrics": (Metric.EVENTS,)}, True, id="by property"),
        pytest.param({"filters": (GOOGLE,)}, True, id="one filter"),
        pytest.param({"filters": (GOOGLE,), "groups": (dimensions.SOURCE, Interval.DAY)}, True, id="of the same"),
        pytest.param({"last": "2026-04-01"}, True, id="with a day that is not over"),
        pytest.param({"filters": (GOOGLE,), "groups": (dimensions.COUNTRY,)}, False, id="of another dimension"),
        pytest.param(
            {"filters": (Reaches((READ,)),), "metrics": (Metric.EVENTS, Metric.BOUNCE_RATE)},
            True,
            id="in part, with events of a scroll goal",
        ),
        pytest.param(
            {"groups": (dimensions.SOURCE, Interval.WEEK), "last": "2026-04-01"}, True, id="by week of a source"
        ),
        pytest.param(
            {"groups": (dimensions.PAGE,), "metrics": (Metric.BOUNCE_RATE, Metric.EVENTS), "last": "2026-04-01"},
            True,
            id="by page, in the order of the other table",
        ),
        pytest.param({"filters": (GOOGLE, GOOGLE)}, False, id="two filters"),
        pytest.param({"groups": (dimensions.SOURCE, dimensions.COUNTRY)}, False, id="two dimensions"),
        pytest.param({"groups": (Interval.HOUR,)}, False, id="by hour"),
        pytest.param({"since": datetime(2026, 3, 26, 12, tzinfo=UTC)}, False, id="from noon"),
        pytest.param({"groups": (dimensions.GOAL,), "metrics": (Metric.EVENTS,)}, True, id="null for scroll goals"),
    ],
)
def test_counts_are_used_if_they_cover_the_query(world, question, is_used):
    counted, plain, uses_counts = world.answers(query_of(world, **question))

    assert plain == counted
    assert is_used is uses_counts


def test_a_changed_day_is_not_used_until_it_is_recounted(world):
    query = query_of(world, first="2026-03-27", last="2026-03-27", groups=(dimensions.SOURCE,))
    world.write(Traffic(world.site.id, world.site.zone, date(2026, 3, 27), 1, 5).records())

    assert world.answers(query)[2] is False
    world.count()
    counted, plain, is_used = world.answers(query)
    assert (plain, True) == (counted, is_used)


def test_a_property_that_says_none_is_counted_as_none(world):
    for number, props in enumerate(({"plan": "(none)"}, {}, {"plan": "pro"}), start=1):
        visit = a_visit(site_id=world.site.id, visitor_id=77, start="2026-03-27 12:00")
        world.write([an_event(visit, props=props, position=number)])
    world.count()
    questions: list[dict[str, Any]] = [
        {"groups": (prop("plan"),)},
        {"filters": (Condition(prop("plan"), Op.IS, ("(none)",)),)},
    ]

    for question in questions:
        counted, plain, is_used = world.answers(query_of(world, first="2026-03-27", last="2026-03-27", **question))
        assert (plain, True) == (counted, is_used)
        assert len(plain) == len({groups for groups, _ in plain})


def test_days_counted_before_the_two_were_one_give_one_row(world):
    world.database.command(
        "insert into daily_events select * replace ('(none)' as value) from daily_events final"
        " where dimension = 'event:props:plan' and value = ''"
    )
    counted, plain, is_used = world.answers(query_of(world, groups=(prop("plan"),)))

    assert (True, [groups for groups, _ in plain]) == (is_used, [groups for groups, _ in counted])


def test_another_time_zone_makes_other_days(world):
    world.site = sites.change(world.control, world.site, timezone="Asia/Kolkata", now=time.time())

    assert world.answers(query_of(world))[2] is False
    world.count()
    counted, plain, _ = world.answers(query_of(world))
    assert plain == counted


def test_a_new_goal_is_counted_for_the_past(world):
    new = goals.new(1, page_path="/c")
    query = Query(world.site.id, query_of(world).period, (Metric.VISITORS,), filters=(Reaches((new,)),))

    assert world.answers(query)[2] is False
    for day in world.rollups.due(world.site, (*GOALS, new)):
        world.rollups.count(world.site, day, (*GOALS, new))
    counted, plain, is_used = world.answers(query)
    assert (plain, True) == (counted, is_used)


def test_events_before_the_first_counted_day_set_the_first_day(tmp_path, database):
    world = World(tmp_path, database, "Europe/Paris", now=datetime(2026, 3, 12, 12, tzinfo=UTC))
    world.write([an_event(site_id=world.site.id, time="2026-03-10 12:00")])
    world.count()
    counted = first_day(database, world.site.id, world.site.zone, privacy=DEFAULT)
    world.write([an_event(site_id=world.site.id, time="2026-03-08 12:00")])
    world.close()

    assert date(2026, 3, 10) == counted
    assert date(2026, 3, 8) == first_day(database, world.site.id, world.site.zone, privacy=DEFAULT)


def test_a_counted_day_without_events_is_not_the_first_day(tmp_path, database):
    world = World(tmp_path, database, "Europe/Paris", now=datetime(2026, 3, 12, 12, tzinfo=UTC))
    world.write([an_event(site_id=world.site.id, time=f"2026-03-{day:02} 12:00") for day in (4, 10)])
    world.count()
    database.command("alter table events delete where day < '2026-03-08' settings mutations_sync = 1")
    world.close()

    assert date(2026, 3, 10) == first_day(database, world.site.id, world.site.zone, privacy=DEFAULT)
