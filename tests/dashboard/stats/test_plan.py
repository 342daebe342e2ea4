from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.model import dimensions
from dashboard.stats.model.filters import AnyOf, Condition, HasDone, Not, Op, Reaches
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, parse
from dashboard.stats.model.query import Query, QueryError
from dashboard.stats.plan import Plan, attributed, plan

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
    assert Plan(events, visits) == plan(Query(1, WEEK, metrics, **keys), metrics)


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
        plan(Query(1, WEEK, (VISITORS, metric), groups), (VISITORS, metric))


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
