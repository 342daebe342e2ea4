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


@pytest.mark.parametrize(
    ("path", "site_links"),
    [
        pytest.param("/example.org/nowhere", ["/example.org", "/example.org/settings"], id="below a site"),
        pytest.param("/example.org/settings/goals/9/nowhere", ["/example.org", "/example.org/settings"], id="deep"),
        pytest.param("/example.organic", [], id="a name that only starts alike"),
        pytest.param("/nowhere", [], id="no site"),
    ],
)
def test_a_signed_in_user_keeps_the_navigation(desk, site, path, site_links):
    page = desk.page(path, status=404)
    links = [link["href"] for link in page.attributes("a")]

    assert {"/sites", "/keys"} <= set(links)
    assert [link for link in links if link.startswith("/example")] == site_links
    assert page.attributes("form", action="/sign-out")


def test_a_stranger_finds_the_way_in_and_learns_of_no_site(stranger, site):
    answer = stranger.client.request("DELETE", "/example.org/settings")
    page = Page(answer.text)

    assert answer.status_code == 405
    assert {link["href"] for link in page.attributes("a")} == {"#content", "/", "/sign-in"}
    assert "example.org" not in page.text


@pytest.mark.parametrize("fields", [{"event": "a", "csrf": "nonsense"}, {"event": "a" * 70_000}])
def test_a_refused_form_keeps_the_navigation_too(desk, site, fields):
    page = Page(desk.post("/example.org/settings/goals", **fields).text)

    assert {"/sites", "/example.org/settings"} <= {link["href"] for link in page.attributes("a")}
