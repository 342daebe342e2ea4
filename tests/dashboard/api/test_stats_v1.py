"""The Stats API, version 1, on visits of March 2026; now is 14:30 on the 10th in Paris."""

from typing import Any

import pytest

from schema.measures import goals
from schema.sites.keys import Scope
from tests.dashboard.api.conftest import Program, with_key
from tests.factories import a_visit, an_event, store, views


@pytest.fixture
def reader(stranger, site, database) -> Program:
    """Provide a program that may read everything; three visits are stored, one of them right now."""
    store(database, views("/", "/prices", source="Google", start="2026-03-09 12:00", every_s=90, country="FR"))
    store(database, views("/", source="Bing", start="2026-03-09 15:00", browser="Chrome", browser_version="142.0"))
    store(database, views("/prices", start="2026-03-10 13:28", utm_source="news"))
    return with_key(stranger, Scope.READ_STATS)


def ask(program: Program, call: str, *, status: int = 200, **parameters: Any) -> Any:
    answer = program.client.get(
        f"/api/v1/stats/{call}", headers=program.headers, params={"site_id": "example.org"} | parameters
    )
    assert answer.status_code == status, answer.text
    return answer.json()


def test_current_visitors_are_a_number(reader):
    assert ask(reader, "realtime/visitors") == 1


@pytest.mark.parametrize(
    ("parameters", "visitors"),
    [
        pytest.param({}, 2, id="30 days, without today"),
        pytest.param({"period": "7d"}, 2, id="7 days, without today"),
        pytest.param({"period": "day"}, 1, id="today"),
        pytest.param({"period": "day", "date": "2026-03-09"}, 2, id="yesterday"),
        pytest.param({"period": "month"}, 3, id="the month"),
        pytest.param({"period": "month", "date": "2026-02-03"}, 0, id="another month"),
        pytest.param({"period": "6mo"}, 3, id="half a year, with this month"),
        pytest.param({"period": "12mo", "date": "2026-02-28"}, 0, id="a year up to another month"),
        pytest.param({"period": "custom", "date": "2026-03-10,2026-03-10"}, 1, id="two dates"),
    ],
)
def test_periods_end_before_today_or_with_the_month(reader, parameters, visitors):
    assert ask(reader, "aggregate", **parameters) == {"results": {"visitors": {"value": visitors}}}


def test_an_aggregate_has_all_metrics(reader):
    names = ["visitors", "visits", "pageviews", "events", "views_per_visit", "bounce_rate", "visit_duration"]

    assert ask(reader, "aggregate", metrics=", ".join(names))["results"] == {
        name: {"value": value} for name, value in zip(names, (2, 2, 3, 3, 1.5, 50, 45), strict=True)
    }


def test_an_aggregate_is_compared_with_the_previous_period(reader):
    answer = ask(reader, "aggregate", period="day", compare="previous_period", metrics="visitors,bounce_rate,pageviews")

    assert answer["results"] == {
        "visitors": {"value": 1, "change": -50, "comparison_value": 2},
        "bounce_rate": {"value": 100, "change": 50, "comparison_value": 50},
        "pageviews": {"value": 1, "change": -67, "comparison_value": 3},
    }


COMPARED: dict[str, Any] = {"period": "day", "compare": "previous_period"}


