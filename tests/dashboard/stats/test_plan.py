from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.model import dimensions
from dashboard.stats.model.filters import AnyOf, Condition, HasDone, Not, Op, Reaches
from dashboard.stats.model.metrics import Metric, Table
from dashboard.stats.model.period import Interval, parse
from dashboard.stats.model.query import Query, QueryError
from dashboard.stats.plan import Counts, Plan, Slice, attributed, base_of, plan, without_goals
from schema.days.rolled_days import RolledDay, RolledDays
from schema.measures import goals

WEEK = parse("7d", zone=ZoneInfo("Europe/Paris"), now=datetime(2026, 3, 10, tzinfo=UTC), first_day=None)
VISITORS, VISITS, PAGEVIEWS, BOUNCE_RATE = Metric.VISITORS, Metric.VISITS, Metric.PAGEVIEWS, Metric.BOUNCE_RATE


def on(dimension, *texts):
    return Condition(dimension, Op.IS, texts or ("x",))


PAGE, ENTRY, SOURCE = on(dimensions.PAGE), on(dimensions.ENTRY_PAGE), on(dimensions.SOURCE)


@pytest.mark.parametrize(
    ("metrics", "keys", "events", "visits"),
    [
        pytest.param((VISITORS, VISITS), {}, (), (VISITORS, VISITS), id="1: nothing is of events alone"),
        pytest.param((VISITORS, BOUNCE_RATE), {"filters": (SOURCE,)}, (), (VISITORS, BOUNCE_RATE), id="1: filtered"),
        pytest.param((VISITORS,), {"groups": (dimensions.ENTRY_PAGE,)}, (), (VISITORS,), id="1: by entry page"),
        pytest.param((VISITORS,), {"groups": (Interval.DAY,)}, (), (VISITORS,), id="1: by day"),
        pytest.param((VISITORS,), {"filters": (HasDone(PAGE),)}, (), (VISITORS,), id="1: what visits have done"),
        pytest.param((VISITORS, PAGEVIEWS), {}, (VISITORS, PAGEVIEWS), (), id="2: beside page views"),
        pytest.param((VISITORS,), {"filters": (PAGE,)}, (VISITORS,), (), id="2: of a page"),
        pytest.param((VISITORS,), {"filters": (Reaches(()),)}, (VISITORS,), (), id="2: of a goal"),
        pytest.param((VISITORS, VISITS), {"groups": (dimensions.PAGE,)}, (VISITORS, VISITS), (), id="2: by page"),
        pytest.param(
            (VISITORS, BOUNCE_RATE),
            {"filters": (PAGE,)},
            (),
            (VISITORS, BOUNCE_RATE),
            id="3: bounces with a page filter",
        ),
        pytest.param((VISITORS,), {"filters": (PAGE, ENTRY)}, (), (VISITORS,), id="3: both kinds of filters"),
        pytest.param((VISITORS,), {"filters": (AnyOf((PAGE, Not(ENTRY))),)}, (), (VISITORS,), id="3: in one filter"),
        pytest.param(
            (VISITORS,),
            {"filters": (PAGE,), "groups": (dimensions.EXIT_PAGE,)},
            (),
            (VISITORS,),
            id="3: by exit page with a page filter",
        ),
        pytest.param((PAGEVIEWS, VISITS), {"filters": (ENTRY,)}, (PAGEVIEWS, VISITS), (), id="4: of an entry page"),
        pytest.param(
            (VISITORS, PAGEVIEWS, BOUNCE_RATE),
            {},
            (VISITORS, PAGEVIEWS),
            (BOUNCE_RATE,),
            id="5: page views and bounces",
        ),
        pytest.param(
            (VISITORS, BOUNCE_RATE),
            {"groups": (dimensions.PAGE,)},
            (VISITORS,),
            (BOUNCE_RATE,),
            id="5: bounces by page",
        ),
        pytest.param(
            (PAGEVIEWS,),
            {"groups": (dimensions.ENTRY_PAGE,), "counts_whole_visits": True},
            (),
            (PAGEVIEWS,),
            id="page views of whole visits",
        ),
        pytest.param(
            (Metric.TOTAL_REVENUE,),
            {"groups": (dimensions.EXIT_PAGE,), "filters": (Reaches(()),)},
            (Metric.TOTAL_REVENUE,),
            (),
            id="revenue by exit page",
        ),
    ],
)
def test_each_metric_comes_from_one_table(metrics, keys, events, visits):
    by_table = {select.table: select.metrics for select in plan(Query(1, WEEK, metrics, **keys)).selects}

    assert by_table == {table: names for table, names in ((Table.EVENTS, events), (Table.VISITS, visits)) if names}


