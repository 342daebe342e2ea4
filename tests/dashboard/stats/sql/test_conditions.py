from datetime import date

import pytest

from dashboard.stats.answer.run import run
from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import BY_NAME, prop
from dashboard.stats.model.filters import AllOf, AnyOf, Condition, HasDone, Not, Op, Reaches
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Period
from dashboard.stats.model.query import Query
from dashboard.stats.sql import conditions
from schema.measures import goals
from schema.privacy.profile import DEFAULT
from tests.factories import PARIS, a_visit, an_event, store, views

MARCH_10 = Period("custom", date(2026, 3, 10), date(2026, 3, 10), PARIS)
PLAN = prop("plan")


def on(dimension, *texts, op=Op.IS, is_case_sensitive=True):
    return Condition(dimension, op, texts, is_case_sensitive)


@pytest.fixture
def journeys(database):
    """Provide three visits: a reads two pages, b signs up (plan: pro) and reads one, c reads one page twice."""
    store(database, views("/", "/blog/a", source="Google", country="FR", visitor_id=1, hostname="a.example"))
    b = a_visit(visitor_id=2, entry_page="/", exit_page="/", source="", country="DE", utm_source="news", pageviews=1)
    store(
        database,
        [
            an_event(b, path="/", props={"author": "Zoé"}),
            an_event(b, name="Signup", path="/", props={"plan": "pro"}, position=2),
            an_event(b, name="engagement", path="/", scroll_depth=80, engagement_ms=9000, position=3),
        ],
    )
    store(database, views("/blog/a", "/blog/a", source="google.fr", country="", visitor_id=3, browser="Firefox"))
    return database


def count(database, *filters, metrics=(Metric.VISITORS,)):
    (row,) = run(database, Query(1, MARCH_10, metrics, filters=filters), privacy=DEFAULT).rows
    return row.metrics[0]


BOTH = [
    pytest.param((Metric.VISITS,), id="either table"),
    pytest.param((Metric.VISITS, Metric.VISIT_DURATION), id="with visits"),
    pytest.param((Metric.VISITS, Metric.PAGEVIEWS), id="with events"),
]
SIGNUP = goals.new(1, event_name="Signup")
PRO = goals.new(1, event_name="Signup", props={"plan": "pro"})
FREE = goals.new(1, event_name="Signup", props={"plan": "free"})
BLOG = goals.new(1, page_path="/blog/**")
FAR = goals.new(1, page_path="/", scroll_threshold=80)
FARTHER = goals.new(1, page_path="/", scroll_threshold=81)
EITHER = goals.new(1, page_path="/none*|/blog/a")
LITERAL = goals.new(1, page_path="/none|/blog/a")


