from types import SimpleNamespace
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from dashboard.api import bearer
from dashboard.api.call import REFUSALS, Call, existing, refuse
from schema.exclusions import audit
from schema.sites.keys import Key, Scope

KEY = Key(7, "shop", b"", (Scope.READ_STATS,), None)


def a_call(*, is_operator: bool = False, **fields: Any) -> Call:
    request: Any = SimpleNamespace(scope={bearer.OPERATOR: is_operator}, path_params={})
    return Call(request, KEY, fields)


@pytest.mark.parametrize(
    ("read", "value", "result"),
    [
        pytest.param(lambda call: call.has("x"), None, False, id="null is absent"),
        pytest.param(lambda call: call.has("x"), "", True, id="an empty text is present"),
        pytest.param(lambda call: call.text("x"), None, "", id="no text"),
        pytest.param(lambda call: call.text("x"), "a", "a", id="a text"),
        pytest.param(lambda call: call.whole("x", 5), None, 5, id="no number"),
        pytest.param(lambda call: call.whole("x", 5), "", 5, id="an empty number"),
        pytest.param(lambda call: call.whole("x", 5), "7", 7, id="a number as text"),
        pytest.param(lambda call: call.whole("x", 5), 7, 7, id="a number"),
        pytest.param(lambda call: call.flag("x"), True, True, id="true"),
        pytest.param(lambda call: call.flag("x"), "0", False, id="false as text"),
        pytest.param(lambda call: call.texts_by_name("x"), {"a": "b"}, {"a": "b"}, id="texts by name"),
        pytest.param(lambda call: call.texts_by_name("x"), [""], {}, id="an empty form field"),
    ],
)
def test_a_field_is_read_as_its_kind(read, value, result):
    assert result == read(a_call(x=value))


@pytest.mark.parametrize(
    ("read", "value"),
    [
        pytest.param(lambda call: call.text("x"), 7, id="a number for a text"),
        pytest.param(lambda call: call.whole("x", 5), 1.5, id="a fraction"),
        pytest.param(lambda call: call.whole("x", 5), True, id="a flag for a number"),
        pytest.param(lambda call: call.whole("x", 5), "much", id="a word for a number"),
        pytest.param(lambda call: call.flag("x"), "yes", id="a word for a flag"),
        pytest.param(lambda call: call.flag("x"), None, id="null for a flag"),
        pytest.param(lambda call: call.texts_by_name("x"), {"a": 1}, id="numbers by name"),
        pytest.param(lambda call: call.site(), None, id="no site"),
    ],
)
def test_a_field_of_another_kind_is_rejected(read, value):
    with pytest.raises(HTTPException) as error:
        read(a_call(x=value))

    assert 400 == error.value.status_code


def test_a_flag_that_was_not_sent_is_false():
    assert a_call().flag("x") is False


@pytest.mark.parametrize(
    ("is_operator", "who"), [(False, "API key shop"), (True, audit.COMMAND_LINE)], ids=["a key", "the operator"]
)
def test_the_audit_log_names_who_calls(is_operator, who):
    assert who == a_call(is_operator=is_operator).who


def test_a_refusal_is_status_400():
    with pytest.raises(HTTPException) as error:
        refuse("No.")

    assert (400, "No.") == (error.value.status_code, error.value.detail)


@pytest.mark.parametrize("kind", [*REFUSALS, OverflowError], ids=lambda kind: kind.__name__)
def test_what_does_not_exist_is_status_404(kind):
    def get(_id: int) -> None:
        raise kind("there is none")

    with pytest.raises(HTTPException) as error:
        existing(get, 7)

    assert 404 == error.value.status_code


def test_what_exists_is_returned():
    assert 7 == existing(int, "7")