@pytest.mark.parametrize(
    ("metric", "groups"),
    [
        pytest.param(PAGEVIEWS, (dimensions.ENTRY_PAGE,), id="page views by entry page"),
        pytest.param(Metric.EVENTS, (dimensions.EXIT_PAGE,), id="events by exit page"),
        pytest.param(BOUNCE_RATE, (dimensions.EVENT_NAME,), id="bounces by event"),
        pytest.param(BOUNCE_RATE, (dimensions.HOSTNAME,), id="bounces by hostname alone"),
        pytest.param(Metric.VISIT_DURATION, (dimensions.PAGE, dimensions.prop("plan")), id="duration by property"),
    ],
)
def test_metrics_of_one_table_are_not_grouped_by_dimensions_of_the_other(metric, groups):
    with pytest.raises(QueryError, match=f"{metric} can't be broken down by {groups[-1].name}"):
        plan(Query(1, WEEK, (VISITORS, metric), groups))


HOST = on(dimensions.HOSTNAME, "a.example")


@pytest.mark.parametrize(
    ("group", "added"),
    [
        pytest.param(dimensions.SOURCE, (on(dimensions.ENTRY_HOSTNAME, "a.example"),), id="by source"),
        pytest.param(dimensions.UTM_TERM, (on(dimensions.ENTRY_HOSTNAME, "a.example"),), id="by campaign"),
        pytest.param(dimensions.ENTRY_PAGE, (on(dimensions.ENTRY_HOSTNAME, "a.example"),), id="by entry page"),
        pytest.param(dimensions.EXIT_PAGE, (on(dimensions.EXIT_HOSTNAME, "a.example"),), id="by exit page"),
        pytest.param(dimensions.PAGE, (), id="by page"),
        pytest.param(dimensions.COUNTRY, (), id="by country"),
    ],
)
def test_visits_start_or_end_on_the_filtered_hostname(group, added):
    query = Query(1, WEEK, (VISITORS,), (group,), (HOST,))

    assert (HOST, *added) == attributed(query).filters


def test_without_a_hostname_nothing_is_added():
    assert attributed(Query(1, WEEK, (VISITORS,), (dimensions.SOURCE,), (PAGE,))).filters == (PAGE,)


def test_by_page_the_half_of_the_visits_is_about_entry_pages():
    query = Query(1, WEEK, (PAGEVIEWS, BOUNCE_RATE), (dimensions.PAGE, dimensions.HOSTNAME), (PAGE, HOST, SOURCE))
    events, visits = plan(query).selects

    assert (query.groups, query.filters) == (events.query.groups, events.query.filters)
    assert (dimensions.ENTRY_PAGE, dimensions.ENTRY_HOSTNAME) == visits.query.groups
    assert (ENTRY, on(dimensions.ENTRY_HOSTNAME, "a.example"), SOURCE) == visits.query.filters


def test_a_bounce_is_of_the_filtered_page():
    (visits,) = plan(Query(1, WEEK, (BOUNCE_RATE,), filters=(PAGE, SOURCE))).selects

    assert ((PAGE, SOURCE), (ENTRY,)) == (visits.query.filters, visits.bounced)


SIGNUP = Reaches((goals.new(1, event_name="Signup"),))
PLAN = on(dimensions.prop("plan"))


def shares(*metrics, groups=(), filters=(SIGNUP, PLAN, SOURCE)) -> Plan:
    return plan(Query(1, WEEK, metrics, groups, filters))


@pytest.mark.parametrize(
    ("metric", "filters"),
    [
        pytest.param(Metric.PERCENTAGE, (SIGNUP, PLAN, SOURCE), id="a percentage"),
        pytest.param(Metric.CONVERSION_RATE, (SOURCE,), id="a conversion rate"),
        pytest.param(Metric.GROUP_CONVERSION_RATE, (SOURCE,), id="the rate of one group, which is all"),
    ],
)
def test_a_share_is_of_visitors_with_some_of_the_filters(metric, filters):
    (total,) = shares(metric).totals[metric]

    assert (VISITORS,) == total.metrics
    assert filters == total.query.filters
    assert shares(metric).selects[0].metrics == (VISITORS,)


@pytest.mark.parametrize(
    ("groups", "kept"),
    [
        pytest.param((dimensions.SOURCE,), (0,), id="a source"),
        pytest.param((dimensions.GOAL, dimensions.prop("plan")), (1,), id="a property beside a goal"),
        pytest.param((dimensions.GOAL,), (), id="a goal"),
    ],
)
def test_a_group_rate_is_of_the_group_without_its_goal(groups, kept):
    planned = shares(Metric.GROUP_CONVERSION_RATE, groups=groups)

    assert kept == planned.kept
    assert [tuple(groups[number] for number in kept)] == [
        total.query.groups for total in planned.group_totals or [WHOLE]
    ]
    assert bool(kept) is not bool(planned.totals)


WHOLE = plan(Query(1, WEEK, (VISITORS,))).selects[0]


def test_without_shares_there_are_no_totals():
    planned = shares(VISITORS, groups=(dimensions.SOURCE,))

    assert ({}, (), ()) == (planned.totals, planned.group_totals, planned.kept)


