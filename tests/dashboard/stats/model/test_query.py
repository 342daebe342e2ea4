from datetime import date
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.model import dimensions
from dashboard.stats.model.filters import AllOf, AnyOf, Condition, HasDone, Not, Op, Reaches
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import Order, Query, QueryError

ON_A = Condition(dimensions.PAGE, Op.IS, ("/a",))
NOT_ON_A = Condition(dimensions.PAGE, Op.IS_NOT, ("/a",))
FROM_GOOGLE = Condition(dimensions.SOURCE, Op.IS, ("Google",))
DAY = Period("custom", date(2026, 3, 10), date(2026, 3, 10), ZoneInfo("Europe/Paris"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({"metrics": ()}, "at least one metric", id="no metric"),
        pytest.param({"metrics": (Metric.VISITORS, Metric.VISITORS)}, "each metric only once", id="a metric twice"),
        pytest.param({"groups": (dimensions.PAGE, dimensions.PAGE)}, "dimension only once", id="a dimension twice"),
        pytest.param({"groups": (Interval.DAY, Interval.HOUR)}, "one time interval", id="two intervals"),
        pytest.param(
            {"order": (Order(Metric.VISITS, is_descending=True),)},
            "only be ordered by",
            id="order by what is not there",
        ),
        pytest.param({"metrics": (Metric.CONVERSION_RATE,)}, "needs a filter on event:goal", id="converted to what"),
        pytest.param({"metrics": (Metric.SCROLL_DEPTH,)}, "needs a filter on event:page", id="the depth of what"),
        pytest.param(
            {"metrics": (Metric.SCROLL_DEPTH,), "filters": (Not(ON_A),)}, "at the top level", id="the depth of others"
        ),
        pytest.param(
            {"metrics": (Metric.SCROLL_DEPTH,), "filters": (AnyOf((ON_A, ON_A)),)}, "top level", id="of one of two"
        ),
        pytest.param(
            {"metrics": (Metric.SCROLL_DEPTH,), "filters": (AllOf((ON_A,)),)}, "top level", id="the depth in an and"
        ),
        pytest.param(
            {"metrics": (Metric.SCROLL_DEPTH,), "filters": (HasDone(ON_A),)}, "top level", id="the depth once done"
        ),
        pytest.param(
            {"metrics": (Metric.TIME_ON_PAGE,), "filters": (HasDone(ON_A),)}, "event:page", id="the time on what"
        ),
        pytest.param(
            {"metrics": (Metric.VIEWS_PER_VISIT,), "filters": (AnyOf((ON_A, FROM_GOOGLE)),)},
            "filter on event:page",
            id="views of one page or another",
        ),
        pytest.param(
            {"metrics": (Metric.VIEWS_PER_VISIT,), "groups": (dimensions.SOURCE,)},
            "can't be broken down",
            id="views per visit by source",
        ),
        pytest.param(
            {"metrics": (Metric.VIEWS_PER_VISIT,), "filters": (ON_A,)}, "filter on event:page", id="views of one page"
        ),
        pytest.param({"limit": 0}, "from 1 to 10000", id="no row"),
        pytest.param({"limit": 10_001}, "from 1 to 10000", id="too many rows"),
        pytest.param({"offset": -1}, "offset 0 or more", id="a negative offset"),
    ],
)
def test_a_contradictory_query_is_rejected(changes, sentence):
    with pytest.raises(QueryError, match=sentence):
        Query(**{"site_id": 1, "period": DAY, "metrics": (Metric.VISITORS,)} | changes)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="one number"),
        pytest.param({"groups": (dimensions.PAGE,)}, id="a dimension"),
        pytest.param({"groups": (dimensions.PAGE, Interval.DAY, dimensions.SOURCE)}, id="several groups"),
        pytest.param({"metrics": (Metric.VIEWS_PER_VISIT,), "groups": (Interval.DAY,)}, id="views per visit by day"),
        pytest.param({"metrics": (Metric.CONVERSION_RATE,), "filters": (Reaches(()),)}, id="a filter on goals"),
        pytest.param({"metrics": (Metric.CONVERSION_RATE,), "groups": (dimensions.GOAL,)}, id="by goal"),
        pytest.param({"metrics": (Metric.SCROLL_DEPTH,), "filters": (ON_A,)}, id="the depth of a page"),
        pytest.param(
            {"metrics": (Metric.SCROLL_DEPTH,), "filters": (FROM_GOOGLE, NOT_ON_A)}, id="of all pages but one"
        ),
        pytest.param({"metrics": (Metric.SCROLL_DEPTH,), "groups": (dimensions.PAGE,)}, id="the depth by page"),
        pytest.param({"metrics": (Metric.TIME_ON_PAGE,), "filters": (Not(ON_A),)}, id="the time on other pages"),
        pytest.param(
            {"metrics": (Metric.TIME_ON_PAGE,), "filters": (AnyOf((ON_A, FROM_GOOGLE)),)}, id="the time, nested"
        ),
        pytest.param(
            {"metrics": (Metric.VIEWS_PER_VISIT,), "filters": (FROM_GOOGLE, HasDone(ON_A))}, id="once on a page"
        ),
        pytest.param({"limit": 10_000, "offset": 7}, id="the most rows"),
    ],
)
def test_a_consistent_query_is_accepted(changes):
    query = Query(**{"site_id": 1, "period": DAY, "metrics": (Metric.VISITORS,)} | changes)

    assert query.site_id == 1
