"""The Sites API as a whole: authorization, and what all calls have in common."""

from typing import Any

import pytest

from dashboard.api.sites_api import routes
from schema.measures import goals
from schema.sites import sites
from schema.sites.keys import Scope
from tests.dashboard.api.conftest import PREFIX, with_key

NO_SITE = "This site does not exist, or this API key has no access to it."
OF_A_SITE = [
    pytest.param("GET", "/{site}", {}, id="the site"),
    pytest.param("PUT", "/{site}", {"timezone": "UTC"}, id="changing it"),
    pytest.param("DELETE", "/{site}", {}, id="removing it"),
    pytest.param("PUT", "/shared-links", {"name": "a"}, id="a link"),
    pytest.param("GET", "/goals", {}, id="goals"),
    pytest.param("PUT", "/goals", {"goal_type": "event", "event_name": "Signup"}, id="adding a goal"),
    pytest.param("PATCH", "/goals/1", {"display_name": "a"}, id="renaming a goal"),
    pytest.param("DELETE", "/goals/1", {}, id="removing a goal"),
    pytest.param("GET", "/funnels", {}, id="funnels"),
    pytest.param("PUT", "/funnels", {"name": "a", "steps": [1, 2]}, id="adding a funnel"),
    pytest.param("DELETE", "/funnels/1", {}, id="removing a funnel"),
    pytest.param("GET", "/segments", {}, id="segments"),
    pytest.param("PUT", "/segments", {"name": "a", "filters": [1]}, id="adding a segment"),
    pytest.param("PATCH", "/segments/1", {"name": "a"}, id="changing a segment"),
    pytest.param("DELETE", "/segments/1", {}, id="removing a segment"),
    pytest.param("GET", "/custom-props", {}, id="custom properties"),
    pytest.param("PUT", "/custom-props", {"property": "a"}, id="adding a property"),
    pytest.param("DELETE", "/custom-props/a", {}, id="removing a property"),
    pytest.param("GET", "/annotations", {}, id="annotations"),
    pytest.param("PUT", "/annotations", {"date": "2026-03-09", "note": "a"}, id="adding an annotation"),
    pytest.param("DELETE", "/annotations/1", {}, id="removing an annotation"),
    pytest.param("GET", "/guests", {}, id="guests"),
    pytest.param("PUT", "/guests", {"email": "a@b.example", "role": "viewer"}, id="asking somebody in"),
    pytest.param("DELETE", "/guests/a@b.example", {}, id="asking somebody out"),
    pytest.param("GET", "/exclusions", {}, id="exclusions"),
    pytest.param("GET", "/exclusions/counts", {}, id="counts of exclusions"),
    pytest.param("PUT", "/exclusions", {"network": "192.0.2.0/24"}, id="adding an exclusion"),
    pytest.param("PATCH", "/exclusions/1", {"mode": "on"}, id="changing an exclusion"),
    pytest.param("DELETE", "/exclusions/1", {}, id="removing an exclusion"),
    pytest.param("POST", "/exclusions/test", {"ip": "192.0.2.7"}, id="trying a hit"),
    pytest.param("POST", "/exclusions/share", {"network": "192.0.2.0/24"}, id="weighing an exclusion"),
    pytest.param("GET", "/retention", {}, id="the retention"),
    pytest.param("GET", "/erasures", {}, id="erasures"),
    pytest.param("PUT", "/erasures", {"kind": "page", "value": "/a", "dry_run": True}, id="erasing a page"),
    pytest.param("GET", "/conversion", {"profile": "exempt"}, id="what a profile would remove"),
]

CHANGES_NOTHING = ("/exclusions/test", "/exclusions/share")  # sent as POST because their bodies can be large


def test_every_call_for_a_site_is_in_the_table() -> None:
    calls = {("GET", ""), ("POST", ""), ("GET", "/teams"), ("GET", "/funnels/1/report"), ("GET", "/exclusions/changes")}
    calls.add(("GET", "/exclusions/problems"))
    calls |= {(case.values[0], str(case.values[1])) for case in OF_A_SITE}  # type: ignore[misc]

    assert len(routes()) == len(calls)


@pytest.mark.parametrize(("method", "path", "fields"), OF_A_SITE)
def test_a_site_of_others_is_answered_like_none(bound, method, path, fields) -> None:
    sites.add(bound.control, "other.example", timezone="UTC", now=bound.clock())
    sentences = [
        bound.refused(method, path.format(site=domain), status=404, json=fields | {"site_id": domain})
        for domain in ("other.example", "none.example")
    ]

    assert sentences == [NO_SITE, NO_SITE]
    assert len(sites.list_all(bound.control, now=bound.clock())) == 2


@pytest.mark.parametrize(("method", "path", "fields"), OF_A_SITE)
def test_reading_is_not_changing(stranger, site, method, path, fields) -> None:
    reader = with_key(stranger, Scope.READ_SITES)
    status = reader.send(method, path.format(site="example.org"), json=fields | {"site_id": "example.org"}).status_code

    assert status == (200 if method == "GET" or path in CHANGES_NOTHING else 401)