@pytest.mark.parametrize(
    ("metric", "filters"),
    [
        pytest.param(BOUNCE_RATE, (PAGE, SIGNUP, ENTRY), id="visits that began on the page"),
        pytest.param(Metric.CONVERSION_RATE, (PAGE,), id="visitors, whether they reach the goal or not"),
    ],
)
def test_the_base_of_a_rate_has_other_filters(metric, filters):
    assert filters == base_of(Query(1, WEEK, (metric,), filters=(PAGE, SIGNUP)), metric).filters


@pytest.mark.parametrize(
    ("node", "is_kept"),
    [
        pytest.param(SIGNUP, False, id="a goal"),
        pytest.param(Not(PLAN), False, id="a property inside not"),
        pytest.param(SOURCE, True, id="a source"),
        pytest.param(AnyOf((PLAN, SOURCE)), True, id="a property or a source"),
        pytest.param(HasDone(PAGE), True, id="a page that was seen"),
    ],
)
def test_goals_and_properties_are_left_out_of_a_total(node, is_kept):
    assert without_goals([node]) == ((node,) if is_kept else ())


def rolled(days: int) -> RolledDays:
    """Return the counts of the first days of the week."""
    counted = {WEEK.first + timedelta(days=number): RolledDay("Europe/Paris", is_exact=True) for number in range(days)}
    return RolledDays("Europe/Paris", date(2026, 3, 10), counted)


@pytest.mark.parametrize(
    ("days", "keys", "counts"),
    [
        pytest.param(7, {}, Counts(Slice("", ""), ()), id="all days"),
        pytest.param(6, {}, Counts(Slice("", ""), (WEEK.last,)), id="one day is counted on the spot"),
        pytest.param(4, {}, None, id="too many days lack counts"),
        pytest.param(7, {"groups": (dimensions.SOURCE,)}, Counts(Slice("visit:source", None), ()), id="by source"),
        pytest.param(7, {"filters": (SOURCE,)}, Counts(Slice("visit:source", "x"), ()), id="one source"),
        pytest.param(
            7, {"filters": (on(dimensions.SOURCE, "Direct / None"),)}, Counts(Slice("visit:source", ""), ()), id="none"
        ),
        pytest.param(7, {"filters": (SOURCE, SOURCE)}, None, id="two filters"),
        pytest.param(7, {"groups": (Interval.HOUR,)}, None, id="by hour"),
        pytest.param(7, {"filters": (SIGNUP,)}, None, id="a goal that was not counted"),
    ],
)
def test_counts_replace_rows_where_they_cover_the_query(days, keys, counts):
    assert counts == plan(Query(1, WEEK, (VISITORS,), **keys), rolled(days)).selects[0].counts


def test_metrics_of_pages_and_of_visits_can_be_asked_together():
    metrics = (VISITORS, Metric.SCROLL_DEPTH, Metric.TIME_ON_PAGE, BOUNCE_RATE)
    of_events, of_visits = plan(Query(1, WEEK, metrics, (dimensions.PAGE,))).selects

    assert (VISITORS, Metric.SCROLL_DEPTH, Metric.TIME_ON_PAGE) == of_events.metrics
    assert ((BOUNCE_RATE,), (dimensions.ENTRY_PAGE,)) == (of_visits.metrics, of_visits.query.groups)


BLOG = Condition(dimensions.PAGE, Op.CONTAINS, ("/blog",))
NOT_NEWS = Condition(dimensions.PAGE, Op.IS_NOT, ("/blog/news",))
VIEWS: dict[str, Any] = {"metrics": (Metric.PAGEVIEWS, Metric.EVENTS), "filters": (BLOG, NOT_NEWS)}
OF_PAGES = Counts(Slice("event:page", None, conditions=(BLOG, NOT_NEWS)), ())


@pytest.mark.parametrize(
    ("is_alone", "keys", "counts"),
    [
        pytest.param(True, VIEWS, OF_PAGES, id="in total"),
        pytest.param(True, VIEWS | {"groups": (dimensions.PAGE, Interval.DAY)}, OF_PAGES, id="by page and day"),
        pytest.param(False, VIEWS, None, id="others read the rows anyway"),
        pytest.param(True, VIEWS | {"metrics": (VISITORS, Metric.PAGEVIEWS)}, None, id="visitors do not add up"),
        pytest.param(True, VIEWS | {"filters": (BLOG, SOURCE)}, None, id="a filter on sources, too"),
        pytest.param(True, VIEWS | {"groups": (dimensions.COUNTRY,)}, None, id="by country"),
    ],
)
def test_page_views_of_filtered_pages_are_sums_of_counts(is_alone, keys, counts):
    assert counts == plan(Query(1, WEEK, **keys), rolled(7), is_alone=is_alone).selects[0].counts


def test_filters_need_the_events_of_each_day():
    days = rolled(7)
    final = replace(days, days={**days.days, WEEK.first: replace(days.days[WEEK.first], is_final=True)})

    assert plan(Query(1, WEEK, **VIEWS), final, is_alone=True).selects[0].counts is None
