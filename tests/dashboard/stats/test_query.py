from datetime import date
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.dimensions import Dimension
from dashboard.stats.metrics import Metric
from dashboard.stats.period import Interval, Period
from dashboard.stats.query import Query, QueryError

DAY = Period("custom", date(2026, 3, 10), date(2026, 3, 10), ZoneInfo("Europe/Paris"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({"metrics": ()}, "at least one metric", id="no metric"),
        pytest.param({"metrics": (Metric.VISITORS, Metric.VISITORS)}, "each once", id="a metric twice"),
        pytest.param({"dimension": Dimension.PAGE, "interval": Interval.DAY}, "not for both", id="two breakdowns"),
        pytest.param({"limit": 0}, "1 to 10000 rows", id="no row"),
        pytest.param({"limit": 10_001}, "1 to 10000 rows", id="too many rows"),
        pytest.param({"offset": -1}, "skip none or more", id="a negative offset"),
    ],
)
def test_a_question_that_contradicts_itself_is_refused(changes, sentence):
    with pytest.raises(QueryError, match=sentence):
        Query(**{"site_id": 1, "period": DAY, "metrics": (Metric.VISITORS,)} | changes)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="one number"),
        pytest.param({"metrics": tuple(Metric)}, id="every metric"),
        pytest.param({"dimension": Dimension.PAGE}, id="a dimension"),
        pytest.param({"interval": Interval.DAY}, id="an interval"),
        pytest.param({"limit": 10_000, "offset": 7}, id="the most rows"),
    ],
)
def test_a_question_that_makes_sense_is_taken(changes):
    query = Query(**{"site_id": 1, "period": DAY, "metrics": (Metric.VISITORS,)} | changes)

    assert query.site_id == 1
