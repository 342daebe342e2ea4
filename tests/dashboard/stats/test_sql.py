from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.dimensions import Dimension
from dashboard.stats.metrics import Metric
from dashboard.stats.period import Interval, Period
from dashboard.stats.query import Query
from dashboard.stats.sql import compose

TWO_DAYS = Period("custom", date(2026, 3, 28), date(2026, 3, 29), ZoneInfo("Europe/Paris"))
START, END = datetime(2026, 3, 27, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)
MIDNIGHTS = [1774652400, 1774738800, 1774821600]  # the second day has 23 hours

BOUNDS = {"site_id": 7, "start": START, "end": END, "until_day": date(2026, 3, 31)}
EVENTS_BOUNDS = BOUNDS | {"events_from": date(2026, 3, 26)}
VISITS_BOUNDS = BOUNDS | {"visits_from": date(2026, 3, 19)}

TOTAL_OF_VISITS = """
select '' as value,
uniqExact(visitor_id) as visitors,
toUInt32(ifNotFinite(round(100 * sum(is_bounce) / count()), 0)) as bounce_rate
from visits final
where site_id = {site_id:UInt32}
and day >= {visits_from:Date}
and day <= {until_day:Date}
and last >= {start:DateTime('UTC')}
and start < {end:DateTime('UTC')}
settings do_not_merge_across_partitions_select_final = 1
"""

EVENTS_BY_PAGE = """
select path as value,
uniqExact(visitor_id) as visitors,
countIf(name = 'pageview') as pageviews
from events
where site_id = {site_id:UInt32}
and day >= {events_from:Date}
and day <= {until_day:Date}
and time >= {start:DateTime('UTC')}
and time < {end:DateTime('UTC')}
group by value
order by visitors desc, value
limit {limit:UInt32} offset {offset:UInt32}
"""

EVENTS_BY_DAY = """
select roundDown(toUnixTimestamp(time), {edges:Array(UInt32)}) as value,
uniqExact(visitor_id) as visitors
from events
where site_id = {site_id:UInt32}
and day >= {events_from:Date}
and day <= {until_day:Date}
and time >= {start:DateTime('UTC')}
and time < {end:DateTime('UTC')}
group by value
"""

BOTH_BY_SOURCE = """
select value, bounce_rate, pageviews
from (
select source as value,
countIf(name = 'pageview') as pageviews
from events
where site_id = {site_id:UInt32}
and day >= {events_from:Date}
and day <= {until_day:Date}
and time >= {start:DateTime('UTC')}
and time < {end:DateTime('UTC')}
group by value
) as of_events
left join (
select source as value,
toUInt32(ifNotFinite(round(100 * sum(is_bounce) / count()), 0)) as bounce_rate
from visits final
where site_id = {site_id:UInt32}
and day >= {visits_from:Date}
and day <= {until_day:Date}
and last >= {start:DateTime('UTC')}
and start < {end:DateTime('UTC')}
group by value
) as of_visits using (value)
order by bounce_rate desc, value
limit {limit:UInt32} offset {offset:UInt32}
settings do_not_merge_across_partitions_select_final = 1
"""


@pytest.mark.parametrize(
    ("question", "sql", "params"),
    [
        pytest.param(
            {"metrics": (Metric.VISITORS, Metric.BOUNCE_RATE)}, TOTAL_OF_VISITS, VISITS_BOUNDS, id="visits, in all"
        ),
        pytest.param(
            {"metrics": (Metric.VISITORS, Metric.PAGEVIEWS), "dimension": Dimension.PAGE, "limit": 9, "offset": 18},
            EVENTS_BY_PAGE,
            EVENTS_BOUNDS | {"limit": 9, "offset": 18},
            id="events, by page",
        ),
        pytest.param(
            {"metrics": (Metric.VISITORS,), "interval": Interval.DAY},
            EVENTS_BY_DAY,
            EVENTS_BOUNDS | {"edges": MIDNIGHTS},
            id="events, by day",
        ),
        pytest.param(
            {"metrics": (Metric.BOUNCE_RATE, Metric.PAGEVIEWS), "dimension": Dimension.SOURCE},
            BOTH_BY_SOURCE,
            EVENTS_BOUNDS | VISITS_BOUNDS | {"limit": 100, "offset": 0},
            id="visits and events, by source",
        ),
    ],
)
def test_a_question_becomes_one_statement(question, sql, params):
    statement = compose(Query(7, TWO_DAYS, **question))

    assert sql.strip() == statement.sql
    assert params == statement.params


def test_visits_are_put_where_they_ended():
    statement = compose(Query(7, TWO_DAYS, (Metric.VISITS,), interval=Interval.DAY))

    assert statement.sql.startswith("select roundDown(toUnixTimestamp(last), {edges:Array(UInt32)}) as value")


def test_the_visits_of_a_page_are_those_that_began_there():
    statement = compose(Query(7, TWO_DAYS, (Metric.VISITORS, Metric.BOUNCE_RATE), dimension=Dimension.PAGE))

    assert "select path as value" in statement.sql
    assert "select entry_page as value" in statement.sql
