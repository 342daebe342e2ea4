from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from schema.days import counts
from schema.days.counts import EVENT_DIMENSIONS, VISIT_DIMENSIONS, DayScope
from schema.measures import goals

DAY = DayScope(1, date(2026, 3, 29), ZoneInfo("Europe/Paris"))


def test_a_local_day_is_an_interval_of_utc():
    parameters = DAY.parameters()

    assert [
        datetime(2026, 3, 27, 23, tzinfo=UTC),
        datetime(2026, 3, 28, 23, tzinfo=UTC),
        datetime(2026, 3, 29, 22, tzinfo=UTC),
    ] == [parameters[name] for name in ("before", "start", "end")]


def test_a_part_of_a_day_ends_at_its_instant():
    until = datetime(2026, 3, 29, 12, tzinfo=UTC)

    assert until == DayScope(1, DAY.day, DAY.zone, until).parameters()["end"]


@pytest.mark.parametrize(
    ("has_props", "has_goals", "parameters"),
    [
        pytest.param(False, False, set(), id="dimensions alone"),
        pytest.param(True, False, {"props"}, id="properties"),
        pytest.param(False, True, {"goals"}, id="goals"),
        pytest.param(True, True, {"props", "goals"}, id="both"),
    ],
)
def test_the_statement_over_events_names_only_what_it_is_for(has_props, has_goals, parameters):
    sql = counts.events_sql(EVENT_DIMENSIONS, has_props=has_props, has_goals=has_goals)

    assert "{pairs}" not in sql
    assert parameters == {name for name in ("props", "goals") if f"{{{name}:Array" in sql}


@pytest.mark.parametrize(
    ("sql", "dimensions"),
    [
        pytest.param(
            counts.events_sql(EVENT_DIMENSIONS, has_props=False, has_goals=False), EVENT_DIMENSIONS, id="events"
        ),
        pytest.param(counts.visits_sql(VISIT_DIMENSIONS), VISIT_DIMENSIONS, id="visits"),
    ],
)
def test_a_statement_counts_every_dimension(sql, dimensions):
    assert [name for name in dimensions if f"('{name}', " not in sql] == []


def test_a_narrowed_statement_has_only_the_columns_it_needs():
    sql = "select   a + 1 as b,\n         c as d,\n         b * 2 as e,\n         x as last\nfrom t"

    assert "select   a + 1 as b,\n         b * 2 as e,\n         x as last\nfrom t" == counts.narrowed(sql, ["e"])


@pytest.mark.parametrize(
    ("columns", "has_day_before", "has_visits"),
    [
        pytest.param({"visitors"}, False, False, id="visitors"),
        pytest.param({"visitors", "visitors_again"}, True, False, id="visitors who were there the day before"),
        pytest.param({"depth", "depth_visits"}, False, True, id="scroll depth of visits"),
        pytest.param({"pageviews", "depth_again"}, True, True, id="both"),
    ],
)
def test_a_statement_reads_only_what_its_columns_need(columns, has_day_before, has_visits):
    sql = counts.events_sql(["event:page"], has_props=False, has_goals=False, columns=columns)

    assert has_day_before is ("visitor_id in" in sql)
    assert has_visits is ("depth_now" in sql)


@pytest.mark.parametrize(
    "column", ["started_visitors", "carried_bounces", "ended_visits", "ended_visitors_again", "expires", "value"]
)
def test_a_statement_over_visits_has_a_wanted_column_and_no_other(column):
    sql = counts.visits_sql(["visit:country"], {column})
    others = {"started_visitors", "carried_bounces", "ended_bounces", "expires"} - {column}

    assert f" as {column},\n" in sql
    assert [name for name in others if f" as {name},\n" in sql] == []


@pytest.mark.parametrize(
    ("changes", "is_same"),
    [
        pytest.param({"event_name": "Buy", "display_name": "Sold"}, True, id="another name"),
        pytest.param({"event_name": "Buy", "currency": "EUR"}, True, id="a currency"),
        pytest.param({"event_name": "Sell"}, False, id="another event"),
        pytest.param({"event_name": "Buy", "props": {"plan": "pro"}}, False, id="a property"),
    ],
)
def test_the_mark_of_a_goal_follows_from_what_reaches_it(changes, is_same):
    mark = counts.mark(goals.new(1, event_name="Buy"))

    assert is_same == (mark == counts.mark(goals.new(1, **changes)))


def test_goals_that_the_same_events_reach_are_counted_once():
    same = [goals.new(1, event_name="Buy"), goals.new(1, event_name="Buy", display_name="Sold")]
    page = goals.new(1, page_path="/blog/*")
    parameters = DAY.event_parameters(props=["plan"], goals=[*same, page])

    assert ["Buy", "pageview"] == parameters["goal_events"]
    assert ["plan"] == parameters["props"]
    assert "" == parameters["goal_patterns"][0] != parameters["goal_patterns"][1]
