import json
from typing import Any

import pytest

from ingest.cuts import cuts
from ingest.hit import parse
from ingest.request.sender import Sender

MINIMAL = {"n": "pageview", "u": "https://example.org/", "d": "example.org"}
ENGAGEMENT = {"n": "engagement", "u": "https://example.org/", "sd": 50, "e": 1000}
THIRTY = {f"k{number}": "x" for number in range(30)}
AMOUNTS = "only an amount below 1,000,000,000,000,000 with a currency such as EUR is stored"


def cuts_of(fields: dict[str, Any]) -> dict[str, list[str]]:
    body = json.dumps(fields).encode()
    return cuts(parse(body, content_type="", sender=Sender(b"")), body, content_type="")


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        pytest.param(
            {"p": THIRTY | {"a": 1, "b": True}},
            "props",
            "only 30 properties are stored, without a, b",
            id="two too many",
        ),
        pytest.param(
            {"props": json.dumps(THIRTY | {"a": "x"})},
            "props",
            "only 30 properties are stored, without a",
            id="properties as text",
        ),
        pytest.param(
            {"n": "404", "p": THIRTY},
            "props",
            "only 30 properties are stored, without k29",
            id="one gives way to the page",
        ),
        pytest.param(
            {"p": {f"k{number:02}": "x" for number in range(45)}},
            "props",
            "only 30 properties are stored, without k30, k31, k32, k33, k34, k35, k36, k37, k38, k39 and 5 more",
            id="many too many",
        ),
        pytest.param(
            {"p": {"list": ["a"], "plan": "pro", "object": {"a": 1}}},
            "props",
            "only strings, numbers and booleans are stored, without list, object",
            id="nested properties",
        ),
        pytest.param({"p": ["a"]}, "props", "only an object is stored", id="a list of properties"),
        pytest.param({"p": "plan=pro"}, "props", "only an object is stored", id="properties in words"),
        pytest.param(
            {"r": "https://a.example/" + "x" * 2000}, "referrer", "only the first 2000 characters are stored", id="r"
        ),
        pytest.param({"referrer": 7}, "referrer", "only a string is stored", id="a number as the referrer"),
        pytest.param({"$": {"amount": 10**15, "currency": "EUR"}}, "revenue", AMOUNTS, id="a large amount"),
        pytest.param({"revenue": {"amount": 10, "currency": "XYZ"}}, "revenue", AMOUNTS, id="no currency"),
        pytest.param({"revenue": "10 EUR"}, "revenue", AMOUNTS, id="revenue in words"),
        pytest.param(
            {"u": "https://example.org/?utm_campaign=" + "x" * 501},
            "url",
            "only the first 500 characters of utm_campaign are stored",
            id="a long tag",
        ),
        pytest.param(
            {"d": ",".join(f"{number}.example" for number in range(1001))},
            "domain",
            "only the first 1000 domains count",
            id="many domains",
        ),
        pytest.param(ENGAGEMENT | {"sd": 101}, "sd", "only whole numbers from 0 to 100 are stored", id="depth"),
        pytest.param(
            ENGAGEMENT | {"sd": "deep"}, "sd", "only whole numbers from 0 to 100 are stored", id="depth in words"
        ),
        pytest.param(
            ENGAGEMENT | {"e": 2_592_000_000},
            "e",
            "only whole milliseconds from 0 to 2591999999 are stored",
            id="a month",
        ),
    ],
)
def test_what_is_not_stored_is_named(fields: dict[str, Any], field: str, sentence: str) -> None:
    assert {field: [sentence]} == cuts_of(MINIMAL | fields)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="the least"),
        pytest.param({"p": THIRTY}, id="thirty properties"),
        pytest.param({"n": "404", "p": THIRTY | {"k29": ""}}, id="room for the page"),
        pytest.param({"n": "404", "p": {"path": "/a"} | THIRTY | {"k29": " "}}, id="a page of its own"),
        pytest.param({"p": {**THIRTY, "empty": "", "null": None, " ": "x"}}, id="blank properties"),
        pytest.param({"p": {}}, id="no properties"),
        pytest.param({"p": ""}, id="properties of an empty form field"),
        pytest.param({"r": "https://a.example/" + "x" * 1982}, id="the longest referrer"),
        pytest.param({"r": None}, id="no referrer"),
        pytest.param({"$": {"amount": "10.50", "currency": "EUR"}}, id="revenue"),
        pytest.param({"u": "https://example.org/?utm_campaign=" + "x" * 500}, id="the longest tag"),
        pytest.param({"u": "https://example.org/?other=" + "x" * 501}, id="a long parameter that is no tag"),
        pytest.param({"d": ",".join(f"{number}.example" for number in range(1000))}, id="the most domains"),
        pytest.param({"sd": 101, "e": "x"}, id="what only an engagement event has"),
        pytest.param(ENGAGEMENT, id="an engagement event"),
        pytest.param(ENGAGEMENT | {"sd": "100", "e": None}, id="numbers as text"),
        pytest.param(ENGAGEMENT | {"$": {"amount": 1, "currency": "EUR"}}, id="revenue that its page view has"),
        pytest.param({"unknown": "x"}, id="an unknown key"),
    ],
)
def test_what_is_stored_whole_is_not_named(fields: dict[str, Any]) -> None:
    assert {} == cuts_of(MINIMAL | fields)
