"""Other records of a site: funnels, segments, custom properties, links, guests, exclusions."""

import pytest

from schema.exclusions import rules
from schema.measures import goals
from schema.people import users
from schema.sites import sites
from tests.factories import store_drops

META = {"after": None, "before": None, "limit": 100}
FILTERS = [["is", "visit:country", ["FR"]]]


@pytest.fixture
def two_goals(program, site) -> None:
    for name in ("Visit", "Buy"):
        goals.add(program.control, goals.new(site.id, event_name=name))


def put(program, path, /, **fields):
    return program.ask("PUT", path, json={"site_id": "example.org"} | fields)


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([1, 2], id="numbers"),
        pytest.param(["Visit", "Buy"], id="names"),
        pytest.param([{"goal_id": 1}, {"goal_id": 2, "display_name": "Buy"}], id="what was read"),
    ],
)
def test_a_funnel_is_put_listed_and_removed(program, two_goals, steps) -> None:
    answer = put(program, "/funnels", name="Sale", steps=steps, strict_order=True)
    again = put(program, "/funnels", name="Sale", steps=["Buy", "Visit"])
    names = [{"goal_id": 1, "display_name": "Visit"}, {"goal_id": 2, "display_name": "Buy"}]

    funnel = {"id": 1, "name": "Sale", "strict_order": True, "steps": names}
    assert answer == {"domain": "example.org"} | funnel
    reversed_funnel = funnel | {"strict_order": False, "steps": names[::-1]}
    assert again == {"domain": "example.org"} | reversed_funnel
    assert program.ask("GET", "/funnels?site_id=example.org") == {"funnels": [reversed_funnel], "meta": META}
    assert program.ask("DELETE", "/funnels/1?site_id=example.org") == {"deleted": True}
    assert program.refused("DELETE", "/funnels/1?site_id=example.org", status=404)


def test_a_funnel_comes_as_a_form(program, two_goals) -> None:
    words = {"site_id": "example.org", "name": "Sale", "steps[]": ["1", "Buy"], "strict_order": "true"}
    answer = program.ask("PUT", "/funnels", data=words)

    assert [step["goal_id"] for step in answer["steps"]] == [1, 2]
    assert answer["strict_order"] is True


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param({"name": "a"}, "steps must be a list", id="no steps"),
        pytest.param({"name": "a", "steps": [1]}, "2 to 8 steps", id="a step"),
        pytest.param({"name": "a", "steps": [1, 7]}, "there is no goal '7' on this site", id="no goal"),
        pytest.param({"name": "a", "steps": [1, True]}, "there is no goal 'True'", id="no number"),
        pytest.param({"name": "a", "steps": [1, [2]]}, "a step must be the id", id="a list"),
        pytest.param({"name": " ", "steps": [1, 2]}, "must have 1 to", id="no name"),
    ],
)
def test_an_invalid_funnel_is_one_sentence(program, two_goals, fields, sentence) -> None:
    assert sentence in program.refused("PUT", "/funnels", json={"site_id": "example.org"} | fields)


def test_a_segment_is_put_changed_listed_and_removed(program, site) -> None:
    first = put(program, "/segments", name="France", filters=FILTERS, labels={"FR": "France"})
    again = put(program, "/segments", name="France", filters='[["is", "visit:country", ["FR", "MC"]]]')
    changed = program.ask("PATCH", "/segments/1", json={"site_id": "example.org", "name": "French"})

    segment = {"id": 1, "name": "France", "type": "site", "filters": FILTERS, "labels": {"FR": "France"}}
    assert first == {"domain": "example.org"} | segment
    wider = segment | {"filters": [["is", "visit:country", ["FR", "MC"]]], "labels": {}}
    assert again == {"domain": "example.org"} | wider
    assert changed == {"domain": "example.org"} | wider | {"name": "French"}
    assert program.ask("GET", "/segments?site_id=example.org") == {
        "segments": [wider | {"name": "French"}],
        "meta": META,
    }
    assert program.ask("DELETE", "/segments/1?site_id=example.org") == {"deleted": True}


@pytest.mark.parametrize("filters", [None, "x", {"a": 1}, [], "[" * 50 + "]" * 50, [[["a"] * 3] * 2000]])
def test_invalid_filters_are_one_sentence(program, site, filters) -> None:
    assert program.refused("PUT", "/segments", json={"site_id": "example.org", "name": "a", "filters": filters})


def test_a_segment_with_invalid_filters_is_rejected(program, site) -> None:
    filters = [["is", "visit:colour", ["red"]]]
    sentence = program.refused("PUT", "/segments", json={"site_id": "example.org", "name": "a", "filters": filters})

    assert "there is no dimension 'visit:colour'" in sentence


