from typing import Any

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from dashboard.pages import template


def test_values_are_escaped():
    answer = template.page("error", session=None, site=None, status=404, heading="<b>", advice="&")

    assert 404 == answer.status_code
    assert b"&lt;b&gt;" in answer.body
    assert b"<b>" not in answer.body


def test_a_value_that_is_missing_is_an_error():
    with pytest.raises(UndefinedError):
        template.page("error", session=None, site=None, heading="Nothing")


def test_a_template_that_is_missing_is_an_error():
    with pytest.raises(TemplateNotFound):
        template.page("nothing", session=None)


@pytest.mark.parametrize(
    ("values", "status"),
    [
        pytest.param({"problem": ""}, 200, id="nothing"),
        pytest.param({"problem": "Too long."}, 422, id="a problem"),
        pytest.param({"problem": "", "email_problem": "Unknown."}, 422, id="a problem of one field"),
        pytest.param({"problem": "", "doubts": {3: "Used by a funnel."}}, 422, id="doubts"),
        pytest.param({"problem": "", "problems": ["The disk is full."]}, 200, id="problems of the server"),
        pytest.param({"problem": "Too often.", "status": 429}, 429, id="a status of its own"),
    ],
)
def test_a_page_with_a_problem_is_a_refusal(values, status):
    fields: dict[str, Any] = {"next_path": "/", "email": "", "passkey": {"options": "", "ticket": ""}, "provider": ""}

    assert status == template.page("sign_in", session=None, **fields, **values).status_code


def test_a_template_can_be_rendered_without_a_page():
    assert template.rendered("_logo").startswith("<svg")
