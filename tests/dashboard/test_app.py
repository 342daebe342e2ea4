"""Headers, markup and error responses of every page."""

import gzip
import logging

import pytest
from jinja2 import UndefinedError

from dashboard.pages import assets, template
from dashboard.services import services_of
from schema.people import users
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database
from tests.dashboard.desk import Desk, Page
from tests.factories import store, views

PAGES = [
    pytest.param("/sites", 200, id="the list of sites"),
    pytest.param("/sites/new", 200, id="adding a site"),
    pytest.param("/example.org", 200, id="the report"),
    pytest.param("/example.org?period=custom&from=x", 400, id="a report with a bad period"),
    pytest.param("/example.org/settings", 200, id="the settings"),
    pytest.param("/example.org/settings/goals", 200, id="goals"),
    pytest.param("/example.org/settings/funnels", 200, id="funnels"),
    pytest.param("/example.org/settings/segments", 200, id="segments"),
    pytest.param("/example.org/settings/properties", 200, id="properties"),
    pytest.param("/example.org/settings/referrers", 200, id="referrers"),
    pytest.param("/example.org/notes", 200, id="notes"),
    pytest.param("/keys", 200, id="keys"),
    pytest.param("/empty.example", 200, id="a site that waits"),
    pytest.param("/nowhere.example", 404, id="a site that is none"),
]
STRANGERS_PAGES = [
    pytest.param("/sign-in", 200, id="signing in"),
    pytest.param("/sign-in/no-such-link", 404, id="a link that is used up"),
]
POLICY = {
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "form-action 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


@pytest.fixture
def filled(desk: Desk, database: Database, site: Site) -> Desk:
    sites.add(desk.control, "empty.example", timezone="Asia/Kolkata", now=desk.clock())
    store(database, views("/", "/pricing", site_id=site.id, source="Google", country="FR", browser="Firefox"))
    return desk


def expect_sound(page: Page) -> None:
    """Fail on markup that the policy forbids or that is not accessible."""
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    labelled = {attributes["for"] for attributes in page.attributes("label") if "for" in attributes}
    assert [attributes["lang"] for attributes in page.attributes("html")] == ["en"]
    assert len(page.attributes("h1")) == 1
    assert len(page.attributes("main")) == 1
    assert not any(page.inline_scripts)
    assert not page.attributes("style")
    assert len(ids) == len(set(ids))
    assert labelled <= set(ids)
    for tag, attributes in page.elements:
        assert not {name for name in attributes if name == "style" or name.startswith("on")}, tag
        assert attributes.get("src", "/static/").startswith("/static/"), tag
        # Rows of pages lead to the page itself.
        is_way_out = tag == "a" and attributes.get("class") == "row-out"
        assert is_way_out or not attributes.get("href", "").startswith(("http", "//")), tag


@pytest.mark.parametrize(("path", "status"), PAGES)
def test_pages_are_sound(filled, path, status):
    expect_sound(filled.page(path, status=status))


@pytest.mark.parametrize(("path", "status"), STRANGERS_PAGES)
def test_pages_for_strangers_are_sound(stranger, path, status):
    expect_sound(stranger.page(path, status=status))


def test_the_page_of_a_sign_in_link_is_sound(stranger):
    expect_sound(stranger.page(f"/sign-in/{users.make_link(stranger.control, None, now=stranger.clock())}"))


@pytest.mark.parametrize(
    "html",
    [
        pytest.param('<html lang="en"><main><h1 style="color: red">a</h1></main></html>', id="a style attribute"),
        pytest.param('<html lang="en"><main><h1 onclick="a()">a</h1></main></html>', id="a script in an attribute"),
        pytest.param('<html lang="en"><main><h1>a</h1><script>a()</script></main></html>', id="an inline script"),
        pytest.param('<html lang="en"><main><h1>a</h1><h1>b</h1></main></html>', id="two main headings"),
        pytest.param("<html><main><h1>a</h1></main></html>", id="no language"),
        pytest.param(
            '<html lang="en"><main><h1>a</h1><img src="https://b.example/"></main></html>', id="a third party"
        ),
        pytest.param('<html lang="en"><main><h1>a</main></html>', id="an element left open"),
    ],
)
def test_unsound_markup_is_noticed(html):
    with pytest.raises((AssertionError, KeyError)):
        expect_sound(Page(html))


@pytest.mark.parametrize(("path", "status"), PAGES)
def test_every_page_has_the_headers(filled, path, status):
    headers = filled.get(path).headers

    assert set(headers["content-security-policy"].split("; ")) == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"
    assert {"camera=()", "geolocation=()", "microphone=()"} <= set(headers["permissions-policy"].split(", "))
    assert HTTPS_ONLY.isdisjoint(headers), "the address of the server begins with http"


HTTPS_ONLY = {"strict-transport-security", "cross-origin-opener-policy", "origin-agent-cluster"}


def test_over_https_browsers_are_told_to_stay_there(control: Control, database: Database):
    headers = Desk(control, database, base_url="https://stats.test").get("/sign-in").headers

    assert HTTPS_ONLY <= headers.keys()
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize(
    "path", ["/sign-in", "/", "/sites", "/example.org", "/static", "/api/v1/sites", "/x//", "/example.org/"]
)
def test_the_host_of_a_request_leads_nowhere(filled, path):
    """Links and redirects come from base_url or are relative, so a forged Host sends nobody elsewhere."""
    answer = filled.client.get(path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})

    assert "evil.example" not in answer.text
    assert "evil.example" not in str(answer.headers)