@pytest.mark.parametrize("metrics", BOTH)
@pytest.mark.parametrize(
    ("visits", "condition"),
    [
        pytest.param(1, on(dimensions.SOURCE, "Google"), id="is"),
        pytest.param(0, on(dimensions.SOURCE, "google"), id="is not like it"),
        pytest.param(1, on(dimensions.SOURCE, "google", is_case_sensitive=False), id="is, in any case"),
        pytest.param(2, on(dimensions.SOURCE, "Google", "google.fr"), id="is one of"),
        pytest.param(2, on(dimensions.SOURCE, "Google", op=Op.IS_NOT), id="is not"),
        pytest.param(1, on(dimensions.SOURCE, "Google", "Direct / None", op=Op.IS_NOT), id="is none of"),
        pytest.param(1, on(dimensions.SOURCE, "oogle.", op=Op.CONTAINS), id="contains"),
        pytest.param(2, on(dimensions.SOURCE, "GOOGLE", op=Op.CONTAINS, is_case_sensitive=False), id="in any case"),
        pytest.param(2, on(dimensions.SOURCE, "oogle.", op=Op.CONTAINS_NOT), id="does not contain"),
        pytest.param(1, on(dimensions.SOURCE, "^goo.*r$", op=Op.MATCHES), id="matches"),
        pytest.param(2, on(dimensions.SOURCE, "^goo.*r$", op=Op.MATCHES_NOT), id="does not match"),
        pytest.param(2, on(dimensions.SOURCE, "(?i)GOO", op=Op.MATCHES), id="matches in any case"),
        pytest.param(1, on(dimensions.SOURCE, "g*r", op=Op.MATCHES_WILDCARD), id="wildcard"),
        pytest.param(2, on(dimensions.SOURCE, "g*r|Goog**", op=Op.MATCHES_WILDCARD), id="or another wildcard"),
        pytest.param(1, on(dimensions.SOURCE, "g*r|Goog**", op=Op.MATCHES_WILDCARD_NOT), id="none of the wildcards"),
        pytest.param(1, on(dimensions.SOURCE, "Direct / None"), id="empty by its label"),
        pytest.param(1, on(dimensions.SOURCE, "(not set)"), id="empty by the label of all"),
        pytest.param(1, on(dimensions.SOURCE, "Direct", op=Op.CONTAINS), id="empty by a part of its label"),
        pytest.param(2, on(dimensions.SOURCE, "Direct", op=Op.CONTAINS_NOT), id="not empty by a part of its label"),
        pytest.param(2, on(dimensions.UTM_SOURCE, "Direct / None"), id="no campaign, by the label of sources"),
        pytest.param(2, on(dimensions.UTM_SOURCE, "(not set)"), id="no campaign"),
        pytest.param(1, on(dimensions.COUNTRY, "(not set)"), id="no country"),
        pytest.param(0, on(dimensions.COUNTRY, "Direct / None"), id="which sources have for a label"),
        pytest.param(1, on(BY_NAME["visit:country_name"], "France"), id="a country by name"),
        pytest.param(2, on(dimensions.ENTRY_PAGE, "/"), id="entry page"),
        pytest.param(2, on(dimensions.EXIT_PAGE, "/blog/a"), id="exit page"),
        pytest.param(2, on(dimensions.PAGE, "/blog/a"), id="page"),
        pytest.param(2, on(dimensions.PAGE, "/blog/a", op=Op.IS_NOT), id="saw another page"),
        pytest.param(1, Not(HasDone(on(dimensions.PAGE, "/blog/a"))), id="never saw the page"),
        pytest.param(2, HasDone(on(dimensions.PAGE, "/blog/a")), id="saw the page some time"),
        pytest.param(1, on(dimensions.EVENT_NAME, "Signup"), id="event"),
        pytest.param(1, on(PLAN, "pro"), id="property"),
        pytest.param(3, on(PLAN, "(none)"), id="without the property"),
        pytest.param(3, on(PLAN, "pro", op=Op.IS_NOT), id="another property or none"),
        pytest.param(1, on(PLAN, "(none)", op=Op.IS_NOT), id="any property"),
        pytest.param(0, on(PLAN, "x", "(none)", "pro", op=Op.IS_NOT), id="any other property"),
        pytest.param(1, on(PLAN, "r", op=Op.CONTAINS), id="property contains"),
        pytest.param(0, on(PLAN, "r", op=Op.CONTAINS_NOT), id="contains_not asks for the property"),
        pytest.param(1, on(PLAN, "x", op=Op.CONTAINS_NOT), id="contains_not where there is one"),
        pytest.param(1, on(PLAN, "x", op=Op.MATCHES_NOT), id="matches_not where there is one"),
        pytest.param(1, on(prop("author"), "zOÉ", is_case_sensitive=False), id="letters beyond ASCII in any case"),
        pytest.param(1, Reaches((SIGNUP,)), id="event goal"),
        pytest.param(1, Reaches((PRO,)), id="event goal with its property"),
        pytest.param(0, Reaches((FREE,)), id="event goal with another property"),
        pytest.param(2, Reaches((BLOG,)), id="page goal with a wildcard"),
        pytest.param(1, Reaches((FAR,)), id="scroll goal"),
        pytest.param(0, Reaches((FARTHER,)), id="scroll goal not reached"),
        pytest.param(2, Reaches((EITHER,)), id="page goal with an or in a pattern"),
        pytest.param(0, Reaches((LITERAL,)), id="a bar without a star is a bar"),
        pytest.param(3, Reaches((BLOG, SIGNUP)), id="one of two goals"),
        pytest.param(0, Reaches(()), id="no goal"),
        pytest.param(
            1, AllOf((on(dimensions.PAGE, "/"), on(dimensions.EVENT_NAME, "Signup"))), id="one event that is both"
        ),
        pytest.param(
            0, AllOf((on(dimensions.PAGE, "/blog/a"), on(dimensions.EVENT_NAME, "Signup"))), id="no event is both"
        ),
        pytest.param(
            3, AnyOf((on(dimensions.PAGE, "/blog/a"), on(dimensions.ENTRY_PAGE, "/"))), id="one or the other table"
        ),
        pytest.param(1, Not(on(dimensions.ENTRY_PAGE, "/")), id="not"),
        pytest.param(
            2, Not(AnyOf((on(dimensions.COUNTRY, "FR"), on(dimensions.EVENT_NAME, "Signup")))), id="an event is neither"
        ),
    ],
)
def test_visits_are_found(journeys, visits, condition, metrics):
    assert visits == count(journeys, condition, metrics=metrics)


@pytest.mark.parametrize(
    ("op", "sql"),
    [
        pytest.param(Op.IS, "(value in {", id="is"),
        pytest.param(Op.IS_NOT, "not (value in {", id="is not"),
        pytest.param(Op.CONTAINS, "(position(value, {", id="contains"),
    ],
)
def test_values_of_counts_are_compared_like_a_column(op, sql):
    assert conditions.of_value(on(dimensions.PAGE, "/a", op=op), "value").sql.startswith(sql)