def test_a_segment_can_not_contain_segments(program, site) -> None:
    filters = [["is", "segment", [1]]]

    assert "no segment 1" in program.refused(
        "PUT", "/segments", json={"site_id": "example.org", "name": "a", "filters": filters}
    )


def test_custom_properties_are_put_listed_and_removed(program, site) -> None:
    for key in ("plan", "a/b c", "plan"):
        assert put(program, "/custom-props", property=key) == {"created": True}

    answer = program.ask("GET", "/custom-props?site_id=example.org")
    assert answer == {"custom_properties": [{"property": "a/b c"}, {"property": "plan"}]}
    assert program.ask("DELETE", "/custom-props/a%2Fb%20c?site_id=example.org") == {"deleted": True}
    assert program.refused("DELETE", "/custom-props/none?site_id=example.org", status=404)
    assert "property is missing" in program.refused("PUT", "/custom-props", json={"site_id": "example.org"})


def test_a_shared_link_is_made_once(program, site) -> None:
    link = put(program, "/shared-links", name="Board")

    assert link == {"name": "Board", "url": link["url"]}
    assert link["url"].startswith("http://stats.test/share/example.org?auth=")
    assert put(program, "/shared-links", name="Board") == link
    assert "must have 1 to" in program.refused("PUT", "/shared-links", json={"site_id": "example.org"})


def test_guests_are_asked_in_and_out(program, site) -> None:
    users.add(program.control, "ana@example.org", now=program.clock())
    ana = put(program, "/guests", email="Ana@Example.org", role="editor")
    bob = put(program, "/guests", email="bob@example.org", role="viewer")

    assert ana == {"email": "ana@example.org", "role": "editor", "status": "accepted"}
    assert bob == {"email": "bob@example.org", "role": "viewer", "status": "invited"}
    assert program.ask("GET", "/guests?site_id=example.org") == {"guests": [ana, bob], "meta": META}
    assert program.ask("DELETE", "/guests/bob@example.org?site_id=example.org") == {"deleted": True}
    assert program.refused("DELETE", "/guests/bob@example.org?site_id=example.org", status=404)
    words = {"site_id": "example.org", "email": "c@example.org", "role": "owner"}
    assert "is not a role" in program.refused("PUT", "/guests", json=words)


def test_exclusions_of_a_site_and_of_all_are_apart(program, bound) -> None:
    of_site = put(bound, "/exclusions", network="192.0.2.7/24", note="Office")
    of_all = program.ask("PUT", "/exclusions", json={"network": "192.0.2.0/24"})

    rule = {"network": "192.0.2.0/24", "rule": "network 192.0.2.0/24 (256 addresses)", "line": None}
    assert of_site == {"id": 1, "domain": "example.org", "note": "Office"} | rule
    assert of_all == {"id": 2, "domain": None, "note": ""} | rule
    assert put(bound, "/exclusions", network="192.0.2.0/24") == of_site
    assert bound.ask("GET", "/exclusions?site_id=example.org") == {"exclusions": [of_site], "meta": META}
    assert program.ask("GET", "/exclusions") == {"exclusions": [of_all], "meta": META}
    assert "site_id is missing" in bound.refused("GET", "/exclusions")
    assert bound.refused("DELETE", "/exclusions/2?site_id=example.org", status=404)
    assert program.ask("DELETE", "/exclusions/2") == {"deleted": True}
    assert bound.ask("DELETE", "/exclusions/1?site_id=example.org") == {"deleted": True}
    assert rules.list_all(program.control) == []


def busy(program) -> None:
    """Make all hits of the day come from 192.0.2.0/24."""
    for _ in range(100):
        program.traffic.note(1, b"\xc0\x00\x02\x07", user_agent="Firefox", page_host="example.org", path="/")