@pytest.mark.parametrize(
    ("day", "parameters", "comparison"),
    [
        pytest.param("2026-03-10", {"metrics": "bounce_rate"}, (100, 50, 50), id="bounces in points"),
        pytest.param("2026-03-09", {"metrics": "bounce_rate"}, (50, None, 0), id="bounces of nothing before"),
        pytest.param("2026-03-09", {"metrics": "visitors"}, (2, 100, 0), id="visitors from nothing"),
        pytest.param("2026-03-11", {"metrics": "bounce_rate"}, (0, -100, 100), id="no bounces any more"),
        pytest.param(
            "2026-03-10",
            {"metrics": "bounce_rate", "filters": "visit:source!=Bing"},
            (100, 100, 0),
            id="bounces after a day on which nobody bounced",
        ),
        pytest.param(
            "2026-03-10",
            {"metrics": "bounce_rate", "filters": "event:page==/prices"},
            (100, None, 0),
            id="bounces on a page that no visit began on before",
        ),
        pytest.param(
            "2026-03-10",
            {"metrics": "time_on_page", "filters": "event:page==/prices"},
            (None, None, None),
            id="an unknown time",
        ),
        pytest.param(
            "2026-03-09",
            {"metrics": "conversion_rate", "filters": "event:goal==Visit /"},
            (100.0, None, 0),
            id="a rate",
        ),
        pytest.param(
            "2026-03-10",
            {"metrics": "conversion_rate", "filters": "event:goal==Visit /nowhere"},
            (0, 0, 0),
            id="a rate of visitors without conversions",
        ),
    ],
)
def test_a_change_is_null_where_a_value_is_unknown_or_a_rate_was_of_nothing(
    reader, control, site, day, parameters, comparison
):
    for path in ("/", "/nowhere"):
        goals.add(control, goals.new(site.id, page_path=path))
    answer = ask(reader, "aggregate", date=day, **COMPARED, **parameters)["results"][parameters["metrics"]]

    assert comparison == (answer["value"], answer["change"], answer["comparison_value"])


def test_a_time_that_became_known_has_no_change(reader, database):
    visit = a_visit(start="2026-03-10 13:00")
    store(database, [an_event(visit), an_event(visit, name="engagement", engagement_ms=9000, position=2)])
    answer = ask(reader, "aggregate", metrics="time_on_page", filters="event:page==/", **COMPARED)

    assert answer["results"]["time_on_page"] == {"value": 9, "change": None, "comparison_value": None}


def test_bars_and_stars_choose_pages(reader, database):
    for page in ("/post|1", "/a/post|1", "/post", "/other", "/post|12"):
        store(database, views(page, start="2026-03-09 12:00"))

    def pages(filters: str) -> list[str]:
        rows = ask(reader, "breakdown", property="event:page", filters=filters)["results"]
        return sorted(row["page"] for row in rows if row["page"] not in ("/", "/prices"))

    assert pages(r"event:page==**post\|1|/other") == ["/a/post|1", "/other", "/post|1"]
    assert pages(r"event:page==/post\|1|/other") == ["/other", "/post|1"]
    assert pages(r"event:page!=**post\|1|/other") == ["/post", "/post|12"]
    assert pages(r'[["matches_wildcard","event:page",["**post\\|1","/oth*"]]]') == ["/a/post|1", "/other", "/post|1"]
    assert pages(r'[["matches_wildcard_not","event:page",["/p*|/o*"]]]') == ["/a/post|1"]


def test_filters_narrow_an_aggregate(reader):
    assert ask(reader, "aggregate", period="month", filters="event:page==/prices;visit:source!=Google") == {
        "results": {"visitors": {"value": 1}}
    }


def test_every_interval_has_a_row(reader):
    answer = ask(reader, "timeseries", period="7d", metrics="visitors,visit_duration")["results"]

    assert [row["date"] for row in answer] == [f"2026-03-0{day}" for day in range(3, 10)]
    assert answer[0] == {"date": "2026-03-03", "visitors": 0, "visit_duration": None}
    assert answer[-1] == {"date": "2026-03-09", "visitors": 2, "visit_duration": 45}


@pytest.mark.parametrize(
    ("parameters", "dates"),
    [
        pytest.param({"period": "day"}, [f"2026-03-10 {hour:02}:00:00" for hour in range(24)], id="hours of a day"),
        pytest.param(
            {"period": "6mo"},
            ["2025-10-01", "2025-11-01", "2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01"],
            id="months of half a year",
        ),
        pytest.param(
            {"period": "custom", "date": "2026-02-27,2026-03-02", "interval": "month"},
            ["2026-02-01", "2026-03-01"],
            id="months on request",
        ),
        pytest.param(
            {"period": "custom", "date": "2026-02-27,2026-03-01", "interval": "date"},
            ["2026-02-27", "2026-02-28", "2026-03-01"],
            id="days by their old name",
        ),
    ],
)
def test_intervals_follow_the_period(reader, parameters, dates):
    assert dates == [row["date"] for row in ask(reader, "timeseries", **parameters)["results"]]


