"""Questions asked together have the same results as alone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from dashboard.stats.answer.run import run
from dashboard.stats.counted import together
from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import NAMED_REGION, prop
from dashboard.stats.model.filters import AnyOf, Condition, Filter, HasDone, Not, Op, Reaches
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import Query
from dashboard.stats.page import answer_page, batches
from dashboard.stats.plan import plan
from schema.measures import goals
from schema.privacy.profile import DEFAULT
from tests.dashboard.stats.sql.test_from_counts import World
from tests.factories import PARIS, store
from tests.schema.traffic import Traffic

FIRST = date(2026, 3, 26)
PERIOD = Period("custom", FIRST, FIRST + timedelta(days=6), PARIS)
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
TOTALS = (Metric.VISITORS, Metric.VISITS, Metric.PAGEVIEWS, Metric.BOUNCE_RATE, Metric.VISIT_DURATION)
METRICS = (
    (Metric.VISITORS,),
    TOTALS,
    TOTALS[1:3],
    (Metric.VISITORS, Metric.PERCENTAGE),
    (Metric.EVENTS, Metric.VISITS),
)
SIGNUP = goals.new(1, event_name="Signup")
FILTERS: tuple[Filter, ...] = (
    Condition(dimensions.SOURCE, Op.IS, ("Google",)),
    Condition(dimensions.COUNTRY, Op.IS_NOT, ("FR",)),
    Condition(dimensions.PAGE, Op.CONTAINS, ("a",)),
    Condition(dimensions.HOSTNAME, Op.IS, ("example.org",)),
    Condition(dimensions.EXIT_PAGE, Op.IS, ("/b",)),
    Condition(prop("plan"), Op.IS, ("(none)",)),
    Not(HasDone(Condition(dimensions.PAGE, Op.IS, ("/b",)))),
    AnyOf((Condition(dimensions.PAGE, Op.IS, ("/a",)), Condition(dimensions.ENTRY_PAGE, Op.IS, ("/b",)))),
    Reaches((SIGNUP,)),
)
DIMENSIONS = (
    *(dimensions.SOURCE, dimensions.COUNTRY, dimensions.CITY, dimensions.CHANNEL, dimensions.PAGE, NAMED_REGION),
    *(dimensions.ENTRY_PAGE, dimensions.EXIT_PAGE, dimensions.EVENT_NAME, dimensions.GOAL, prop("plan")),
)
INTERVALS = tuple((interval,) for interval in (Interval.DAY, Interval.HOUR, Interval.MONTH))
PAIRS = tuple((name, Interval.DAY) for name in (dimensions.SOURCE, dimensions.PAGE, dimensions.GOAL))


@st.composite
def pages(draw: st.DrawFn) -> dict[str, Query]:
    """Return questions that mostly share a period and filters."""
    filters = tuple(draw(st.lists(st.sampled_from(FILTERS), max_size=2, unique=True)))
    starts = [FIRST + timedelta(days=draw(st.integers(0, 3))) for _ in range(2)]
    questions = {}
    for number in range(draw(st.integers(2, 9))):
        start = draw(st.sampled_from(starts))
        metrics = draw(st.sampled_from(METRICS))
        groups: Any = draw(st.sampled_from([(), *INTERVALS, *[(name,) for name in DIMENSIONS], *PAIRS]))
        limit = draw(st.sampled_from([1, 2, 9, 10_000]))
        try:
            query = Query(
                1, Period("custom", start, PERIOD.last, PARIS), metrics, groups, filters, limit=limit, goals=(SIGNUP,)
            )
            plan(query)
        except ValueError:  # a dimension that the metrics do not have
            continue
        questions[str(number)] = query
    return questions


def assert_same(world: World, questions: Mapping[str, Query], *, is_counted: bool) -> int:
    """Compare the results, and return how many questions were counted, and passes over rows shared."""
    rolled = world.rollups.of_site(world.site.id, world.site.zone) if is_counted else None
    alone = {name: run(world.database, query, rolled=rolled, privacy=DEFAULT) for name, query in questions.items()}

    assert answer_page(world.database, questions, rolled=rolled, privacy=DEFAULT) == alone
    plans = {name: plan(query, rolled) for name, query in questions.items()}
    counted = together(plans).plans
    passes = batches([planned for name, planned in plans.items() if name not in counted])
    return len(counted) + sum(len(batch.parts) > 1 for batch in passes.values())


@pytest.fixture(scope="module")
def world(tmp_path_factory, engine):
    """Provide a site with six days of traffic and a seventh that is not over."""
    world = World(tmp_path_factory.mktemp("page"), engine, "Europe/Paris", now=NOW)
    world.write(Traffic(world.site.id, world.site.zone, FIRST, 7, 11).records())
    world.count()
    yield world
    world.close()


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(questions=pages(), is_counted=st.booleans())
def test_a_page_answers_like_its_questions_alone(world, questions, is_counted):
    event(f"shared: {assert_same(world, questions, is_counted=is_counted) > 0}")


def a_page(*filters: Any) -> dict[str, Query]:
    totals = Query(1, PERIOD, TOTALS, filters=filters)
    boxes = (dimensions.SOURCE, dimensions.PAGE, dimensions.COUNTRY, dimensions.BROWSER, dimensions.ENTRY_PAGE)
    return {"totals": totals, "series": Query(1, PERIOD, (Metric.VISITORS,), (Interval.DAY,), filters)} | {
        box.name: Query(1, PERIOD, (Metric.VISITORS,), (box,), filters, limit=9) for box in boxes
    }


class Counting:
    """A database that counts its queries."""

    def __init__(self, database: Any) -> None:
        self.database, self.count = database, 0

    def query(self, *arguments: Any) -> Any:
        self.count += 1
        return self.database.query(*arguments)


@pytest.mark.parametrize(
    ("filters", "is_counted"),
    [
        pytest.param((), True, id="no filter, daily counts"),
        pytest.param((), False, id="no filter, rows"),
        pytest.param(FILTERS[:2], True, id="two filters"),
        pytest.param((FILTERS[2], FILTERS[1]), True, id="a page and a country"),
    ],
)
def test_a_page_is_at_most_six_statements(world, filters, is_counted):
    rolled = world.rollups.of_site(world.site.id, world.site.zone) if is_counted else None
    counting: Any = Counting(world.database)
    answer_page(counting, a_page(*filters), rolled=rolled, privacy=DEFAULT)

    assert counting.count <= 6
    assert all(
        result.rows for result in answer_page(world.database, a_page(*filters), rolled=rolled, privacy=DEFAULT).values()
    )
    assert assert_same(world, a_page(*filters), is_counted=is_counted)


def test_a_page_without_events_is_zeros(database):
    questions = a_page(FILTERS[0])

    assert answer_page(database, questions, privacy=DEFAULT) == {
        name: run(database, query, privacy=DEFAULT) for name, query in questions.items()
    }


def test_questions_about_different_periods_are_not_mixed(database):
    store(database, Traffic(1, PARIS, FIRST, 3, 5).records())
    before = Period("custom", FIRST - timedelta(days=7), FIRST, PARIS)
    questions = a_page() | {
        f"{name} before": Query(1, before, query.metrics, query.groups) for name, query in a_page().items()
    }

    assert answer_page(database, questions, privacy=DEFAULT) == {
        name: run(database, query, privacy=DEFAULT) for name, query in questions.items()
    }


def test_an_invalid_question_is_an_error(database):
    questions = {"a": Query(1, PERIOD, (Metric.PAGEVIEWS,), (dimensions.EXIT_PAGE,))}

    with pytest.raises(ValueError, match="can't be broken down"):
        answer_page(database, questions, privacy=DEFAULT)


def test_goals_are_the_same_if_questions_count_a_day_in_different_ways(world):
    read = goals.new(1, page_path="/**", scroll_threshold=60)
    metrics = (Metric.VISITORS, Metric.EVENTS)
    whole = Query(1, PERIOD, metrics, (dimensions.GOAL,), goals=(SIGNUP, read))
    until_ten = replace(PERIOD, until=datetime(2026, 4, 1, 8, tzinfo=UTC))
    questions = {"whole": whole, "cut": replace(whole, period=until_ten)}

    rolled = world.rollups.of_site(world.site.id, world.site.zone)

    from_rows, from_counts = (
        answer_page(world.database, questions, privacy=DEFAULT, rolled=days) for days in (None, rolled)
    )

    assert from_rows == from_counts
