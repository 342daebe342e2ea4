"""Queries over HTTP, on two visits of the 10th of March 2026; now is 14:30 that day in Paris."""

import csv
import io
import time
from datetime import date
from typing import Any

import pytest
from pyarrow import ipc

from dashboard.access.key_limits import KeyLimits
from schema.measures import goals, segments
from schema.privacy import lost_salts
from schema.sites import sites
from schema.sites.keys import Scope
from schema.stores.database import Database, QueryLimitError
from tests.dashboard.api.conftest import Program, with_key
from tests.factories import an_event, store, views


@pytest.fixture
def reader(stranger, site, database) -> Program:
    """Provide a program that may read everything; two visits are stored."""
    store(database, views("/", "/prices", source="Google", country="FR", city=2988507, every_s=90))
    store(database, views("/", source="", start="2026-03-09 12:00"))
    return with_key(stranger, Scope.READ_STATS)


def ask(program: Program, *, status: int = 200, **question: Any) -> Any:
    answer = send(program, **question)
    assert answer.status_code == status, answer.text
    return answer.json()


def send(program: Program, *, headers: dict[str, str] | None = None, **question: Any):
    fields = {"site_id": "example.org", "metrics": ["visitors"], "date_range": ["2026-03-09", "2026-03-10"]} | question
    return program.client.post("/api/v2/query", headers=program.headers | (headers or {}), json=fields)


def test_an_answer_echoes_the_query(reader):
    assert ask(reader, metrics=["visitors", "pageviews", "bounce_rate"]) == {
        "results": [{"metrics": [2, 3, 50], "dimensions": []}],
        "meta": {},
        "query": {
            "site_id": "example.org",
            "metrics": ["visitors", "pageviews", "bounce_rate"],
            "date_range": ["2026-03-09T00:00:00+01:00", "2026-03-10T23:59:59+01:00"],
            "filters": [],
            "dimensions": [],
            "order_by": [],
            "include": {},
            "pagination": {"limit": 10000, "offset": 0},
        },
    }


def test_rows_have_labels_and_come_by_time_then_by_the_first_metric(reader):
    answer = ask(reader, dimensions=["time", "visit:source"], date_range=["2026-03-01", "2026-03-10"])

    assert answer["results"] == [
        {"metrics": [1], "dimensions": ["2026-03-09", "Direct / None"]},
        {"metrics": [1], "dimensions": ["2026-03-10", "Google"]},
    ]
    assert answer["query"]["dimensions"] == ["time:day", "visit:source"]
    assert answer["query"]["order_by"] == [["time:day", "asc"], ["visitors", "desc"]]


def test_an_echoed_query_can_be_sent_again(reader, control, site):
    number = segments.add(control, site.id, "France", [["is", "visit:country", ["FR"]]]).id
    answer = ask(reader, filters=[["is", "segment", [number]]], dimensions=["visit:city", "visit:country_name"])

    assert answer["query"]["filters"] == [["and", [["is", "visit:country", ["FR"]]]]]
    assert answer["results"] == [{"metrics": [1], "dimensions": [2988507, "France"]}]
    again = ask(reader, **answer["query"])
    assert again["results"] == answer["results"]
    assert again["query"] == answer["query"] | {"filters": [["is", "visit:country", ["FR"]]]}
    assert ask(reader, **again["query"]) == again


@pytest.mark.parametrize(
    ("zone", "ends"),
    [
        pytest.param("UTC", ["2026-03-10T00:00:00Z", "2026-03-10T23:59:59Z"], id="UTC"),
        pytest.param("Etc/UTC", ["2026-03-10T00:00:00Z", "2026-03-10T23:59:59Z"], id="UTC by its full name"),
        pytest.param(
            "Europe/London", ["2026-03-10T00:00:00+00:00", "2026-03-10T23:59:59+00:00"], id="London in winter"
        ),
        pytest.param(
            "America/New_York", ["2026-03-10T00:00:00-04:00", "2026-03-10T23:59:59-04:00"], id="west of Greenwich"
        ),
    ],
)
def test_the_echoed_range_ends_in_z_for_a_site_in_utc(reader, control, site, zone, ends):
    sites.change(control, site, timezone=zone, now=time.time())
    answer = ask(reader, date_range=["2026-03-10", "2026-03-10"], include=compared("previous_period"))["query"]

    assert ends == answer["date_range"]
    assert [end.replace("-10T", "-09T") for end in ends] == answer["comparison_date_range"]
    assert ask(reader, date_range=ends)["query"]["date_range"] == ends


