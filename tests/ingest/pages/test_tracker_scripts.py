import threading

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ingest.pages import tracker_scripts as ingest_routes
from ingest.pages.tracker_scripts import routes
from ingest.tracker import names
from ingest.tracker.variant import variant
from schema.sites.script_settings import ScriptSettings
from schema.sites.sites import Site

TRACKER = variant(names.TAG)
SITE = Site(1, "example.org", "Europe/Paris", 761)


def a_browser(*, refusal=""):
    return TestClient(Starlette(routes=the_routes(lambda: refusal)))


def the_routes(refusal):
    return routes(refusal=refusal, base_url="https://stats.example/", site_of_script={"known": SITE}.get)


@pytest.mark.parametrize("path", ["/js/script.js", "/js/plausible.js", "/js/analytics.js", "/js/p.js"])
def test_the_tracker_is_served_under_the_names_that_snippets_use(path):
    answer = a_browser().get(path)

    assert (answer.status_code, answer.content) == (200, TRACKER)


def test_a_name_with_extensions_has_their_features():
    answer = a_browser().get("/js/script.outbound-links.hash.js")

    assert answer.content == variant(names.features("script.hash.outbound-links.js"))


@pytest.mark.parametrize("path", ["/js/other.js", "/js/script.other.js"])
def test_a_script_of_another_name_is_not_found(path):
    answer = a_browser().get(path)

    assert (answer.status_code, answer.text) == (404, "Not found")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("content-type", "application/javascript", id="is a script"),
        pytest.param("x-content-type-options", "nosniff", id="and nothing else"),
        pytest.param("access-control-allow-origin", "*", id="for any site"),
        pytest.param("cross-origin-resource-policy", "cross-origin", id="for an isolated site too"),
        pytest.param("cache-control", "public, max-age=86400, must-revalidate", id="is fetched once a day"),
        pytest.param("vary", "accept-encoding", id="is cached once for each encoding"),
    ],
)
def test_the_tracker_comes_with_the_header(name, value):
    assert value == a_browser().get("/js/script.js").headers[name]


@pytest.mark.parametrize(
    "path", ["/js/script.js", "/js/script.mjs", "/js/pa-known.js", "/js/pa-other.js", "/api/health"]
)
@pytest.mark.parametrize("header", ["set-cookie", "etag", "last-modified"])
def test_no_response_can_mark_a_device(path, header):
    assert header not in a_browser().get(path).headers


def test_the_script_of_a_site_contains_its_settings():
    answer = a_browser().get("/js/pa-known.js")

    assert '{"domain": "example.org", "endpoint": "https://stats.example/api/event"}' in answer.text
    assert "SITE" not in answer.text
    assert answer.headers["cache-control"] == "public, max-age=60, no-transform"
    assert answer.headers["content-type"] == "application/javascript"


def test_the_script_of_a_site_does_what_its_settings_say():
    script = ScriptSettings(outbound_links=True, hash_based_routing=True, tagged_events=True)
    sites = {"known": Site(1, "example.org", "UTC", 761, script)}
    all_routes = routes(refusal=str, base_url="https://stats.example", site_of_script=sites.get)
    text = TestClient(Starlette(routes=all_routes)).get("/js/pa-known.js").text

    endpoint = '"endpoint": "https://stats.example/api/event"'
    assert f'{{"domain": "example.org", {endpoint}, "hashBasedRouting": true, "outboundLinks": true}}' in text


def test_the_script_of_an_unknown_site_is_not_found():
    answer = a_browser().get("/js/pa-other.js")

    assert (answer.status_code, answer.text) == (404, "Not found")


def test_the_tracker_is_a_module_too():
    answer = a_browser().get("/js/script.mjs")

    assert answer.content == variant(names.MODULE)
    assert answer.headers["content-type"] == "application/javascript"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        pytest.param("gzip, deflate, br", "gzip", id="a browser"),
        pytest.param("identity", None, id="a client without compression"),
    ],
)
def test_the_tracker_is_compressed_if_the_client_accepts_it(accepted, encoding):
    answer = a_browser().get("/js/script.js", headers={"accept-encoding": accepted})

    assert encoding == answer.headers.get("content-encoding")
    assert answer.content == TRACKER


def test_a_head_request_returns_the_headers_alone():
    whole, head = a_browser().get("/js/script.js"), a_browser().head("/js/script.js")

    assert (head.status_code, head.content) == (200, b"")
    assert whole.headers == head.headers


@pytest.mark.parametrize(
    ("refusal", "answer"),
    [
        pytest.param("", (200, {"status": "ok"}), id="events are accepted"),
        pytest.param(
            "the disk is full",
            (503, {"status": "not accepting events", "reason": "the disk is full"}),
            id="events are refused",
        ),
    ],
)
def test_health_reports_whether_events_are_accepted(refusal, answer):
    response = a_browser(refusal=refusal).get("/api/health")

    assert answer == (response.status_code, response.json())


def test_health_is_checked_on_every_request():
    states = iter(["the disk is full", ""])
    browser = TestClient(Starlette(routes=the_routes(lambda: next(states))))

    assert [browser.get("/api/health").status_code for _ in range(2)] == [503, 200]


@pytest.mark.parametrize("path", ["/js/script.hash.compat.js", "/js/script.mjs", "/js/pa-known.js"])
def test_a_script_is_built_once_in_its_own_thread(path, monkeypatch):
    makers: list[str] = []

    def noted(features: frozenset[str]) -> bytes:
        makers.append(threading.current_thread().name)
        return variant(features)

    monkeypatch.setattr(ingest_routes, "variant", noted)
    monkeypatch.setattr(ingest_routes, "_built", {})
    browser = a_browser()
    first, second = browser.get(path), browser.get(path)

    assert first.content == second.content
    assert ["script_0"] == makers


def test_all_scripts_stay_in_memory():
    assert variant.cache_info().maxsize is None


def test_the_host_of_the_page_is_noted_with_each_load():
    hosts: list[str] = []
    app = Starlette(
        routes=routes(
            refusal=str, base_url="https://stats.example", site_of_script=lambda _id: None, note_load=hosts.append
        )
    )
    browser = TestClient(app)
    for referrer in ("https://www.Example.org/secret?q=1", ""):
        browser.get("/js/script.js", headers={"Referer": referrer})

    assert ["example.org", ""] == hosts
