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
