"""Statements compared with golden/NAME.sql, where each parameter is replaced by its value."""

import re
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.answer.run import run
from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import prop
from dashboard.stats.model.filters import AnyOf, Condition, HasDone, Not, Op, Reaches
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import Order, Query
from dashboard.stats.plan import plan
from dashboard.stats.sql.fragment import Fragment
from dashboard.stats.sql.statement import compose
from schema.days.rolled_days import RolledDay, RolledDays
from schema.measures import goals
from schema.privacy.profile import DEFAULT

GOLDEN = Path(__file__).parent / "golden"
TWO_DAYS = Period("custom", date(2026, 3, 28), date(2026, 3, 29), ZoneInfo("Europe/Paris"))  # the second has 23 hours
BUY = goals.new(7, event_name="Buy", currency="EUR", props={"plan": "pro"})
BLOG = goals.new(7, page_path="/blog/**")

QUESTIONS = {
    "visits": Query(7, TWO_DAYS, (Metric.VISITORS, Metric.BOUNCE_RATE)),
    "events_by_page": Query(
        7, TWO_DAYS, (Metric.VISITORS, Metric.PAGEVIEWS), (dimensions.PAGE,), limit=9, offset=18, counts_rows=True
    ),
    "visits_by_day": Query(7, TWO_DAYS, (Metric.VISITS,), (Interval.DAY,)),
    "visits_by_hour": Query(7, TWO_DAYS, (Metric.VISITORS, Metric.VISIT_DURATION), (Interval.HOUR,)),
    "both_by_page": Query(
        7,
        TWO_DAYS,
        (Metric.PAGEVIEWS, Metric.BOUNCE_RATE),
        (dimensions.PAGE,),
        (Condition(dimensions.PAGE, Op.CONTAINS, ("blog",)),),
    ),
    "bounces_of_a_page": Query(
        7, TWO_DAYS, (Metric.VISITS, Metric.BOUNCE_RATE), filters=(Condition(dimensions.PAGE, Op.IS, ("/",)),)
    ),
    "filters": Query(
        7,
        TWO_DAYS,
        (Metric.VISITORS,),
        (dimensions.SOURCE,),
        (
            Condition(dimensions.SOURCE, Op.IS, ("Direct / None", "Google")),
            Condition(prop("plan"), Op.CONTAINS_NOT, ("free",)),
            AnyOf((Condition(dimensions.PAGE, Op.IS, ("/a",)), Condition(dimensions.EXIT_PAGE, Op.MATCHES, ("^/b",)))),
            Not(HasDone(Condition(dimensions.EVENT_NAME, Op.IS, ("Signup",)))),
        ),
        (Order(dimensions.SOURCE, is_descending=True),),
    ),
    "goals": Query(
        7,
        TWO_DAYS,
        (Metric.VISITORS, Metric.EVENTS, Metric.CONVERSION_RATE, Metric.TOTAL_REVENUE),
        (dimensions.GOAL,),
        goals=(BUY, BLOG),
    ),
    "group_rates": Query(
        7,
        TWO_DAYS,
        (Metric.VISITORS, Metric.GROUP_CONVERSION_RATE),
        (dimensions.COUNTRY,),
        (Reaches((BUY,)),),
    ),
}


# Before the second of the two days is over, so that it is counted on the spot.
ROLLED = RolledDays("Europe/Paris", TWO_DAYS.last, {TWO_DAYS.first: RolledDay("Europe/Paris", is_exact=True)})
STATEMENTS = {name: compose(plan(query)) for name, query in QUESTIONS.items()} | {
    "counts_of_days": compose(
        plan(
            Query(
                7,
                TWO_DAYS,
                (Metric.VISITORS, Metric.BOUNCE_RATE),
                filters=(Condition(dimensions.SOURCE, Op.IS, ("Google",)),),
            ),
            ROLLED,
        )
    )
}


def readable(statement: Fragment) -> str:
    return re.sub(
        r"\{(\w+):([^{}]+)\}", lambda match: f"{{{shown(statement.params[match[1]])}:{match[2]}}}", statement.sql
    )


def shown(value: object) -> str:
    if isinstance(value, list) and len(value) > 4:
        return f"{len(value)} from {value[0]} to {value[-1]}"
    return str(value)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_query_becomes_one_statement(name):
    assert (GOLDEN / f"{name}.sql").read_text() == readable(STATEMENTS[name]) + "\n"


def test_every_golden_file_belongs_to_a_query():
    assert sorted(STATEMENTS) == sorted(path.stem for path in GOLDEN.iterdir())


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_statement_runs(database, name):
    assert run(database, QUESTIONS[name], privacy=DEFAULT).rows == () or not QUESTIONS[name].groups


def test_no_value_is_in_the_text():
    """Every text in the statement comes from our own code."""
    literals = set(re.findall(r"'([^']*)'", STATEMENTS["filters"].sql + STATEMENTS["goals"].sql))

    assert literals <= {"", "UTC", "engagement", "pageview"}


def test_rows_can_be_grouped_by_a_thousand_goals(database):
    many = tuple(goals.new(1, event_name=f"Goal number {number}", props={"plan": "a" * 50}) for number in range(1000))

    assert (
        run(database, Query(1, TWO_DAYS, (Metric.VISITORS,), (dimensions.GOAL,), goals=many), privacy=DEFAULT).rows
        == ()
    )
