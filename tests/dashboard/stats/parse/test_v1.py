from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.model import dimensions
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import Condition, Op
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval
from dashboard.stats.model.query import Order
from dashboard.stats.parse import v1
from dashboard.stats.parse.site_context import SiteContext
from schema.measures import goals

NOW = datetime(2026, 3, 10, 13, 30, tzinfo=UTC)
SIGNUP = goals.new(1, event_name="Signup")
CONTEXT = SiteContext(1, ZoneInfo("Europe/Paris"), lambda: (SIGNUP,), dict, lambda: date(2026, 1, 1))


def aggregate(**parameters):
    return v1.aggregate(parameters, CONTEXT, now=NOW)


def timeseries(**parameters):
    return v1.timeseries(parameters, CONTEXT, now=NOW)


def breakdown(**parameters):
    return v1.breakdown({"property": "visit:source"} | parameters, CONTEXT, now=NOW)


@pytest.mark.parametrize(
    ("parameters", "first", "last"),
    [
        pytest.param({}, "2026-02-08", "2026-03-09", id="30 days by default"),
        pytest.param({"period": "day"}, "2026-03-10", "2026-03-10", id="today"),
        pytest.param({"period": "day", "date": "2026-03-01"}, "2026-03-01", "2026-03-01", id="another day"),
        pytest.param({"period": "7d"}, "2026-03-03", "2026-03-09", id="7 days"),
        pytest.param({"period": "month", "date": "2026-02-10"}, "2026-02-01", "2026-02-28", id="a month"),
        pytest.param({"period": "6mo", "date": "2026-02-10"}, "2025-09-01", "2026-02-28", id="6 months"),
        pytest.param({"period": "12mo", "date": "2026-01-31"}, "2025-02-01", "2026-01-31", id="12 months"),
        pytest.param(
            {"period": "custom", "date": "2026-03-01, 2026-03-05"}, "2026-03-01", "2026-03-05", id="two dates"
        ),
    ],
)
def test_a_period_has_a_first_and_a_last_day(parameters, first, last):
    period = v1.period(parameters, CONTEXT, NOW)

    assert (first, last) == (str(period.first), str(period.last))


def test_an_aggregate_counts_visitors_by_default():
    assert (Metric.VISITORS,) == aggregate().metrics
    assert (Metric.VISITS, Metric.BOUNCE_RATE) == aggregate(metrics="visits, bounce_rate").metrics


@pytest.mark.parametrize(
    ("parameters", "interval"),
    [
        pytest.param({"period": "day"}, Interval.HOUR, id="hours of a day"),
        pytest.param({"period": "30d"}, Interval.DAY, id="days of a month"),
        pytest.param({"period": "12mo"}, Interval.MONTH, id="months of a year"),
        pytest.param({"period": "12mo", "interval": "date"}, Interval.DAY, id="days of a year"),
        pytest.param({"period": "30d", "interval": "month"}, Interval.MONTH, id="months, on demand"),
    ],
)
def test_a_timeseries_has_an_interval(parameters, interval):
    assert (interval,) == timeseries(**parameters).groups


@pytest.mark.parametrize(
    ("parameters", "changes"),
    [
        pytest.param(
            {},
            {"groups": (dimensions.SOURCE,), "limit": 100, "offset": 0, "counts_whole_visits": False},
            id="the first hundred",
        ),
        pytest.param({"limit": "10", "page": "3"}, {"limit": 10, "offset": 20}, id="the third page"),
        pytest.param(
            {"property": "visit:country"},
            {"filters": (Condition(dimensions.COUNTRY, Op.IS_NOT, ("",)),)},
            id="an empty country is not shown",
        ),
        pytest.param(
            {"property": "visit:os_version"}, {"groups": (dimensions.OS_VERSION, dimensions.OS)}, id="a version"
        ),
        pytest.param({"property": "event:goal"}, {"goals": (SIGNUP,)}, id="goals"),
        pytest.param({"property": "visit:entry_page"}, {"counts_whole_visits": True}, id="entry pages"),
        pytest.param(
            {"metrics": "time_on_page,visitors", "property": "event:page"},
            {"order": (Order(Metric.VISITORS, is_descending=True),)},
            id="ordered by the first metric that is no time on page",
        ),
        pytest.param(
            {"metrics": "conversion_rate", "filters": "event:goal==Signup"},
            {"metrics": (Metric.GROUP_CONVERSION_RATE,)},
            id="a conversion rate belongs to a row",
        ),
    ],
)
def test_a_breakdown_has_a_row_for_each_value(parameters, changes):
    query = breakdown(**parameters)

    assert changes == {name: getattr(query, name) for name in changes}


@pytest.mark.parametrize(
    ("parse", "parameters"),
    [
        pytest.param(aggregate, {"metrics": "likes"}, id="an unknown metric"),
        pytest.param(aggregate, {"metrics": "visits,visits"}, id="a metric twice"),
        pytest.param(aggregate, {"period": "year"}, id="an unknown period"),
        pytest.param(aggregate, {"date": "yesterday"}, id="no date"),
        pytest.param(aggregate, {"period": "custom", "date": "2026-03-01"}, id="one date"),
        pytest.param(
            aggregate, {"metrics": "bounce_rate", "filters": "event:name==Signup"}, id="the bounce rate of an event"
        ),
        pytest.param(aggregate, {"metrics": "time_on_page", "filters": "event:goal==Signup"}, id="the time on a goal"),
        pytest.param(timeseries, {"interval": "week"}, id="an unknown interval"),
        pytest.param(breakdown, {"property": ""}, id="no property"),
        pytest.param(breakdown, {"property": "event:hostname"}, id="a property for filters alone"),
        pytest.param(breakdown, {"metrics": "views_per_visit"}, id="views per visit"),
        pytest.param(
            breakdown, {"metrics": "time_on_page", "filters": "event:page==/"}, id="the time on a page by source"
        ),
        pytest.param(breakdown, {"limit": "0"}, id="no row"),
        pytest.param(breakdown, {"limit": "1001"}, id="too many rows"),
        pytest.param(breakdown, {"page": "x"}, id="no number of a page"),
    ],
)
def test_a_question_that_cannot_be_answered_is_rejected(parse, parameters):
    with pytest.raises(QueryError):
        parse(**parameters)


@pytest.mark.parametrize(("parameters", "is_compared"), [({}, False), ({"compare": "previous_period"}, True)])
def test_a_comparison_is_with_the_period_before(parameters, is_compared):
    assert is_compared == v1.compares(parameters)


def test_another_comparison_is_rejected():
    with pytest.raises(QueryError):
        v1.compares({"compare": "year_over_year"})
