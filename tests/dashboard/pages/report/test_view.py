from datetime import date
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from dashboard.pages.report.filters import ChosenFilter
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval
from tests.dashboard.pages.report.views import LONG_AGO, a_view


@pytest.mark.parametrize(
    ("query", "first_day", "first", "last"),
    [
        pytest.param("", LONG_AGO, "2026-02-10", "2026-03-09", id="28 days unless the URL names a period"),
        pytest.param("", date(2026, 3, 9), "2026-03-10", "2026-03-10", id="today while the numbers are new"),
        pytest.param("", date(2026, 3, 8), "2026-02-10", "2026-03-09", id="28 days from the third day on"),
        pytest.param("period=7d", LONG_AGO, "2026-03-03", "2026-03-09", id="the period of the URL"),
        pytest.param("period=7d&date=2026-02-20", LONG_AGO, "2026-02-13", "2026-02-19", id="as of an earlier day"),
        pytest.param("period=day&date=2026-03-08", LONG_AGO, "2026-03-08", "2026-03-08", id="one day"),
        pytest.param("period=month&date=2026-02-01", LONG_AGO, "2026-02-01", "2026-02-28", id="an earlier month"),
        pytest.param("period=month&date=2026-03-31", LONG_AGO, "2026-03-01", "2026-03-10", id="the end of this month"),
        pytest.param("period=year", LONG_AGO, "2026-01-01", "2026-03-10", id="this year"),
        pytest.param("period=year&date=2025-01-01", LONG_AGO, "2025-01-01", "2025-12-31", id="an earlier year"),
        pytest.param("period=6mo", LONG_AGO, "2025-09-01", "2026-02-28", id="six whole months"),
        pytest.param("period=24h", LONG_AGO, "2026-03-09", "2026-03-10", id="24 hours"),
        pytest.param("period=custom&from=2026-03-01&to=2026-03-05", LONG_AGO, "2026-03-01", "2026-03-05", id="dates"),
        pytest.param(
            "period=custom&from=2026-03-05&to=2026-03-05", LONG_AGO, "2026-03-05", "2026-03-05", id="one date"
        ),
    ],
)
def test_the_url_chooses_the_period(query, first_day, first, last):
    view = a_view(query, first_day=first_day)

    assert (first, last) == (str(view.period.first), str(view.period.last))
    assert () == view.misunderstood


def test_24_hours_end_with_this_hour():
    view = a_view("period=24h&match_day_of_week=false")
    assert view.before

    assert 24 * 3600 == (view.period.end - view.period.start).total_seconds()
    assert 24 * 3600 == (view.period.start - view.before.start).total_seconds()


@pytest.mark.parametrize(
    ("query", "before"),
    [
        pytest.param("period=7d", "2026-02-24", id="the seven days before"),
        pytest.param("period=30d", "2026-01-11", id="weekdays matched: 28 days before"),
        pytest.param("period=30d&match_day_of_week=false", "2026-01-09", id="30 days before"),
        pytest.param("period=month", "2026-02-22", id="this month, whole weeks before"),
        pytest.param("period=7d&comparison=year_over_year", "2025-03-04", id="a year before, the same weekday"),
        pytest.param(
            "period=7d&comparison=custom&compare_from=2026-01-01&compare_to=2026-01-09", "2026-01-01", id="dates"
        ),
        pytest.param("period=7d&comparison=off", None, id="none"),
        pytest.param("period=all", None, id="nothing before all time"),
    ],
)
def test_the_url_chooses_the_comparison(query, before):
    view = a_view(query)

    assert before == (str(view.before.first) if view.before else None)


@pytest.mark.parametrize(
    ("first_day", "is_compared"),
    [
        pytest.param(date(2026, 3, 2), True, id="the site was there before"),
        pytest.param(date(2026, 3, 3), False, id="the site began with the period"),
    ],
)
def test_a_period_is_compared_if_the_site_was_there_before(first_day, is_compared):
    assert is_compared == (a_view("period=7d", first_day=first_day).before is not None)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        pytest.param("period=decade", "'decade'", id="a period"),
        pytest.param("period=custom&from=x&to=y", "is not a date", id="a date"),
        pytest.param("period=day&date=2030-01-01", "future", id="a day to come"),
        pytest.param("comparison=moon", "“moon”", id="a comparison"),
        pytest.param("match_day_of_week=maybe", "no comparison", id="a choice"),
        pytest.param("metric=likes", "“likes”", id="a metric"),
        pytest.param("metric=conversion_rate", "“conversion_rate”", id="a metric of other pages"),
        pytest.param("interval=minute", "“minute”", id="an interval"),
        pytest.param("period=day&interval=month", "“month”", id="an interval that does not fit"),
        pytest.param("sources=wells", "“wells”", id="a tab"),
        pytest.param("f=is,shoe,42", "“shoe”", id="a dimension"),
        pytest.param("f=like,source,x", "not valid", id="an operator"),
        pytest.param("f=is,source", "not valid", id="a filter without values"),
        pytest.param("f=contains,country,F", "“is” and “is not”", id="an operator that does not fit"),
        pytest.param("f=is,goal,Nothing", "no goal named", id="a goal"),
        pytest.param("f=is,segment,99", "no segment", id="a segment"),
        pytest.param("colour=red", "“colour”", id="a name"),
        pytest.param("&".join(["f=is,source,x"] * 21), "20", id="too many filters"),
    ],
)
def test_what_is_not_understood_is_said_and_the_rest_shown(query, sentence):
    view = a_view(f"{query}&f=is,source,Google")

    assert 1 == len(view.misunderstood)
    assert sentence in view.misunderstood[0]
    assert ("is", "source") in [(chosen.op, chosen.key) for chosen in view.filters] or "20" in sentence