@pytest.mark.parametrize(
    ("parameters", "rows"),
    [
        pytest.param(
            {"property": "visit:source"},
            [{"source": "Bing", "visitors": 1}, {"source": "Google", "visitors": 1}],
            id="sources",
        ),
        pytest.param(
            {"property": "event:page", "metrics": "visitors,pageviews,bounce_rate"},
            [
                {"page": "/", "visitors": 2, "pageviews": 2, "bounce_rate": 50},
                {"page": "/prices", "visitors": 1, "pageviews": 1, "bounce_rate": 0},
            ],
            id="pages",
        ),
        pytest.param({"property": "visit:country"}, [{"country": "FR", "visitors": 1}], id="no row for no country"),
        pytest.param(
            {"property": "visit:utm_source", "period": "month"},
            [{"utm_source": "news", "visitors": 1}],
            id="no row for no campaign",
        ),
        pytest.param(
            {"property": "visit:browser_version", "limit": "1", "page": "2"},
            [{"browser": "Chrome", "browser_version": "142.0", "visitors": 1}],
            id="versions with their browser, second page",
        ),
        pytest.param(
            {"property": "visit:entry_page", "metrics": "pageviews,visits"},
            [{"entry_page": "/", "pageviews": 3, "visits": 2}],
            id="page views of whole visits",
        ),
    ],
)
def test_a_breakdown_has_a_row_for_each_value(reader, parameters, rows):
    assert rows == ask(reader, "breakdown", **parameters)["results"]


def test_rates_of_conversion_are_of_the_group(reader, control, site, database):
    goals.add(control, goals.new(site.id, event_name="Signup"))
    visit = a_visit(start="2026-03-09 13:00", source="Google")
    store(database, [an_event(visit), an_event(visit, name="Signup", position=2, props={"plan": "pro"})])

    by_source = ask(
        reader, "breakdown", property="visit:source", metrics="visitors,conversion_rate", filters="event:goal==Signup"
    )
    by_goal = ask(reader, "breakdown", property="event:goal", metrics="visitors,events,conversion_rate")
    by_plan = ask(
        reader, "breakdown", property="event:props:plan", metrics="conversion_rate", filters="event:goal==Signup"
    )

    assert by_source["results"] == [{"source": "Google", "visitors": 1, "conversion_rate": 50.0}]
    assert by_goal["results"] == [{"goal": "Signup", "visitors": 1, "events": 1, "conversion_rate": 33.33}]
    assert by_plan["results"] == [{"plan": "pro", "conversion_rate": 33.33}]


def test_time_on_page_is_broken_down_by_page_and_by_day(reader):
    by_page = ask(reader, "breakdown", property="event:page", metrics="time_on_page,visitors")["results"]
    by_day = ask(reader, "timeseries", metrics="time_on_page", filters="event:page==/", period="7d")["results"]

    assert [(row["page"], row["time_on_page"]) for row in by_page] == [("/", None), ("/prices", None)]
    assert len(by_day) == 7


def test_a_property_that_says_none_and_no_property_are_one_row(reader, database):
    for plan in ({"plan": "(none)"}, {}, {"plan": "pro"}):
        store(database, [an_event(a_visit(start="2026-03-09 13:00"), props=plan)])
    rows = ask(reader, "breakdown", property="event:props:plan")["results"]
    without = ask(reader, "aggregate", filters="event:props:plan==(none)")

    assert rows == [{"plan": "(none)", "visitors": 4}, {"plan": "pro", "visitors": 1}]
    assert without == {"results": {"visitors": {"value": 4}}}


def test_missing_imports_are_a_warning(reader):
    assert "not supported" in ask(reader, "aggregate", with_imported="true")["warning"]