def test_optional_parts_are_included(reader):
    answer = ask(
        reader,
        dimensions=["time:day"],
        include={"time_labels": True, "total_rows": True, "imports": True},
        date_range=["2026-03-08", "2026-03-10"],
    )

    assert answer["meta"] == {
        "imports_included": False,
        "imports_skip_reason": "no_imported_data",
        "time_labels": ["2026-03-08", "2026-03-09", "2026-03-10"],
        "total_rows": 2,
    }
    assert answer["query"]["include"] == {"imports": True, "time_labels": True, "total_rows": True}


def test_hours_have_local_labels(reader):
    answer = ask(reader, dimensions=["time:hour"], date_range="day")

    assert [row["dimensions"] for row in answer["results"]] == [["2026-03-10 13:00:00"]]


def test_revenue_is_money(reader, control, site, database):
    goals.add(control, goals.new(site.id, event_name="Buy", currency="USD"))
    store(database, [an_event(name="Buy", revenue_amount="1234567.891", revenue_currency="USD")])
    answer = ask(reader, metrics=["total_revenue", "average_revenue"], filters=[["is", "event:goal", ["Buy"]]])

    money = {"short": "$1.2M", "value": 1234567.891, "long": "$1,234,567.89", "currency": "USD"}
    assert answer["results"] == [{"metrics": [money, money], "dimensions": []}]


def test_an_average_is_cut_in_json_and_csv(reader, control, site, database):
    goals.add(control, goals.new(site.id, event_name="Buy", currency="USD"))
    for amount in ("67.06", "67.073"):
        store(database, [an_event(name="Buy", revenue_amount=amount, revenue_currency="USD")])
    question: dict[str, Any] = {"metrics": ["average_revenue"], "filters": [["is", "event:goal", ["Buy"]]]}

    money = {"short": "$67.1", "value": 67.066, "long": "$67.07", "currency": "USD"}
    assert ask(reader, **question)["results"] == [{"metrics": [money], "dimensions": []}]
    table = send(reader, headers={"Accept": "text/csv"}, **question).text
    assert table.splitlines() == ["average_revenue,average_revenue_currency", "67.066,USD"]


def test_no_revenue_has_a_reason(reader):
    answer = ask(reader, metrics=["visitors", "total_revenue"])

    assert answer["results"][0]["metrics"] == [2, None]
    assert answer["meta"]["metric_warnings"]["total_revenue"]["code"] == "no_revenue_goals_matching"


def test_days_whose_salt_was_lost_are_named(reader, control, site):
    assert "lost_salts" not in ask(reader)["meta"]
    lost_salts.mark(control, [(site.id, date(2026, 3, day)) for day in (8, 10, 11)])

    assert ["2026-03-10"] == ask(reader)["meta"]["lost_salts"]


def test_periods_are_compared(reader):
    answer = ask(reader, metrics=["visitors", "pageviews"], date_range="day", include=compared("previous_period"))

    assert answer["results"][0]["comparison"] == {"dimensions": [], "metrics": [1, 1], "change": [0, 100]}
    assert answer["query"]["include"] == {"comparisons": {"mode": "previous_period"}}
    assert answer["query"]["comparison_date_range"] == ["2026-03-09T00:00:00+01:00", "2026-03-09T23:59:59+01:00"]


def test_values_are_compared_by_name_and_times_by_position(reader):
    by_source = ask(reader, date_range="day", dimensions=["visit:source"], include=compared("previous_period"))
    by_day = ask(reader, date_range="day", dimensions=["time:day"], include=compared("previous_period"))

    assert [row["comparison"] for row in by_source["results"]] == [
        {"dimensions": ["Google"], "metrics": [0], "change": [100]}
    ]
    assert [row["comparison"] for row in by_day["results"]] == [
        {"dimensions": ["2026-03-09"], "metrics": [1], "change": [0]}
    ]


@pytest.fixture
def series(reader: Program, database) -> Program:
    """Provide visits before and after the 9th: on the 5th three, on the 6th none, on the 8th one of another source."""
    for _ in range(3):
        store(database, views("/", source="Bing", start="2026-03-05 12:00"))
    store(database, views("/", source="Google", start="2026-03-08 12:00"))
    return reader


NOW_AND_BEFORE = {"date_range": ["2026-03-08", "2026-03-10"]}  # compared with the 5th to the 7th


