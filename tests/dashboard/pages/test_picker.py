from datetime import UTC, date, datetime

import pytest
from starlette.datastructures import QueryParams

from dashboard.pages import picker
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Period
from tests.factories import PARIS

NOW = datetime(2026, 3, 10, 13, 30, tzinfo=UTC)
LONG_AGO = date(2025, 1, 1)


def chosen(site, query: str, *, first_day: date = LONG_AGO) -> picker.Choice:
    return picker.chosen(QueryParams(query), site, now=NOW, first_day=first_day)


@pytest.mark.parametrize(
    ("query", "first_day", "key", "first"),
    [
        pytest.param("", LONG_AGO, "28d", "2026-02-10", id="28 days unless the URL names a period"),
        pytest.param("", date(2026, 3, 9), "day", "2026-03-10", id="today while the numbers are new"),
        pytest.param("", date(2026, 3, 8), "28d", "2026-02-10", id="28 days from the third day on"),
        pytest.param("period=7d", LONG_AGO, "7d", "2026-03-03", id="the period of the URL"),
        pytest.param("period=custom&from=2026-03-01&to=2026-03-05", LONG_AGO, "custom", "2026-03-01", id="two dates"),
    ],
)
def test_the_url_chooses_the_period(site, query, first_day, key, first):
    period = chosen(site, query, first_day=first_day).period

    assert (key, first) == (period.key, str(period.first))


def test_an_unknown_period_is_an_error(site):
    with pytest.raises(QueryError):
        chosen(site, "period=decade")


@pytest.mark.parametrize(
    ("query", "metric"),
    [
        ("", Metric.VISITORS),
        ("metric=bounce_rate", Metric.BOUNCE_RATE),
        ("metric=likes", Metric.VISITORS),
        ("metric=time_on_page", Metric.VISITORS),
    ],
)
def test_the_url_chooses_the_metric_of_the_chart(site, query, metric):
    assert metric == chosen(site, query).metric


@pytest.mark.parametrize(
    ("first_day", "is_compared"),
    [
        pytest.param(date(2026, 3, 2), True, id="the site was there before"),
        pytest.param(date(2026, 3, 3), False, id="the site began with the period"),
    ],
)
def test_a_period_is_compared_if_the_site_was_there_before(site, first_day, is_compared):
    assert is_compared == (chosen(site, "period=7d", first_day=first_day).before is not None)


@pytest.mark.parametrize(
    ("query", "url"),
    [
        ("period=7d", "/example.org?period=7d&metric=visits"),
        (
            "period=custom&from=2026-03-01&to=2026-03-05",
            "/example.org?period=custom&from=2026-03-01&to=2026-03-05&metric=visits",
        ),
    ],
)
def test_a_url_keeps_the_period_and_changes_the_metric(site, query, url):
    assert url == chosen(site, query).url(site, Metric.VISITS)


def test_the_menu_marks_the_chosen_period_and_keeps_the_rest_of_the_url(site):
    menu = picker.menu("/example.org", chosen(site, "period=7d").period, metric="visits")

    assert list(picker.PERIOD_NAMES.values()) == [link.name for link in menu.links]
    assert [menu.name] == [link.name for link in menu.links if link.is_chosen]
    assert all(link.url.endswith("&metric=visits") for link in menu.links)


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        pytest.param("2026-03-10", "2026-03-10", "10 Mar 2026", id="a day"),
        pytest.param("2026-03-01", "2026-03-10", "1–10 Mar 2026", id="days of a month"),
    ],
)
def test_a_period_of_dates_is_called_by_its_days(first, last, name):
    period = Period("custom", date.fromisoformat(first), date.fromisoformat(last), PARIS)

    assert name == picker.name_of(period).replace("\u2009", "")
