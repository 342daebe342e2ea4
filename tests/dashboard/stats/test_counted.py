"""Questions that the daily counts answer together have the same results as from rows."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from dashboard.stats import counted
from dashboard.stats.answer.run import run
from dashboard.stats.counted import answers, together
from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import NAMED_REGION, prop
from dashboard.stats.model.filters import Condition, Op, Reaches
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import Order, Query, QueryError
from dashboard.stats.plan import plan
from schema.measures import goals
from schema.privacy.profile import DEFAULT
from tests.dashboard.stats.sql.test_from_counts import GOALS, READ, World
from tests.factories import PARIS
from tests.schema.traffic import Traffic

FIRST = date(2026, 3, 26)
TODAY = FIRST + timedelta(days=6)
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
VISITORS = (Metric.VISITORS,)
TOTALS = (Metric.VISITORS, Metric.VISITS, Metric.PAGEVIEWS, Metric.BOUNCE_RATE, Metric.VISIT_DURATION)
METRICS = (
    VISITORS,
    TOTALS,
    (*TOTALS[1:], Metric.VIEWS_PER_VISIT),
    (Metric.EVENTS,),
    (Metric.PAGEVIEWS, Metric.EVENTS),
    (Metric.VISITORS, Metric.PERCENTAGE),
    (Metric.VISITORS, Metric.CONVERSION_RATE),
    (Metric.VISITORS, Metric.SCROLL_DEPTH, Metric.TIME_ON_PAGE),
    (Metric.BOUNCE_RATE, Metric.VISITORS),
    (Metric.VISITORS, Metric.PAGEVIEWS, Metric.EVENTS, Metric.BOUNCE_RATE, Metric.VISIT_DURATION),
    (Metric.VISITORS, Metric.EVENTS, Metric.GROUP_CONVERSION_RATE),
)
GROUPS: tuple[Any, ...] = (
    (),
    *((interval,) for interval in (Interval.DAY, Interval.WEEK, Interval.MONTH, Interval.HOUR)),
    *((name,) for name in (dimensions.SOURCE, dimensions.PAGE, dimensions.ENTRY_PAGE, dimensions.CITY, NAMED_REGION)),
    *((name,) for name in (dimensions.GOAL, dimensions.EVENT_NAME, dimensions.HOSTNAME, prop("plan"))),
    *((name, Interval.DAY) for name in (dimensions.SOURCE, dimensions.PAGE, dimensions.GOAL)),
    *((name, Interval.MONTH) for name in (dimensions.GOAL, dimensions.COUNTRY)),
    (Interval.WEEK, dimensions.GOAL),
)
FILTERS: tuple[Any, ...] = (
    (),
    (Condition(dimensions.SOURCE, Op.IS, ("Google",)),),
    (Condition(dimensions.SOURCE, Op.IS, ("Direct / None",)),),
    (Condition(dimensions.PAGE, Op.IS, ("/a",)),),
    (Condition(prop("plan"), Op.IS, ("(none)",)),),
    *((Reaches((goal,)),) for goal in GOALS),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory, engine):
    """Provide a site with six counted days and a seventh that is not over."""
    world = World(tmp_path_factory.mktemp("counted"), engine, "Europe/Paris", now=NOW)
    world.write(Traffic(world.site.id, world.site.zone, FIRST, 7, 23).records())
    world.count()
    yield world
    world.close()


@st.composite
def pages(draw: st.DrawFn) -> dict[str, Query]:
    """Return questions about periods that overlap."""
    questions = {}
    filters = draw(st.sampled_from(FILTERS))
    for number in range(draw(st.integers(2, 12))):
        first = FIRST + timedelta(days=draw(st.integers(-1, 5)))
        last = draw(st.dates(first, TODAY + timedelta(days=1)))
        until = NOW + timedelta(minutes=60) if last == TODAY and draw(st.booleans()) else None
        try:
            query = Query(
                1,
                Period("custom", first, last, PARIS, until),
                draw(st.sampled_from(METRICS)),
                draw(st.sampled_from(GROUPS)),
                draw(st.sampled_from([filters, filters, ()])),
                limit=draw(st.sampled_from([1, 2, 9, 10_000])),
                goals=GOALS,
                offset=draw(st.sampled_from([0, 0, 1])),
                counts_rows=draw(st.sampled_from([False, False, True])),
            )
            columns: list[Any] = [*query.metrics, *query.groups]
            by = draw(st.lists(st.sampled_from(columns), max_size=2)) if query.groups else []
            query = replace(query, order=tuple(Order(column, is_descending=draw(st.booleans())) for column in by))
            plan(query)
        except ValueError:  # a metric that the groups do not have
            continue
        questions[str(number)] = query
    return questions


def results(world: World, questions: dict[str, Query]) -> dict[str, Any]:
    rolled = world.rollups.of_site(world.site.id, world.site.zone)
    return answers(world.database, together({name: plan(query, rolled) for name, query in questions.items()}))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(questions=pages(), more=st.sampled_from([0, 1, 100]))
def test_counts_answer_like_rows(world, questions, more):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counted, "MORE_VALUES", more)
        answered = results(world, questions)
    for name, result in answered.items():
        event("counted")
        assert run(world.database, questions[name], privacy=DEFAULT) == result, questions[name]


def a_query(groups: Any = (), metrics: Any = VISITORS, filters: Any = (), **changes: Any) -> Query:
    return Query(1, Period("custom", FIRST, TODAY, PARIS), metrics, groups, filters, goals=GOALS, **changes)


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(
            [
                a_query((dimensions.PAGE, Interval.DAY), limit=1),
                a_query(metrics=(Metric.EVENTS,), filters=(Condition(dimensions.PAGE, Op.IS, ("/a",)),)),
            ],
            id="the highest pages and a page by name",
        ),
        pytest.param(
            [
                a_query((dimensions.SOURCE, Interval.DAY), (Metric.VISITORS, Metric.PAGEVIEWS), limit=1),
                a_query((dimensions.SOURCE, Interval.DAY), (Metric.PAGEVIEWS, Metric.VISITORS), limit=1),
            ],
            id="the highest sources by two metrics",
        ),
    ],
)
@pytest.mark.parametrize("is_turned", [False, True], ids=["in this order", "in the other order"])
def test_questions_about_one_dimension_do_not_mix(world, pair, is_turned):
    questions = {str(number): query for number, query in enumerate(reversed(pair) if is_turned else pair)}

    for name, result in results(world, questions).items():
        assert run(world.database, questions[name], privacy=DEFAULT) == result


@pytest.mark.parametrize(
    ("query", "is_counted"),
    [
        pytest.param(a_query(metrics=TOTALS), True, id="totals"),
        pytest.param(a_query((Interval.DAY,)), True, id="a series"),
        pytest.param(a_query((Interval.HOUR,)), False, id="a series of hours"),
        pytest.param(a_query((dimensions.SOURCE,)), True, id="a box"),
        pytest.param(a_query((dimensions.SOURCE,), (Metric.BOUNCE_RATE,)), True, id="a box ordered by a ratio"),
        pytest.param(a_query((dimensions.SOURCE,), offset=1), True, id="the second page of a table"),
        pytest.param(a_query((dimensions.SOURCE,), counts_rows=True), True, id="a table with its size"),
        pytest.param(
            a_query((dimensions.SOURCE,), order=(Order(Metric.VISITORS, is_descending=False),)), True, id="an order"
        ),
        pytest.param(
            a_query((dimensions.SOURCE,), (Metric.PAGEVIEWS, Metric.BOUNCE_RATE)), True, id="metrics of two tables"
        ),
        pytest.param(
            a_query((dimensions.SOURCE,), (Metric.BOUNCE_RATE, Metric.PAGEVIEWS)),
            False,
            id="an order by the second table",
        ),
        pytest.param(
            a_query(
                (dimensions.SOURCE,),
                (Metric.VISITORS, Metric.PERCENTAGE),
                order=(Order(Metric.PERCENTAGE, is_descending=True),),
            ),
            False,
            id="an order by a share",
        ),
        pytest.param(a_query((Interval.WEEK,), (Metric.PAGEVIEWS, Metric.BOUNCE_RATE)), True, id="both tables by week"),
        pytest.param(a_query((dimensions.SOURCE, Interval.DAY)), True, id="a box by day"),
        pytest.param(a_query((dimensions.SOURCE, Interval.WEEK)), False, id="a box by week"),
        pytest.param(a_query((dimensions.GOAL,)), True, id="goals"),
        pytest.param(a_query((dimensions.GOAL, Interval.WEEK)), True, id="goals by week"),
        pytest.param(a_query((dimensions.GOAL,), (Metric.EVENTS,)), True, id="events of goals, some of them unknown"),
        pytest.param(
            a_query(metrics=(Metric.EVENTS,), filters=(Reaches((READ,)),)), True, id="events of a scroll goal"
        ),
        pytest.param(
            a_query((Interval.DAY,), (Metric.VISITORS, Metric.GROUP_CONVERSION_RATE), (Reaches((READ,)),)),
            True,
            id="a rate by day",
        ),
        pytest.param(
            a_query((dimensions.COUNTRY,), (Metric.VISITORS, Metric.GROUP_CONVERSION_RATE), (Reaches((READ,)),)),
            False,
            id="a rate by country",
        ),
        pytest.param(a_query((prop("plan"),)), True, id="a property"),
        pytest.param(a_query(filters=FILTERS[1]), True, id="one value"),
        pytest.param(a_query((dimensions.COUNTRY,), filters=FILTERS[1]), False, id="a box of one value of another"),
    ],
)
def test_some_questions_are_answered_together(world, query, is_counted):
    answered = results(world, {"a": query})

    assert is_counted is ("a" in answered)
    assert not is_counted or run(world.database, query, privacy=DEFAULT) == answered["a"]


def test_a_day_is_counted_for_all_questions_in_the_same_way(world):
    query = a_query(metrics=TOTALS)
    until_ten = replace(query, period=replace(query.period, until=datetime(2026, 4, 1, 8, tzinfo=UTC)))
    answered = results(
        world,
        {
            "whole": query,
            "cut": until_ten,
            "before": replace(query, period=replace(query.period, last=TODAY - timedelta(days=1))),
        },
    )

    assert {"whole", "before"} == answered.keys()
    assert run(world.database, query, privacy=DEFAULT) == answered["whole"]


@pytest.mark.parametrize("most", [pytest.param(0, id="all values are read"), pytest.param(5000, id="values by name")])
def test_metrics_of_two_tables_are_joined(world, most, monkeypatch):
    monkeypatch.setattr(counted, "MAX_VALUES", most)
    query = a_query((dimensions.PAGE,), (Metric.VISITORS, Metric.PAGEVIEWS, Metric.BOUNCE_RATE), counts_rows=True)

    assert run(world.database, query, privacy=DEFAULT) == results(world, {"a": query})["a"]


def test_a_day_with_too_many_values_is_left_to_the_question_alone(world, monkeypatch):
    monkeypatch.setattr(counted, "MAX_VALUES", 0)
    monkeypatch.setattr(counted, "MORE_VALUES", 0)
    answered = results(world, {"box": a_query((dimensions.SOURCE,), limit=1), "series": a_query((Interval.DAY,))})

    assert {"series"} == answered.keys()


def test_goals_with_one_condition_have_a_row_each(world):
    twins = (goals.new(1, event_name="Signup"), goals.new(1, event_name="Signup", display_name="Again"))
    query = replace(a_query((dimensions.GOAL,)), goals=twins)
    answered = results(world, {"a": query})

    assert run(world.database, query, privacy=DEFAULT) == answered["a"]
    assert {"Signup", "Again"} == {row.groups[0] for row in answered["a"].rows}


def test_an_invalid_question_is_an_error_before_anything_is_read(world):
    with pytest.raises(QueryError):
        results(world, {"a": a_query((dimensions.EXIT_PAGE,), (Metric.PAGEVIEWS,))})
