import pytest

from dashboard.pages import error
from tests.dashboard.desk import Page


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 418, 500, 503])
def test_a_page_has_a_status_a_heading_and_advice(status):
    answer = error.page(status)
    page = Page(bytes(answer.body).decode())

    assert status == answer.status_code
    assert page.attributes("h1")
    assert len(page.text) > 20


def test_pages_differ_by_status():
    assert error.page(404).body != error.page(403).body


def test_a_control_file_that_cannot_be_used_is_status_503_with_its_reason():
    answer = error.without_control("The disk is <full>.")

    assert 503 == answer.status_code
    assert "The disk is <full>." in Page(bytes(answer.body).decode()).text
