from decimal import Decimal

import pytest

from ingest.request import field_values
from ingest.request.field_values import MAX_ENGAGEMENT_MS, MAX_NAME_CHARACTERS, MAX_PROPS, Revenue
from schema.records.event import NO_SCROLL_DEPTH


@pytest.mark.parametrize(
    ("value", "name", "is_rejected"),
    [
        pytest.param("Signup", "Signup", False, id="a text"),
        pytest.param(404, "404", False, id="a number"),
        pytest.param("x" * MAX_NAME_CHARACTERS, "x" * MAX_NAME_CHARACTERS, False, id="just short enough"),
        pytest.param("x" * (MAX_NAME_CHARACTERS + 1), "", True, id="too long"),
        pytest.param(None, "", True, id="nothing"),
        pytest.param("  ", "", True, id="blank"),
        pytest.param(True, "", True, id="a boolean"),
        pytest.param(["Signup"], "", True, id="a list"),
    ],
)
def test_the_name_of_an_event_is_a_short_text(value, name, is_rejected):
    errors: dict[str, list[str]] = {}

    assert name == field_values.checked_name(value, errors)
    assert is_rejected == ("event_name" in errors)


@pytest.mark.parametrize(
    ("value", "props"),
    [
        pytest.param({"plan": "pro"}, {"plan": "pro"}, id="an object"),
        pytest.param('{"plan":"pro"}', {"plan": "pro"}, id="an object as text"),
        pytest.param({"a": 1, "b": 1.5, "c": True}, {"a": "1", "b": "1.5", "c": "true"}, id="numbers and booleans"),
        pytest.param({"a": None, "b": ["x"], "c": {}}, {}, id="values that have no text"),
        pytest.param({" ": "x", "a": " "}, {}, id="blank names and values"),
        pytest.param("no JSON", {}, id="a text that is not JSON"),
        pytest.param(None, {}, id="nothing"),
    ],
)
def test_custom_properties_are_texts_by_name(value, props):
    errors: dict[str, list[str]] = {}

    assert props == field_values.checked_props(value, errors)
    assert not errors


def test_only_the_first_custom_properties_are_kept():
    sent = {f"p{number}": "x" for number in range(MAX_PROPS + 1)}

    assert list(sent)[:MAX_PROPS] == list(field_values.checked_props(sent, {}))


@pytest.mark.parametrize(
    "props",
    [
        pytest.param({"k" * 301: "x"}, id="a name that is too long"),
        pytest.param({"k": "é" * 1001}, id="a value with too many bytes"),
    ],
)
def test_custom_properties_that_are_too_long_are_rejected(props):
    errors: dict[str, list[str]] = {}
    field_values.checked_props(props, errors)

    assert ["props"] == list(errors)


@pytest.mark.parametrize(
    ("value", "is_false"),
    [
        pytest.param(False, True, id="false"),
        pytest.param("false", True, id="false as text"),
        pytest.param(True, False, id="true"),
        pytest.param(None, False, id="nothing"),
        pytest.param("no", False, id="another text"),
    ],
)
def test_only_false_is_false(value, is_false):
    assert is_false == field_values.is_false(value)


@pytest.mark.parametrize(
    ("value", "depth"),
    [
        pytest.param(50, 50, id="a number"),
        pytest.param("50", 50, id="a number as text"),
        pytest.param(250, 100, id="beyond the end of the page"),
        pytest.param(-1, NO_SCROLL_DEPTH, id="below zero"),
        pytest.param(1.5, NO_SCROLL_DEPTH, id="a fraction"),
        pytest.param(True, NO_SCROLL_DEPTH, id="a boolean"),
        pytest.param(None, NO_SCROLL_DEPTH, id="nothing"),
    ],
)
def test_a_scroll_depth_is_a_percentage(value, depth):
    assert depth == field_values.scroll_depth(value)


@pytest.mark.parametrize(
    ("value", "milliseconds"),
    [
        pytest.param(1500, 1500, id="a number"),
        pytest.param("1500", 1500, id="a number as text"),
        pytest.param(MAX_ENGAGEMENT_MS, 0, id="a month"),
        pytest.param(-1, 0, id="below zero"),
        pytest.param("soon", 0, id="a word"),
    ],
)
def test_engagement_time_is_less_than_a_month(value, milliseconds):
    assert milliseconds == field_values.engagement_ms(value)


@pytest.mark.parametrize(
    ("value", "revenue"),
    [
        pytest.param({"amount": "9.99", "currency": "EUR"}, Revenue(Decimal("9.990"), "EUR"), id="a text"),
        pytest.param({"amount": 9.99, "currency": "EUR"}, Revenue(Decimal("9.990"), "EUR"), id="a number"),
        pytest.param('{"amount":1,"currency":"USD"}', Revenue(Decimal("1.000"), "USD"), id="an object as text"),
        pytest.param({"amount": "-5", "currency": "EUR"}, Revenue(Decimal("-5.000"), "EUR"), id="a refund"),
        pytest.param({"amount": "1", "currency": "DEM"}, None, id="a currency of the past"),
        pytest.param({"amount": "1", "currency": "eur"}, None, id="a currency in small letters"),
        pytest.param({"amount": "much", "currency": "EUR"}, None, id="a word for an amount"),
        pytest.param({"amount": "NaN", "currency": "EUR"}, None, id="not a number"),
        pytest.param({"amount": True, "currency": "EUR"}, None, id="a boolean"),
        pytest.param({"amount": "1e15", "currency": "EUR"}, None, id="more than can be stored"),
        pytest.param({"amount": "1"}, None, id="no currency"),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_revenue_is_an_amount_in_a_current_currency(value, revenue):
    assert revenue == field_values.revenue(value)