def test_a_rule_that_leaves_out_much_is_to_be_confirmed(program, site) -> None:
    office = {"site_id": "example.org", "network": "192.0.2.0/24"}
    assert program.ask("POST", "/exclusions/share", json=office) == {"share": None}
    busy(program)

    assert program.ask("POST", "/exclusions/share", json=office) == {"share": 1.0}
    refusal = "this rule would have excluded about 100 % of the last day's hits. If this is intended, send confirm"
    assert program.refused("PUT", "/exclusions", json=office).startswith(refusal)
    assert put(program, "/exclusions", **office, mode="dry-run")["mode"] == "dry-run"
    change = {"site_id": "example.org", "mode": "on"}
    assert program.refused("PATCH", "/exclusions/1", json=change).startswith(refusal)
    assert "mode" not in program.ask("PATCH", "/exclusions/1", json=change | {"confirm": True})
    assert program.ask("PATCH", "/exclusions/1", json=change | {"mode": "dry-run"})["mode"] == "dry-run"
    assert "mode must be on or dry-run" in program.refused("PATCH", "/exclusions/1", json=change | {"mode": "off"})
    assert "can be changed" in program.refused("PATCH", "/exclusions/1", json=change | {"network": "192.0.2.0/25"})
    dated = {"site_id": "example.org", "expires": "2026-06-01", "note": "Lyon", "owner": "IT"}
    assert dated.items() - {("site_id", "example.org")} <= program.ask("PATCH", "/exclusions/1", json=dated).items()
    assert put(program, "/exclusions", network="192.0.2.0/25", confirm=True)["id"] == 2


def test_a_hit_is_tried(program, site) -> None:
    put(program, "/exclusions", header="X-Office: yes", note="Office")
    put(program, "/exclusions", path="/draft", mode="dry-run")
    program.rules.compile()
    hit = {"site_id": "example.org", "path": "/draft", "user_agent": "Mozilla/5.0 Firefox/145.0"}
    inside = program.ask("POST", "/exclusions/test", json=hit | {"headers": {"X-Office": "yes"}})
    outside = program.ask("POST", "/exclusions/test", json=hit | {"headers": {}})
    office = {"id": 1, "rule": "header x-office: yes", "note": "Office"}
    drafts = {"id": 2, "rule": "path /draft", "note": ""}

    assert inside == {
        "counted": False,
        "excluded_by": office,
        "kept_by": None,
        "would_be_excluded_by": None,
        "reason": "excluded",
        "country": None,
        "rules": [office | {"is_true": True}, drafts | {"is_true": True}],
    }
    assert (outside["counted"], outside["would_be_excluded_by"]) == (True, drafts)
    assert "is not an address" in program.refused("POST", "/exclusions/test", json=hit | {"ip": "office"})


def test_the_address_of_a_home_is_never_shown_again(program, site) -> None:
    home = put(program, "/exclusions", home_address="203.0.113.99", note="Anna")
    everything = [program.ask("GET", path) for path in ("/exclusions?site_id=example.org", "/exclusions/changes")]

    assert home["home"].startswith("home-")
    assert home["expires"] == "2026-06-08"
    assert "203.0.113.99" not in str([home, *everything])
    assert b"203.0.113.99" not in b"".join(file.read_bytes() for file in program.data_dir.iterdir() if file.is_file())


def test_hits_are_counted_by_rule_and_day(program, site, database) -> None:
    for note in ("Office", "Drafts", "idle"):
        put(program, "/exclusions", path=f"/{note}", note=note)
    for at, count, rule in (("2026-03-10 08:00", 3, 1), ("2026-03-10 09:00", 4, 1), ("2026-03-09 23:30", 5, 1)):
        store_drops(database, "excluded", count, at=at, rule=rule)
    store_drops(database, "would_exclude", 2, at="2026-02-20 12:00", rule=2)
    store_drops(database, "excluded", 9, at="2026-02-08 12:00", rule=3)
    store_drops(database, "excluded", 9, at="2026-03-10 08:00", rule=1, site_id=2)

    assert program.ask("GET", "/exclusions/counts?site_id=example.org")["counts"] == [
        {"id": 1, "rule": "path /Office", "note": "Office", "days": [{"date": "2026-03-10", "hits": 12}]},
        {"id": 2, "rule": "path /Drafts", "note": "Drafts", "days": [{"date": "2026-02-20", "hits": 2}]},
    ]


def test_changes_are_shown_to_keys_for_every_site(program, bound) -> None:
    put(program, "/exclusions", network="192.0.2.0/24", note="Office")
    program.ask("DELETE", "/exclusions/1?site_id=example.org")
    removed, added = program.ask("GET", "/exclusions/changes")["changes"]

    assert removed["change"] == "Removed exclusion 1: exclude network 192.0.2.0/24 (256 addresses) (Office)."
    assert added["change"] == "Added exclusion 1: exclude network 192.0.2.0/24 (256 addresses) (Office)."
    assert removed["who"] == added["who"] != ""
    assert "this API key is for one" in bound.refused("GET", "/exclusions/changes")


@pytest.mark.parametrize("network", ["office", "0.0.0.0/0", ""])
def test_an_invalid_network_is_one_sentence(program, site, network) -> None:
    assert program.refused("PUT", "/exclusions", json={"site_id": "example.org", "network": network})
    assert len(sites.list_all(program.control, now=program.clock())) == 1