def test_redirects_have_the_headers_too(stranger):
    answer = stranger.get("/sites")

    assert answer.status_code == 303
    assert set(answer.headers["content-security-policy"].split("; ")) == POLICY
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", ["page.css", "page.js", "logo.svg"])
def test_static_files_are_cached_under_their_own_url(stranger, name):
    answer = stranger.get(assets.url(name))

    assert answer.content == (assets.DIRECTORY / name).read_bytes()
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/static/000000000000/page.css", id="of another content"),
        pytest.param(assets.url("page.css").replace("page.css", "none.css"), id="that does not exist"),
        pytest.param("/static/000000000000/..%2fapp.py", id="outside of the directory"),
    ],
)
def test_no_other_file_is_served(stranger, path):
    assert stranger.get(path).status_code in (303, 404)


def test_the_first_load_is_small(filled):
    page = filled.page("/example.org")
    fetched = [attributes["src"] for attributes in page.attributes("script")] + [
        attributes["href"] for attributes in page.attributes("link")
    ]
    bodies = [page.html.encode(), *(filled.get(path).content for path in fetched)]

    assert 1 + len(fetched) <= 10
    assert sum(len(gzip.compress(body)) for body in bodies) <= 60_000
    assert len(gzip.compress(filled.get(assets.url("page.js")).content)) < 4096


def test_pages_are_compressed_if_the_browser_accepts_it(filled):
    plain = filled.client.get("/example.org", headers={"Accept-Encoding": "identity"})

    assert filled.get("/example.org").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/nowhere.example", 404, id="an unknown site"),
        pytest.param("GET", "/nowhere.example/settings", 404, id="settings of an unknown site"),
        pytest.param("GET", "/sign-out", 404, id="signing out by a link"),
        pytest.param("DELETE", "/sites", 405, id="a method nobody uses"),
    ],
)
def test_an_error_page_shows_what_to_do(filled, method, path, status):
    answer = filled.client.request(method, path)

    assert answer.status_code == status
    assert "Go to the list of sites" in Page(answer.text).text


def test_an_oversized_form_is_rejected(desk):
    assert desk.post("/sites/new", domain="a" * 70_000).status_code == 413


def test_an_unexpected_error_is_logged_once_without_the_url(control, database, caplog):
    desk = Desk(control, database)
    control.close()

    with caplog.at_level(logging.INFO):
        answer = desk.client.get("/sign-in/secret-token?mail=a@b.example", headers={"User-Agent": "Browser/7"})

    assert answer.status_code == 500
    assert Page(answer.text).text.count("Internal error") == 2  # the title and the heading
    [record] = [record for record in caplog.records if record.name == "dashboard.app"]
    assert record.getMessage() == "Internal error in dashboard.pages.sign_in.link"
    for secret in ("secret-token", "a@b.example", "Browser/7"):
        assert secret not in logging.Formatter().format(record)


def test_without_clickhouse_the_report_shows_an_error(control, site, user):
    # Nothing listens on port 9 of this machine.
    desk = Desk(control, Database("clickhouse://127.0.0.1:9/sillage"))
    desk.enter(user)

    answer = desk.get(f"/{site.domain}")

    assert answer.status_code == 503
    assert "ClickHouse does not answer" in Page(answer.text).text


def test_without_clickhouse_settings_still_work(control, site, user):
    desk = Desk(control, Database("clickhouse://127.0.0.1:9/sillage"))
    desk.enter(user)

    assert "Settings" in desk.page(f"/{site.domain}/settings").text


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/example.org", id="the report"),
        pytest.param("/example.org/not-counted", id="what was not counted"),
        pytest.param("/empty.example", id="a site that waits"),
    ],
)
def test_a_page_warns_while_hits_are_rejected(filled, path):
    before = filled.page(path)
    filled.problems = ["Hits are refused: the <disk> is full."]
    meanwhile = filled.page(path)

    expect_sound(meanwhile)
    assert "Hits are refused: the <disk> is full." in meanwhile.text
    assert [] == before.attributes("p", role="alert")


def test_base_url_may_end_with_a_slash(control: Control, database: Database):
    desk = Desk(control, database, base_url="https://stats.test/")

    assert services_of(desk.app).base_url == "https://stats.test"
    assert desk.get("/sign-in").status_code == 200


def test_a_missing_name_in_a_template_is_an_error():
    with pytest.raises(UndefinedError):
        template.page("error", session=None, heading="only")