def test_plausible_links_are_understood():
    view = a_view(
        "period=7d&date=2026-03-10&f=is,source,Google&f=contains_not,page,/a%2Cb,/docs&l=US,United%20States"
        "&comparison=previous_period&match_day_of_week=true&with_imported=true"
    )

    assert () == view.misunderstood
    assert [("is", "source", ("Google",)), ("contains_not", "page", ("/a,b", "/docs"))] == [
        (chosen.op, chosen.key, chosen.values) for chosen in view.filters
    ]


def test_the_oldest_links_have_a_parameter_per_filter():
    assert [("page", ("/x",))] == [(chosen.key, chosen.values) for chosen in a_view("page=/x").filters]


def test_a_url_keeps_everything_but_what_changes():
    view = a_view("period=7d&sources=channels&f=is,source,A%20%26%20B,C%2CD&f=is_not,country,FR")
    url = view.url(metric="visits")

    assert view.url() == "/example.org?period=7d&sources=channels&f=is,source,A%20%26%20B,C%2CD&f=is_not,country,FR"
    assert {"period": ["7d"], "sources": ["channels"], "metric": ["visits"]}.items() <= parse_qs(
        urlsplit(url).query
    ).items()
    assert view.filters == a_view(urlsplit(url).query).filters


def test_a_filter_on_the_same_dimension_replaces_it():
    view = a_view("f=is,source,Google&f=is_not,source,Bing&f=is,country,FR")

    assert view.with_filter("source", "LinkedIn") == (
        "/example.org?f=is_not,source,Bing&f=is,country,FR&f=is,source,LinkedIn"
    )


def test_a_filter_can_be_removed():
    assert a_view("f=is,source,Google&f=is,country,FR").without_filter(0) == "/example.org?f=is,country,FR"


def test_another_period_drops_what_belongs_to_this_one():
    view = a_view("period=custom&from=2026-03-01&to=2026-03-05&interval=day&f=is,source,Google")

    assert view.of_period({"period": "day"}) == "/example.org?period=day&f=is,source,Google"


@pytest.mark.parametrize(
    ("query", "metrics"),
    [
        pytest.param("", "visitors visits pageviews views_per_visit bounce_rate visit_duration", id="all visits"),
        pytest.param("f=is,page,/a", "visitors visits pageviews bounce_rate scroll_depth time_on_page", id="a page"),
        pytest.param("f=is,goal,Signup", "visitors events conversion_rate", id="a goal"),
        pytest.param(
            "f=is,goal,Purchase",
            "visitors events conversion_rate total_revenue average_revenue",
            id="a goal with revenue",
        ),
    ],
)
def test_the_metrics_follow_from_the_filters(query, metrics):
    assert metrics.split() == list(a_view(query).metrics)


def test_the_url_chooses_metric_and_interval():
    view = a_view("period=28d&metric=bounce_rate&interval=week")

    assert (Metric.BOUNCE_RATE, Interval.WEEK) == (view.metric, view.interval)
    assert (Metric.VISITORS, Interval.DAY) == (a_view("period=28d").metric, a_view("period=28d").interval)


def test_a_period_is_remembered_until_the_url_names_one():
    assert "7d" == a_view("", remembered={"period": "7d"}).period.key
    assert "30d" == a_view("period=30d", remembered={"period": "7d"}).period.key
    assert "28d" == a_view("", remembered={"period": "decade"}).period.key


def test_filters_survive_the_hidden_fields_of_a_form():
    view = a_view("period=7d&f=is,source,Direct%20/%20None,a%2Cb&f=contains,page,caf%C3%A9%20%26")
    sent = urlencode(list(view.hidden_fields()))

    assert view.filters == a_view(sent).filters
    assert "7d" == a_view(sent).period.key


def test_a_filter_can_be_changed_in_its_place():
    view = a_view("f=is,source,Google&f=is,country,FR", path="/filter")
    chosen = ChosenFilter("contains", "source", ("goo",))

    assert view.with_filter_at(0, chosen) == "/example.org?f=contains,source,goo&f=is,country,FR"
    assert view.with_filter_at(None, chosen) == "/example.org?f=is,source,Google&f=is,country,FR&f=contains,source,goo"
    assert view.with_only(chosen) == "/example.org?f=contains,source,goo"
