import pytest

from schema.measures import funnels, goals, segments

GOAL = {
    "id": 1,
    "goal_type": "event",
    "display_name": "Signup",
    "event_name": "Signup",
    "page_path": None,
    "custom_props": {},
    "currency": None,
    "scroll_threshold": None,
}
PAGE = {"goal_type": "page", "event_name": None}


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        pytest.param({"goal_type": "event", "event_name": "Signup"}, {}, id="an event"),
        pytest.param(
            {"goal_type": "page", "page_path": "blog/**"},
            PAGE | {"page_path": "/blog/**", "display_name": "Visit /blog/**"},
            id="a page",
        ),
        pytest.param(
            {"goal_type": "scroll", "page_path": "/a", "scroll_threshold": 60, "display_name": "Read"},
            PAGE | {"goal_type": "scroll", "page_path": "/a", "scroll_threshold": 60, "display_name": "Read"},
            id="scrolling",
        ),
        pytest.param(
            {"goal_type": "page", "page_path": "/a", "scroll_threshold": 60},
            PAGE
            | {"goal_type": "scroll", "page_path": "/a", "scroll_threshold": 60, "display_name": "Scroll 60% on /a"},
            id="a page with a threshold",
        ),
        pytest.param(
            {"goal_type": "page", "page_path": "/a", "scroll_threshold": 0},
            PAGE | {"goal_type": "scroll", "page_path": "/a", "scroll_threshold": 0, "display_name": "Scroll 0% on /a"},
            id="a page with the lowest threshold",
        ),
        pytest.param(
            {"goal_type": "page", "page_path": "/a", "scroll_threshold": None},
            PAGE | {"page_path": "/a", "display_name": "Visit /a"},
            id="a page with a threshold of null",
        ),
        pytest.param(
            {"goal_type": "page", "page_path": "/a", "scroll_threshold": -1},
            PAGE | {"page_path": "/a", "display_name": "Visit /a"},
            id="a page with the threshold that means none",
        ),
        pytest.param(
            {"goal_type": "event", "event_name": "Buy", "currency": "eur", "custom_props": {"plan": "pro"}},
            {"event_name": "Buy", "display_name": "Buy", "currency": "EUR", "custom_props": {"plan": "pro"}},
            id="revenue and properties",
        ),
    ],
)
def test_a_goal_is_put_once_and_listed(program, site, fields, shown) -> None:
    put = program.ask("PUT", "/goals", json={"site_id": "example.org"} | fields)

    assert put == {"domain": "example.org"} | GOAL | shown
    assert program.ask("PUT", "/goals", json={"site_id": "example.org"} | fields) == put
    assert program.ask("GET", "/goals?site_id=example.org") == {
        "goals": [GOAL | shown],
        "meta": {"after": None, "before": None, "limit": 100},
    }


def test_a_form_has_it_all(program, site) -> None:
    event = {"goal_type": "event", "event_name": "Buy", "custom_props[plan]": "pro", "custom_props[from]": "a"}
    scroll = {"goal_type": "scroll", "page_path": "/a", "scroll_threshold": "0"}
    put = [program.ask("PUT", "/goals", data={"site_id": "example.org"} | fields) for fields in (event, scroll)]

    assert [put[0]["custom_props"], put[1]["scroll_threshold"]] == [{"from": "a", "plan": "pro"}, 0]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param({"event_name": "a"}, "goal_type must be one of event, page, scroll", id="no type"),
        pytest.param({"goal_type": "event", "page_path": "/"}, "event_name is missing", id="an event without a name"),
        pytest.param({"goal_type": "page", "event_name": "a"}, "page_path is missing", id="a page without a path"),
        pytest.param({"goal_type": "scroll", "page_path": "/"}, "scroll_threshold is missing", id="how far"),
        pytest.param(
            {"goal_type": "scroll", "page_path": "/", "scroll_threshold": -1}, "from 0 to 100", id="above the top"
        ),
        pytest.param(
            {"goal_type": "page", "page_path": "/", "scroll_threshold": 101}, "from 0 to 100", id="below the end"
        ),
        pytest.param(
            {"goal_type": "page", "page_path": "/", "scroll_threshold": "half"}, "a whole number", id="half of a page"
        ),
        pytest.param({"goal_type": "page", "scroll_threshold": 50}, "page_path is missing", id="half of no page"),
        pytest.param(
            {"goal_type": "event", "event_name": "a", "currency": "XYZ"}, "is not a currency", id="no currency"
        ),
        pytest.param(
            {"goal_type": "event", "event_name": "a", "custom_props": ["b"]}, "must be an object", id="no properties"
        ),
        pytest.param(
            {"goal_type": "event", "event_name": "a", "custom_props": dict.fromkeys("abcd", "x")},
            "3 properties",
            id="four properties",
        ),
    ],
)
def test_an_invalid_goal_is_one_sentence(program, site, fields, sentence) -> None:
    assert sentence in program.refused("PUT", "/goals", json={"site_id": "example.org"} | fields)
    assert goals.list_all(program.control, site.id) == []


def test_a_goal_is_renamed_in_segments_too_and_removed(program, site) -> None:
    goals.add(program.control, goals.new(site.id, event_name="Signup"))
    segments.add(program.control, site.id, "a", [["is", "event:goal", ["Signup"]]])
    renamed = program.ask("PATCH", "/goals/1", json={"site_id": "example.org", "display_name": "Joined"})

    assert renamed == {"domain": "example.org"} | GOAL | {"display_name": "Joined"}
    assert segments.list_all(program.control, site.id)[0].filters == [["is", "event:goal", ["Joined"]]]
    assert program.ask("DELETE", "/goals/1", json={"site_id": "example.org", "confirm": True}) == {"deleted": True}
    assert program.refused("DELETE", "/goals/1?site_id=example.org", status=404) == "there is no goal 1 on this site"


def test_goals_are_listed_newest_first_in_parts(program, site) -> None:
    for name in "abc":
        goals.add(program.control, goals.new(site.id, event_name=name))
    first = program.ask("GET", "/goals?site_id=example.org&limit=2")
    rest = program.ask("GET", f"/goals?site_id=example.org&limit=2&after={first['meta']['after']}")

    assert [goal["event_name"] for goal in first["goals"] + rest["goals"]] == ["c", "b", "a"]


def test_a_goal_that_others_use_is_removed_after_confirmation_only(program, site) -> None:
    one, two, free = (goals.add(program.control, goals.new(site.id, event_name=name)) for name in ("A", "B", "C"))
    funnels.add(program.control, site.id, "Sale", [one, two])
    segments.add(program.control, site.id, "Buyers", [["is", "event:goal", ["A"]]])
    fields = {"site_id": "example.org"}
    refusal = program.ask("DELETE", f"/goals/{one.id}", status=409, json=fields)

    assert refusal["error"] == (
        "The funnel Sale is removed too, because a funnel needs 2 steps. The segment Buyers filters by this goal and"
        " can't be used any more. If this is intended, send confirm: true"
    )
    assert len(goals.list_all(program.control, site.id)) == 3
    assert len(funnels.list_all(program.control, site.id)) == 1
    assert program.ask("DELETE", f"/goals/{free.id}", json=fields) == {"deleted": True}
    assert program.ask("DELETE", f"/goals/{one.id}", params=fields | {"confirm": "true"}) == {"deleted": True}
    assert funnels.list_all(program.control, site.id) == []
