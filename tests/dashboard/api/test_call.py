from types import SimpleNamespace
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from dashboard.api import bearer, goals, sites
from dashboard.api.call import REFUSALS, Call, existing, input_of, refuse
from dashboard.api.inputs import OfSite, Part
from schema.exclusions import audit
from schema.sites.keys import Key, Scope

KEY = Key(7, "shop", b"", (Scope.READ_STATS,), None)


def a_call(*, is_operator: bool = False) -> Call:
    request: Any = SimpleNamespace(scope={bearer.OPERATOR: is_operator}, path_params={})
    return Call(request, KEY, {}, site_id="")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param(lambda _call: {}, OfSite, id="of a site, without more"),
        pytest.param(goals.put, goals.NewGoal, id="a goal"),
        pytest.param(sites.teams, Part, id="a list"),
    ],
)
def test_a_call_takes_the_input_that_its_function_names(answer, kind):
    assert kind is input_of(answer)


def test_a_call_on_no_site_is_rejected():
    with pytest.raises(HTTPException) as error:
        a_call().site()

    assert 400 == error.value.status_code


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
