import time
from datetime import date

import pytest

from dashboard.stats.model import dimensions
from dashboard.stats.model.filters import Reaches
from dashboard.stats.parse import site_context
from dashboard.stats.parse.site_context import grouped_goals
from schema.measures import goals, segments
from schema.sites import sites
from tests.factories import store, views

FILTERS = [["is", "visit:country", ["FR"]]]


@pytest.fixture
def site(control):
    return sites.add(control, "example.org", timezone="Europe/Paris", now=time.time())


def add_goals(control, site, *names):
    for name in names:
        goals.add(control, goals.new(site.id, event_name=name))


def test_goals_and_segments_are_those_of_the_site(control, site):
    other = sites.add(control, "other.example", timezone="UTC", now=time.time())
    add_goals(control, other, "Other")
    add_goals(control, site, "Visit", "Buy")
    segment = segments.add(control, site.id, "France", FILTERS)
    context = site_context.of_filters(control, site)

    assert ["Buy", "Visit"] == [goal.display_name for goal in context.goals()]
    assert list(context.segments().values()) == [FILTERS]
    assert segment is None or segment.id in context.segments()


def test_goals_are_looked_up_once(control, site):
    context = site_context.of_filters(control, site)
    before = context.goals()
    add_goals(control, site, "Buy")

    assert before == context.goals() == ()


def test_filters_need_no_first_day(control, site):
    assert site_context.of_filters(control, site).first_day() is None


def test_the_first_day_is_the_local_day_of_the_first_event(control, database, site):
    store(database, views("/", start="2026-03-09 23:30"))

    assert date(2026, 3, 10) == site_context.of_site(control, database, site).first_day()


@pytest.mark.parametrize(
    ("groups", "chosen", "names"),
    [
        pytest.param((dimensions.GOAL,), [], ["Buy", "Visit"], id="every goal"),
        pytest.param((dimensions.GOAL,), ["Buy"], ["Buy"], id="the goals that a filter leaves"),
        pytest.param((dimensions.SOURCE,), ["Buy"], [], id="rows that goals do not tell apart"),
    ],
)
def test_rows_are_about_the_goals_that_filters_leave(control, site, groups, chosen, names):
    add_goals(control, site, "Visit", "Buy")
    context = site_context.of_filters(control, site)
    filters = [Reaches(tuple(goal for goal in context.goals() if goal.display_name in chosen))] if chosen else []

    assert names == [goal.display_name for goal in grouped_goals(groups, filters, context)]
