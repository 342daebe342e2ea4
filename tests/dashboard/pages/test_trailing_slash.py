"""A slash too many at the end of a path."""

from urllib.parse import urljoin, urlsplit

import pytest

from dashboard.pages.trailing_slash import redirect


def scope(path: str, query: bytes = b"") -> dict[str, object]:
    return {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": []}


@pytest.mark.parametrize(
    ("path", "location"),
    [
        pytest.param("/sites/", "/sites", id="the list of sites"),
        pytest.param("/example.org/", "/example.org", id="a report"),
        pytest.param("/example.org:8080/settings/goals//", "/example.org:8080/settings/goals", id="settings"),
        pytest.param("/example.org/?period=7d&f=a%20b", "/example.org?period=7d&f=a%20b", id="with a query"),
        pytest.param("/m%C3%BCller.example/", "/m%C3%BCller.example", id="letters of other languages"),
        pytest.param("/sign-in/", "/sign-in", id="signing in"),
        pytest.param("/api/v2/query/", "/api/v2/query", id="an API call"),
        pytest.param("/api/v1/stats/aggregate/?site_id=a", "/api/v1/stats/aggregate?site_id=a", id="with parameters"),
    ],
)
def test_it_is_removed_by_a_redirect(stranger, site, path, location):
    answer = stranger.get(path)

    assert (answer.status_code, answer.headers["location"]) == (308, location)


@pytest.mark.parametrize("path", ["/", "/sites", "/example.org", "/api/v1/stats/aggregate?a=/", "/sign-in?next=/a/"])
def test_other_paths_are_not_redirected(stranger, site, path):
    assert stranger.get(path).status_code != 308


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("//evil.example/", id="two slashes"),
        pytest.param("///evil.example//", id="three slashes"),
        pytest.param("/\\evil.example/", id="a backslash"),
        pytest.param("\\\\evil.example/", id="two backslashes"),
        pytest.param("/\t/evil.example/", id="a tab"),
        pytest.param("/\n/evil.example/", id="a line break"),
        pytest.param("/.//evil.example/", id="a dot"),
        pytest.param("/https://evil.example/", id="a whole address"),
        pytest.param("//", id="nothing else"),
    ],
)
def test_a_redirect_never_leads_to_another_host(path):
    response = redirect(scope(path))

    assert response is not None
    location = response.headers["location"]
    assert urlsplit(urljoin("https://stats.test/a/b/", location)).netloc == "stats.test"
    assert location.isprintable()
    assert not location.startswith(("//", "/\\"))


def test_a_form_is_sent_again_with_its_fields(desk, site):
    answer = desk.post("/example.org/settings/goals/", event="Buy")

    assert (answer.status_code, answer.headers["location"]) == (308, "/example.org/settings/goals")
