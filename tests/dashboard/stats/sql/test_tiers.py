"""Months are read where they lie in a period, and results with them are the same as from rows."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from dashboard.stats.answer.run import run
from dashboard.stats.counted import answers, together
from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import prop
from dashboard.stats.model.filters import Reaches
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import Query
from dashboard.stats.plan import Plan, plan
from dashboard.stats.sql.tiers import spans_of, without
from schema.days.local_day import day_start
from schema.measures import goals
from schema.privacy.profile import DEFAULT
from tests.dashboard.stats.sql.test_from_counts import GOALS, PRO, SIGNUP, World
from tests.dashboard.stats.test_counted import FILTERS, GROUPS, METRICS, TOTALS
from tests.factories import PARIS, a_visit, an_event
from tests.schema.traffic import Traffic

FIRST, TODAY = date(2026, 2, 24), date(2026, 5, 3)
NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
_DAY = timedelta(days=1)

MARCH, APRIL, MAY, JULY = (date(2026, number, 1) for number in (3, 4, 5, 7))


@pytest.mark.parametrize(
    ("months", "spans"),
    [
        pytest.param([], [], id="none"),
        pytest.param([MARCH], [(MARCH, date(2026, 3, 31))], id="one"),
        pytest.param([APRIL, MARCH], [(MARCH, date(2026, 4, 30))], id="two that follow one another"),
        pytest.param([MARCH, MAY], [(MARCH, date(2026, 3, 31)), (MAY, date(2026, 5, 31))], id="two with one between"),
        pytest.param(
            [date(2025, 12, 1), date(2026, 1, 1)], [(date(2025, 12, 1), date(2026, 1, 31))], id="of two years"
        ),
    ],
)
def test_months_that_follow_one_another_are_one_span(months, spans):
    assert spans == spans_of(months)


@pytest.mark.parametrize(
    ("first", "last", "months", "rest"),
    [
        pytest.param(MARCH, date(2026, 3, 31), [MARCH], [], id="all of it"),
        pytest.param(MARCH, date(2026, 3, 31), [], [(MARCH, date(2026, 3, 31))], id="nothing of it"),
        pytest.param(
            date(2026, 2, 27),
            date(2026, 5, 2),
            [MARCH, APRIL],
            [(date(2026, 2, 27), date(2026, 2, 28)), (MAY, date(2026, 5, 2))],
            id="both ends",
        ),
        pytest.param(MARCH, date(2026, 5, 31), [MARCH, MAY], [(APRIL, date(2026, 4, 30))], id="the middle"),
        pytest.param(MARCH, JULY, [MARCH, APRIL, MAY], [(date(2026, 6, 1), JULY)], id="the end"),
    ],
)
def test_days_outside_of_months_are_left(first, last, months, rest):
    assert rest == without((first, last), months)


@pytest.fixture(scope="module")
def world(tmp_path_factory, engine) -> Iterator[World]:
    """Provide a site with two whole months, of which clocks change in one, and some days at both ends."""
    world = World(tmp_path_factory.mktemp("tiers"), engine, "Europe/Paris", now=NOW)
    fill(world, FIRST, TODAY)
    yield world
    world.close()


def fill(world: World, first: date, last: date) -> None:
    """Store and count random visits, with properties on every day, so months have them, too."""
    days = (last - first).days + 1
    world.write(Traffic(world.site.id, world.site.zone, first, days, 17).records())
    noons = [day_start(first + number * _DAY, PARIS) + timedelta(hours=12) for number in range(days)]
    visits = [a_visit(visitor_id=900 + number, zone=PARIS, start=noon) for number, noon in enumerate(noons)]
    world.write([an_event(visit, zone=PARIS, props={"plan": "free", "ref": "/a"}) for visit in visits])
    world.count()


def planned(world: World, query: Query) -> Plan:
    return plan(query, world.rollups.of_site(world.site.id, world.site.zone))


def months_of(planned: Plan) -> set[date]:
    return {
        month for select in (*planned.selects, *planned.of_totals) if select.counts for month in select.counts.months
    }


@st.composite
def pages(draw: st.DrawFn) -> dict[str, Query]:
    """Return questions about periods that begin and end with a month, or inside one."""
    questions = {}
    filters = draw(st.sampled_from(FILTERS))
    for number in range(draw(st.integers(1, 7))):
        first = draw(st.sampled_from([date(2026, 2, 1), FIRST, MARCH, MARCH + _DAY, APRIL, APRIL - _DAY, APRIL + _DAY]))
        last = draw(st.sampled_from([APRIL - _DAY, MAY - 2 * _DAY, MAY - _DAY, MAY, TODAY, date(2026, 5, 31)]))
        until = draw(st.sampled_from([None, None, day_start(last, PARIS) + timedelta(hours=13)]))
        try:
            query = Query(
                1,
                Period("custom", first, max(first, last), PARIS, until if last >= first else None),
                draw(st.sampled_from(METRICS)),
                draw(st.sampled_from([*GROUPS, (), (Interval.MONTH,), (dimensions.PAGE,)])),
                draw(st.sampled_from([filters, ()])),
                limit=draw(st.sampled_from([1, 2, 9, 10_000])),
                goals=GOALS,
            )
            plan(query)
        except ValueError:  # a metric that the groups do not have
            continue
        questions[str(number)] = query
    return questions


def assert_same(world: World, questions: dict[str, Query]) -> None:
    plans = {name: planned(world, query) for name, query in questions.items()}
    rows = {name: run(world.database, query, privacy=DEFAULT) for name, query in questions.items()}
    rolled = world.rollups.of_site(world.site.id, world.site.zone)

    for name, result in answers(world.database, together(plans)).items():
        assert rows[name] == result, questions[name]
    for name, query in questions.items():
        assert rows[name] == run(world.database, query, privacy=DEFAULT, rolled=rolled), query


@settings(max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(questions=pages())
def test_months_and_days_answer_like_rows(world, questions):
    assert_same(world, questions)
    event(f"months are used: {any(months_of(planned(world, query)) for query in questions.values())}")


def a_query(first: date = FIRST, last: date = TODAY, groups: Any = (), **changes: Any) -> Query:
    metrics = changes.pop("metrics", (Metric.VISITORS,))
    return Query(
        1, Period("custom", first, last, PARIS, changes.pop("until", None)), metrics, groups, goals=GOALS, **changes
    )


@pytest.mark.parametrize(
    ("query", "months"),
    [
        pytest.param(a_query(), {MARCH, APRIL}, id="a sum"),
        pytest.param(a_query(groups=(dimensions.SOURCE,)), {MARCH, APRIL}, id="a box"),
        pytest.param(a_query(groups=(Interval.MONTH,)), {MARCH, APRIL}, id="by month"),
        pytest.param(a_query(groups=(Interval.WEEK,)), set(), id="by week"),
        pytest.param(a_query(groups=(Interval.DAY,)), set(), id="by day"),
        pytest.param(a_query(groups=(dimensions.SOURCE, dimensions.COUNTRY)), set(), id="by two dimensions"),
        pytest.param(a_query(MARCH + _DAY), {APRIL}, id="from the second of a month"),
        pytest.param(a_query(MARCH, MAY - 2 * _DAY), {MARCH}, id="to the last day but one"),
        pytest.param(a_query(until=datetime(2026, 4, 30, 12, tzinfo=UTC), last=MAY - _DAY), {MARCH}, id="to noon"),
        pytest.param(a_query(filters=(Reaches((SIGNUP,)),)), {MARCH, APRIL}, id="a goal"),
        pytest.param(a_query(groups=(prop("plan"),), metrics=(Metric.EVENTS,)), {MARCH, APRIL}, id="a property"),
    ],
)  # fmt: skip
def test_whole_months_are_read_unless_an_interval_divides_them(world, query, months):
    assert months == months_of(planned(world, query))
    assert_same(world, {"": query})


@pytest.fixture
def april(tmp_path, engine) -> Iterator[World]:
    """Provide a site with the counts of one whole month and of the days beside it."""
    world = World(tmp_path, engine, "Europe/Paris", now=datetime(2026, 5, 2, 12, tzinfo=UTC))
    fill(world, date(2026, 3, 30), date(2026, 5, 2))
    yield world
    world.close()


PAGE = {
    "totals": a_query(APRIL, MAY, metrics=TOTALS),
    "by day": a_query(APRIL - _DAY, MAY, (Interval.DAY,)),
    "by month": a_query(APRIL - _DAY, MAY, (Interval.MONTH,), metrics=TOTALS),
    "sources": a_query(APRIL - _DAY, MAY, (dimensions.SOURCE,)),
    "pages": a_query(APRIL - _DAY, MAY, (dimensions.PAGE,), limit=2),
    "goals": a_query(APRIL - _DAY, MAY, (dimensions.GOAL,)),
}


def uses(world: World) -> dict[str, bool]:
    return {name: APRIL in months_of(planned(world, query)) for name, query in PAGE.items()}


def test_a_month_with_a_late_event_is_read_as_days_until_it_is_counted_again(april):
    before = uses(april)
    april.write([an_event(a_visit(visitor_id=5, zone=PARIS, start="2026-04-10 12:00"), zone=PARIS, path="/late")])

    assert before == {name: name != "by day" for name in PAGE}
    assert not any(uses(april).values())
    assert_same(april, PAGE)
    april.count()
    assert before == uses(april)
    assert_same(april, PAGE)


def test_a_month_is_not_read_for_a_goal_that_is_younger(april):
    new = goals.new(1, page_path="/c")
    query = replace(PAGE["totals"], metrics=(Metric.VISITORS,), filters=(Reaches((new,)),))

    assert set() == months_of(planned(april, query))
    for day in april.rollups.due(april.site, (*GOALS, new)):
        april.rollups.count(april.site, day, (*GOALS, new))
    april.count()
    assert {APRIL} == months_of(planned(april, query))
    assert_same(april, PAGE | {"goal": query})


def test_a_month_of_which_another_question_counts_a_day_is_read_as_days(april):
    """The day is in the sums only once."""
    assert april.rollups.count(april.site, date(2026, 4, 10), (PRO,))
    assert april.rollups.count_month(april.site, APRIL)
    goal = replace(PAGE["totals"], metrics=(Metric.VISITORS,), filters=(Reaches((SIGNUP,)),))
    questions = {name: PAGE[name] for name in ("totals", "sources")} | {"goal": goal}
    shared = together({name: planned(april, query) for name, query in questions.items()})

    assert {APRIL} == months_of(planned(april, PAGE["totals"]))
    assert (set(questions), [date(2026, 4, 10)]) == (set(shared.plans), [day for day in shared.scopes if day < MAY])
    assert_same(april, questions)
