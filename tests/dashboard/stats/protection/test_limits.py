"""Which questions about an exempt site have an answer."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import prop
from dashboard.stats.model.filters import AnyOf, Condition, HasDone, Not, Op, Reaches
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import Query
from dashboard.stats.protection import limits
from schema.measures import goals
from schema.privacy.profile import DEFAULT, Privacy
from tests.factories import PARIS

TODAY = date(2026, 4, 15)
YESTERDAY = date(2026, 4, 14)
EXEMPT = Privacy(profile="exempt", retention_months=13)
WITH_SOURCES = Privacy(profile="exempt", retention_months=13, shows_acquisition=True)
SIGNUP, ORDER = goals.new(1, event_name="Signup"), goals.new(1, event_name="Order")
PAGE = Condition(dimensions.PAGE, Op.IS, ("/a",))
FRENCH = Condition(dimensions.COUNTRY, Op.IS, ("FR",))


def a_query(groups: Any = (), *filters: Any, metrics: Any = (Metric.VISITORS,), last: date = YESTERDAY, **more: Any):
    first = more.pop("first", YESTERDAY)
    period = Period("custom", first, last, PARIS, **more)
    return Query(1, period, metrics, groups, filters, goals=(SIGNUP,))


def of_today(groups: Any = (), *filters: Any, **more: Any):
    return a_query(groups, *filters, first=TODAY, last=TODAY, **more)


ANSWERED = {
    "totals": a_query(metrics=(Metric.VISITORS, Metric.BOUNCE_RATE, Metric.VIEWS_PER_VISIT)),
    "a dimension": a_query((dimensions.COUNTRY,)),
    "a dimension by day": a_query((dimensions.COUNTRY, Interval.DAY)),
    "pages with all their metrics": a_query(
        (dimensions.PAGE,), metrics=(Metric.VISITORS, Metric.BOUNCE_RATE, Metric.SCROLL_DEPTH, Metric.TIME_ON_PAGE)
    ),
    "entry pages": a_query((dimensions.ENTRY_PAGE,), metrics=(Metric.VISITORS, Metric.VISIT_DURATION)),
    "the regions of the report": a_query((dimensions.NAMED_REGION,)),
    "goals": a_query((dimensions.GOAL,)),
    "a filter": a_query((), PAGE),
    "a filter on the dimension of the rows": a_query((dimensions.PAGE,), PAGE),
    "a filter on a goal": a_query((), Reaches((SIGNUP,)), metrics=(Metric.CONVERSION_RATE,)),
    "a list without the empty value": a_query((dimensions.COUNTRY,), Condition(dimensions.COUNTRY, Op.IS_NOT, ("",))),
    "until now": a_query(last=TODAY, until=datetime(2026, 4, 15, 13, tzinfo=UTC)),
    "today by the hour": of_today((Interval.HOUR,)),
    "today by one dimension, filtered by another": of_today((dimensions.COUNTRY,), PAGE),
    "today with two filters": of_today((), PAGE, FRENCH),
}
REFUSED = {
    "revenue": (a_query((), Reaches((SIGNUP,)), metrics=(Metric.TOTAL_REVENUE,)), "revenue"),
    "a property": (a_query((prop("plan"),)), "properties"),
    "a filter on a property": (a_query((), Condition(prop("plan"), Op.IS, ("pro",))), "properties"),
    "cities": (a_query((dimensions.CITY,)), "cities"),
    "a filter on a city": (a_query((), Condition(dimensions.CITY, Op.IS, ("1",))), "cities"),
    "a city deep in a filter": (
        of_today((), AnyOf((PAGE, Not(Condition(dimensions.CITY_NAME, Op.IS, ("Lyon",)))))),
        "cities",
    ),
    "sources": (a_query((dimensions.SOURCE,)), "came from"),
    "referrers": (a_query((dimensions.REFERRER,)), "came from"),
    "channels": (a_query((dimensions.CHANNEL,)), "channels"),
    "campaigns": (a_query((dimensions.UTM_CAMPAIGN,)), "campaigns"),
    "conversions by source": (a_query((dimensions.SOURCE,), Reaches((SIGNUP,))), "came from"),
    "a negation": (a_query((), Condition(dimensions.PAGE, Op.IS_NOT, ("/a",))), "one value"),
    "a part of a text": (a_query((), Condition(dimensions.PAGE, Op.CONTAINS, ("/a",))), "one value"),
    "a pattern": (a_query((), Condition(dimensions.PAGE, Op.MATCHES, ("^/a",))), "one value"),
    "several values": (a_query((), Condition(dimensions.PAGE, Op.IS, ("/a", "/b"))), "one value"),
    "any case": (a_query((), Condition(dimensions.PAGE, Op.IS, ("/a",), is_case_sensitive=False)), "one value"),
    "several goals": (a_query((), Reaches((SIGNUP, ORDER))), "one value"),
    "one of several conditions": (a_query((), AnyOf((PAGE, FRENCH))), "one value"),
    "visits that have done it": (of_today((), HasDone(PAGE)), "one value"),
    "three filters": (of_today((), PAGE, FRENCH, Reaches((SIGNUP,))), "at most 2"),
    "a combination on a closed day": (a_query((dimensions.COUNTRY,), PAGE), "no longer exists"),
    "two filters on a closed day": (a_query((), PAGE, FRENCH), "no longer exists"),
    "two dimensions on a closed day": (a_query((dimensions.COUNTRY, dimensions.BROWSER)), "no longer exists"),
    "two dimensions today": (of_today((dimensions.COUNTRY, dimensions.BROWSER)), "one dimension"),
    "today with a closed day, filtered": (a_query((), PAGE, FRENCH, last=TODAY), "no longer exists"),
    "a closed day by the hour": (a_query((Interval.HOUR,)), "Hours"),
    "today by the minute": (of_today((Interval.MINUTE,)), "minutes"),
    "today by the hour with yesterday": (a_query((Interval.HOUR,), last=TODAY), "Hours"),
    "a closed day from an hour on": (a_query(since=datetime(2026, 4, 14, 10, tzinfo=UTC)), "whole days"),
    "a closed day until an hour": (a_query(until=datetime(2026, 4, 14, 10, tzinfo=UTC)), "whole days"),
    "today from a second on": (of_today(since=datetime(2026, 4, 15, 10, 0, 1, tzinfo=UTC)), "whole days"),
}


@pytest.mark.parametrize("query", [pytest.param(query, id=name) for name, query in ANSWERED.items()])
def test_questions_of_the_report_have_an_answer(query):
    assert limits.refusal(query, EXEMPT, today=TODAY) is None


@pytest.mark.parametrize(("query", "part"), [pytest.param(*case, id=name) for name, case in REFUSED.items()])
def test_other_questions_are_refused_in_a_sentence(query, part):
    assert part in str(limits.refusal(query, EXEMPT, today=TODAY))
    assert limits.refusal(query, DEFAULT, today=TODAY) is None


@pytest.mark.parametrize("dimension", [dimensions.SOURCE, dimensions.REFERRER])
def test_sources_are_shown_if_the_operator_decided_so(dimension):
    assert limits.refusal(a_query((dimension,)), WITH_SOURCES, today=TODAY) is None
    assert limits.refusal(a_query((dimension,), Reaches((SIGNUP,))), WITH_SOURCES, today=TODAY)


@pytest.mark.parametrize("dimension", [dimensions.CHANNEL, dimensions.UTM_SOURCE, dimensions.CITY])
def test_campaigns_and_cities_stay_off(dimension):
    assert limits.refusal(a_query((dimension,)), WITH_SOURCES, today=TODAY)