def comparisons(answer: Any) -> list[Any]:
    return [
        (*row["dimensions"], *row["metrics"], row["comparison"]["metrics"][0], row["comparison"]["change"][0])
        for row in answer["results"]
    ]


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        pytest.param(
            {"dimensions": ["time:day"], "date_range": ["2026-03-06", "2026-03-07"]},
            [("2026-03-07", 0, 3, -100)],
            id="an interval that is empty now",
        ),
        pytest.param(
            {"dimensions": ["time:day"]} | NOW_AND_BEFORE,
            [("2026-03-08", 1, 3, -67), ("2026-03-09", 1, 0, 100), ("2026-03-10", 1, 0, 100)],
            id="no interval is empty now",
        ),
        pytest.param(
            {"dimensions": ["time:day"], "date_range": ["2026-03-01", "2026-03-02"]}, [], id="empty now and before"
        ),
        pytest.param(
            {"dimensions": ["time:day", "visit:source"]} | NOW_AND_BEFORE,
            [
                ("2026-03-08", "Google", 1, 0, 100),
                ("2026-03-08", "Bing", 0, 3, -100),
                ("2026-03-09", "Direct / None", 1, 0, 100),
                ("2026-03-10", "Google", 1, 0, 100),
            ],
            id="an interval of a source",
        ),
        pytest.param(
            {"dimensions": ["time:day", "visit:source"], "pagination": {"limit": 2, "offset": 1}} | NOW_AND_BEFORE,
            [("2026-03-08", "Bing", 0, 3, -100), ("2026-03-09", "Direct / None", 1, 0, 100)],
            id="one part of the rows",
        ),
        pytest.param(
            {"dimensions": ["time:day", "visit:source"], "order_by": [["visitors", "asc"], ["time:day", "desc"]]}
            | NOW_AND_BEFORE,
            [
                ("2026-03-08", "Bing", 0, 3, -100),
                ("2026-03-10", "Google", 1, 0, 100),
                ("2026-03-09", "Direct / None", 1, 0, 100),
                ("2026-03-08", "Google", 1, 0, 100),
            ],
            id="in another order",
        ),
        pytest.param(
            {"dimensions": ["visit:source"]} | NOW_AND_BEFORE,
            [("Google", 2, 0, 100), ("Direct / None", 1, 0, 100)],
            id="no source that is gone",
        ),
    ],
)
def test_a_comparison_by_time_keeps_intervals_that_are_empty_now(series, question, rows):
    include = compared("previous_period") | {"total_rows": True}
    answer = ask(series, include=include, **question)
    table = send(series, headers={"Accept": "text/csv"}, include=include, **question).text

    assert rows == comparisons(answer)
    limited = "pagination" in question
    assert answer["meta"]["total_rows"] == (4 if limited else len(rows))
    assert len(table.splitlines()) == len(rows) + 1


def test_without_a_comparison_an_empty_interval_has_no_row(series):
    assert ask(series, dimensions=["time:day"], date_range=["2026-03-06", "2026-03-07"])["results"] == []


@pytest.mark.parametrize(
    ("filters", "visitors"),
    [
        pytest.param([["is", "event:props:plan", ["(none)"]]], 2, id="no property"),
        pytest.param([["is_not", "event:props:plan", ["(none)"]]], 1, id="is not none"),
        pytest.param([["is_not", "event:props:plan", ["pro"]]], 2, id="is not another"),
        pytest.param([["contains", "event:props:plan", ["none"]]], 0, id="nothing to contain"),
        pytest.param([["contains_not", "event:props:plan", ["x"]]], 1, id="only a property can lack a text"),
        pytest.param([["matches", "event:props:plan", ["."]]], 1, id="nothing to match"),
    ],
)
def test_a_property_that_says_none_is_no_property(stranger, site, database, filters, visitors):
    reader = with_key(stranger, Scope.READ_STATS)
    for plan in ({"plan": "(none)"}, {}, {"plan": "pro"}):
        store(database, [an_event(props=plan)])
    by_plan = ask(reader, dimensions=["event:props:plan"])["results"]

    assert ask(reader, filters=filters)["results"][0]["metrics"] == [visitors]
    assert by_plan == [{"metrics": [2], "dimensions": ["(none)"]}, {"metrics": [1], "dimensions": ["pro"]}]


def compared(mode: str) -> dict[str, Any]:
    return {"comparisons": {"mode": mode}}


def test_a_table_as_csv(reader):
    answer = send(reader, headers={"Accept": "text/csv"}, dimensions=["visit:source"], metrics=["visitors", "visits"])

    assert answer.headers["content-type"].startswith("text/csv")
    assert list(csv.reader(io.StringIO(answer.text))) == [
        ["visit:source", "visitors", "visits"],
        ["Direct / None", "1", "1"],
        ["Google", "1", "1"],
    ]
    assert answer.text.endswith("\r\n")