@pytest.mark.parametrize("scope", [Scope.READ_STATS, Scope.SEND_EVENTS, Scope.IMPORT_EVENTS])
def test_a_key_with_another_scope_is_rejected(stranger, site, scope) -> None:
    assert "it lacks the scope sites:read" in with_key(stranger, scope).refused("GET", "", status=401)


def test_without_a_key_nothing_is_revealed(stranger, site) -> None:
    assert stranger.client.get(f"{PREFIX}/example.org").status_code == 401
    assert stranger.client.get(PREFIX).json() == {
        "error": "An API key is required: send it as `Authorization: Bearer KEY`."
    }


@pytest.mark.parametrize(
    "words",
    [
        pytest.param({"json": {"site_id": "example.org", "property": "plan"}}, id="JSON"),
        pytest.param({"data": {"site_id": "example.org", "property": "plan"}}, id="a form"),
        pytest.param({"files": {"site_id": (None, "example.org"), "property": (None, "plan")}}, id="a form in parts"),
        pytest.param({"params": {"site_id": "example.org"}, "json": {"property": "plan"}}, id="the address"),
        pytest.param({"json": {"site_id": "WWW.Example.org", "property": "plan"}}, id="a domain written otherwise"),
    ],
)
def test_fields_may_be_in_the_body_or_the_address(program, site, words) -> None:
    assert program.ask("PUT", "/custom-props", **words) == {"created": True}
    assert program.ask("GET", "/custom-props?site_id=example.org") == {"custom_properties": [{"property": "plan"}]}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"[1]", id="a list"),
        pytest.param(b"{", id="a part"),
        pytest.param(b'"\xff"', id="no text"),
        pytest.param(b'{"a":' * 10_000, id="depth"),
        pytest.param(b"property=plan", id="a form that does not say so"),
    ],
)
def test_a_body_that_is_not_an_object_is_rejected(program, site, content) -> None:
    assert "must be a JSON object" in program.refused("PUT", "/custom-props?site_id=example.org", content=content)


def test_a_body_that_is_too_large_is_rejected(program, site) -> None:
    for words in ({"json": {"property": "a" * 70_000}}, {"content": iter([b"a" * 40_000] * 2)}):
        assert program.refused("PUT", "/custom-props", status=413, **words) == "The request is too large."


@pytest.mark.parametrize(
    ("method", "path", "fields", "sentence"),
    [
        pytest.param("GET", "/goals", {}, "site_id is missing", id="no site"),
        pytest.param("GET", "/goals", {"site_id": 7}, "site_id must be a text", id="a site's number"),
        pytest.param("GET", "/goals", {"limit": "many"}, "limit must be a whole number", id="a limit in words"),
        pytest.param("GET", "/goals", {"limit": 0}, "limit must be a whole number from 1", id="no limit"),
        pytest.param("GET", "/goals", {"limit": True}, "limit must be a whole number", id="a limit that is true"),
        pytest.param("GET", "/goals", {"after": "x"}, "must be cursors from the `meta`", id="a made-up mark"),
        pytest.param("GET", "/goals", {"before": "\u00fc"}, "must be cursors from the `meta`", id="no mark at all"),
        pytest.param("PUT", "/funnels", {"strict_order": "x", "steps": []}, "must be true or false", id="no flag"),
        pytest.param(
            "PUT",
            "/segments",
            {"filters": [["is", "visit:os", ["iOS"]]], "labels": {"a": 1}},
            "object of texts",
            id="no texts",
        ),
    ],
)
def test_an_invalid_request_is_one_sentence(program, site, method, path, fields, sentence) -> None:
    goals.add(program.control, goals.new(site.id, event_name="a"))
    words = {"site_id": "example.org"} | fields if fields else {}

    assert sentence in program.refused(method, path, json=words)


@pytest.mark.parametrize("path", ["/goals/x", "/goals/1", f"/goals/{10**30}", "/funnels/1", "/segments/1"])
def test_unknown_records_are_not_found(program, site, path) -> None:
    assert program.refused("DELETE", f"{path}?site_id=example.org", status=404)


def test_a_list_has_pages_in_both_directions(program) -> None:
    for number in range(5):
        sites.add(program.control, f"{number}.example", timezone="UTC", now=program.clock())

    def part(query: str) -> tuple[str, dict[str, Any]]:
        page = program.ask("GET", f"?limit=2{query}")
        return "".join(site["domain"][0] for site in page["sites"]), page["meta"]

    first, meta = part("")
    second, second_meta = part(f"&after={meta['after']}")
    last, last_meta = part(f"&after={second_meta['after']}")
    back, back_meta = part(f"&before={last_meta['before']}")
    start, start_meta = part(f"&before={back_meta['before']}")

    assert (first, second, last, back, start) == ("01", "23", "4", "23", "01")
    assert meta == {"after": meta["after"], "before": None, "limit": 2}
    assert last_meta["after"] is None
    assert (start_meta["before"], start_meta["after"]) == (None, meta["after"])
    sites.remove(program.control, "1.example", now=program.clock())
    assert part(f"&after={meta['after']}")[0] == "23"
    assert program.ask("GET", "?limit=5000")["meta"] == {"after": None, "before": None, "limit": 1000}
