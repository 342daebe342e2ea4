from datetime import timedelta

import pytest

from dashboard.stats.reports.arrivals import Arrival, arrivals
from schema.privacy.profile import DEFAULT, EXEMPT, Privacy
from tests.dashboard.desk import NOW
from tests.factories import store, views


def at(minutes_ago: int) -> str:
    return f"{NOW - timedelta(minutes=minutes_ago):%Y-%m-%d %H:%M}"


def test_page_views_of_the_last_hour_are_counted_by_host(database):
    store(database, views("/", "/a", start=at(50)))
    store(database, views("/", start=at(120)))

    assert [Arrival("example.org", 2)] == arrivals(database, 1, NOW, privacy=DEFAULT)
    assert [] == arrivals(database, 2, NOW, privacy=DEFAULT)


@pytest.mark.parametrize(("visitors", "expected"), [(9, []), (12, [Arrival("example.org", 10)])])
def test_an_exempt_site_shows_no_host_of_few_visitors(database, visitors, expected):
    for _visitor in range(visitors):
        store(database, views("/", start=at(20)))

    assert expected == arrivals(database, 1, NOW, privacy=Privacy(profile=EXEMPT, retention_months=13))