@pytest.mark.parametrize("source", ["=1+1", " =1+1", "\u200b=1+1", "\uff1d1+1"])
def test_a_cell_is_not_a_formula(reader, database, source):
    store(database, views("/", source=source))
    answer = send(reader, headers={"Accept": "text/csv"}, dimensions=["visit:source"])

    assert f"'{source},1" in answer.text


def test_a_table_as_arrow(reader):
    answer = send(
        reader,
        headers={"Accept": "application/vnd.apache.arrow.stream"},
        dimensions=["time:day"],
        metrics=["visitors", "bounce_rate"],
    )

    with ipc.open_stream(answer.content) as stream:
        table = stream.read_all()
    assert table.to_pydict() == {"time:day": ["2026-03-09", "2026-03-10"], "visitors": [1, 1], "bounce_rate": [100, 0]}


def test_errors_have_one_line_each(reader):
    assert ask(reader, status=400, metrics=["x"], dimensions=["y"]) == {
        "error": '#/metrics/0: Invalid metric "x"\n#/dimensions/0: Invalid dimension "y"'
    }
    assert (
        "can't be broken down by visit:exit_page"
        in ask(reader, status=400, metrics=["pageviews"], dimensions=["visit:exit_page"])["error"]
    )


@pytest.mark.parametrize(
    ("content", "status"),
    [
        pytest.param(b"", 400, id="nothing"),
        pytest.param(b"[]", 400, id="a list"),
        pytest.param(b"{", 400, id="half of an object"),
        pytest.param(b"\xff", 400, id="no UTF-8"),
        pytest.param(b"{}", 400, id="no site"),
        pytest.param(b'{"site_id": 7}', 400, id="a number for a site"),
        pytest.param(b" " * 100_001, 413, id="too much"),
    ],
)
def test_an_invalid_body_is_rejected(reader, content, status):
    answer = reader.client.post("/api/v2/query", headers=reader.headers, content=content)

    assert (status, ["error"]) == (answer.status_code, list(answer.json()))


def test_a_key_is_required(reader):
    assert reader.client.post("/api/v2/query", json={"site_id": "example.org"}).status_code == 401


def test_a_key_of_another_site_and_a_site_that_is_not_there_get_the_same_answer(reader, stranger, control):
    other = sites.add(control, "other.example", timezone="UTC", now=time.time())
    bound = with_key(stranger, Scope.READ_STATS, site_id=other.id)
    forbidden, unknown = send(bound), send(bound, site_id="nowhere.example")

    assert (401, forbidden.json()) == (forbidden.status_code, unknown.json())
    assert send(bound, site_id="other.example").status_code == 200


def test_a_key_with_another_scope_reads_nothing(reader, stranger):
    assert send(with_key(stranger, Scope.SEND_EVENTS)).status_code == 401


def test_requests_are_limited_by_key(reader, stranger):
    stranger.provide(key_limits=KeyLimits(stranger.clock, per_hour=1))

    assert [200, 429] == [send(reader).status_code, send(reader).status_code]


def test_a_site_is_found_under_its_former_domain(reader, control, site):
    sites.change(control, site, domain="new.example", now=time.time())

    assert ask(reader)["results"][0]["metrics"] == [2]
    assert ask(reader)["query"]["site_id"] == "example.org"


def test_a_query_over_the_limit_says_what_to_do(reader, monkeypatch):
    def stopped(*_arguments: object) -> None:
        raise QueryLimitError(241)

    monkeypatch.setattr(Database, "query", stopped)
    answer = send(reader)

    assert (503, "60") == (answer.status_code, answer.headers["retry-after"])
    assert "a shorter period" in answer.json()["error"]


HOSTILE = ["it's", '"', "\\", "\\'; drop table events; --", "a\0b", "{x:String}", "{}", "%s", "é😀\n\t", "' or 1 = 1"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_only_compared(reader, database, text):
    store(database, views("/", source=text, country="DE"))
    store(database, [an_event(props={text: text}, country="IT")])
    prop = f"event:props:{text}"

    by_prop = ask(reader, dimensions=[prop], filters=[["is", prop, [text]]])
    assert by_prop["results"] == [{"metrics": [1], "dimensions": [text]}]
    for op in ("is", "contains"):
        answer = ask(reader, dimensions=["visit:country"], filters=[[op, "visit:source", [text]]])
        assert answer["results"] == [{"metrics": [1], "dimensions": ["DE"]}]
    for name in ("visit:" + text, text, "time:" + text):
        assert "Invalid dimension" in ask(reader, status=400, dimensions=[name])["error"]
        assert "no dimension" in ask(reader, status=400, filters=[["is", name, ["a"]]])["error"]
    assert send(reader, filters=[["matches", "visit:source", [text]]]).status_code in (200, 400)