@pytest.mark.parametrize(
    ("call", "parameters", "sentence"),
    [
        pytest.param("aggregate", {"metrics": "x"}, "no metric `x`", id="a metric there is not"),
        pytest.param("aggregate", {"metrics": "visits,visits"}, "once", id="a metric twice"),
        pytest.param("aggregate", {"metrics": "scroll_depth"}, "no metric", id="a metric of version 2"),
        pytest.param("aggregate", {"period": "91d"}, "no period `91d`", id="a period there is not"),
        pytest.param("aggregate", {"date": "x"}, "not a date", id="an invalid date"),
        pytest.param("aggregate", {"period": "custom"}, "two dates", id="custom without dates"),
        pytest.param("aggregate", {"period": "custom", "date": "2026-01-01,x"}, "two dates", id="custom with one date"),
        pytest.param("aggregate", {"compare": "x"}, "previous_period", id="another comparison"),
        pytest.param("aggregate", {"site_id": ""}, "`site_id` is missing", id="no site"),
        pytest.param(
            "aggregate",
            {"metrics": "bounce_rate", "filters": "event:name==a"},
            "`bounce_rate` can't be combined with `event:name`",
            id="bounces of an event",
        ),
        pytest.param(
            "aggregate", {"metrics": "conversion_rate"}, "needs a filter on event:goal", id="a rate without a goal"
        ),
        pytest.param("aggregate", {"metrics": "time_on_page"}, "event:page", id="time on no page"),
        pytest.param("timeseries", {"interval": "week"}, "day or month", id="weeks"),
        pytest.param("breakdown", {}, "`property` is missing", id="by nothing"),
        pytest.param("breakdown", {"property": "visit:x"}, "no property 'visit:x'", id="by what there is not"),
        pytest.param("breakdown", {"property": "event:hostname"}, "no property", id="by hostname"),
        pytest.param("breakdown", {"property": "visit:os", "limit": "1001"}, "1 to 1000", id="too many rows"),
        pytest.param("breakdown", {"property": "visit:os", "page": "0"}, "from 1", id="page zero"),
        pytest.param("breakdown", {"property": "visit:os", "page": "²"}, "from 1", id="a digit outside ASCII"),
        pytest.param(
            "breakdown",
            {"property": "visit:os", "metrics": "views_per_visit"},
            "not available in breakdowns",
            id="views a visit",
        ),
        pytest.param(
            "breakdown",
            {"property": "event:goal", "metrics": "visit_duration"},
            "can't be combined with `event:goal`",
            id="duration by goal",
        ),
        pytest.param(
            "breakdown",
            {"property": "visit:source", "metrics": "visitors,time_on_page", "filters": "event:page==/"},
            "only available in a breakdown by event:page",
            id="time on page by source",
        ),
        pytest.param(
            "breakdown",
            {"property": "visit:entry_page", "metrics": "time_on_page", "filters": "event:page==/"},
            "only available in a breakdown by event:page",
            id="time on page by entry page",
        ),
        pytest.param(
            "breakdown",
            {"property": "event:props:plan", "metrics": "time_on_page", "filters": "event:page==/"},
            "only available in a breakdown by event:page",
            id="time on page by property",
        ),
        pytest.param("aggregate", {"filters": "event:goal==Visit /**"}, "no goal named", id="goals by a pattern"),
        pytest.param("breakdown", {"property": "event:page", "metrics": "x" * 5000}, "no metric", id="a long name"),
    ],
)
def test_an_invalid_query_is_one_sentence(reader, call, parameters, sentence):
    answer = ask(reader, call, status=400, **parameters)

    assert list(answer) == ["error"]
    assert sentence in answer["error"]
    assert len(answer["error"]) < 300


@pytest.mark.parametrize("call", ["realtime/visitors", "aggregate", "timeseries", "breakdown"])
def test_every_call_needs_a_key(reader, call):
    assert reader.client.get(f"/api/v1/stats/{call}?site_id=example.org").status_code == 401
