"""Goals, funnels, segments and properties of a site: listed, added, edited, removed, each on its page."""

from collections.abc import Callable
from typing import Any

import pytest

from schema.measures import custom_props, funnels, goals, segments
from schema.sites import sites
from tests.dashboard.desk import Page

PATH = "/example.org/settings"
FILTERS = '[["is", "visit:country", ["FR"]]]'
NOUNS = [
    pytest.param("goals", {"event": "Buy"}, "Buy", "/1/remove", {}, id="goals"),
    pytest.param(
        "funnels", {"name": "Sale", "step1": "1", "step3": "2"}, "Visit → Read", "/1/remove", {}, id="funnels"
    ),
    pytest.param("segments", {"name": "France", "filters": FILTERS}, "France", "/1/remove", {}, id="segments"),
    pytest.param("properties", {"property": "plan"}, "plan", "/remove", {"property": "plan"}, id="properties"),
]
KEPT: dict[str, Callable[[Any, int], list[Any]]] = {
    "goals": lambda control, site_id: [goal for goal in goals.list_all(control, site_id) if goal.event_name == "Buy"],
    "funnels": funnels.list_all,
    "segments": segments.list_all,
    "properties": custom_props.allowed,
}


def a_funnels_goals(desk, site, noun) -> None:
    if noun == "funnels":
        goals.add(desk.control, goals.new(site.id, event_name="Visit"))
        goals.add(desk.control, goals.new(site.id, page_path="/a", scroll_threshold=50, display_name="Read"))


@pytest.mark.parametrize(("noun", "fields", "shown", "remove", "named"), NOUNS)
def test_one_is_added_listed_and_removed(desk, site, noun, fields, shown, remove, named) -> None:
    a_funnels_goals(desk, site, noun)
    added = desk.post(f"{PATH}/{noun}", **fields)
    kept = KEPT[noun](desk.control, site.id)
    listed = desk.page(f"{PATH}/{noun}")
    text = listed.text
    removed = desk.post(f"{PATH}/{noun}{remove}", sure="yes", **named)

    list_path, _, row = added.headers["location"].partition("#")
    assert [list_path, removed.headers["location"].partition("?")[0]] == [f"{PATH}/{noun}"] * 2
    assert listed.attributes("tr", id=row) == [{"id": row, "tabindex": "-1"}]
    assert len(kept) == 1
    assert shown in text
    assert KEPT[noun](desk.control, site.id) == []
    assert desk.post(f"{PATH}/{noun}{remove}", sure="yes", **named).status_code == 404


@pytest.mark.parametrize(("noun", "fields", "shown", "remove", "named"), NOUNS)
def test_one_of_another_site_is_neither_shown_nor_removed(desk, site, noun, fields, shown, remove, named) -> None:
    other = sites.add(desk.control, "other.example", timezone="UTC", now=desk.clock())
    a_funnels_goals(desk, other, noun)
    desk.post(f"/other.example/settings/{noun}", **fields)

    assert "/remove" not in desk.page(f"{PATH}/{noun}").html
    assert desk.post(f"{PATH}/{noun}{remove}", sure="yes", **named).status_code == 404
    assert len(KEPT[noun](desk.control, other.id)) == 1


@pytest.mark.parametrize(("noun", "fields", "shown", "remove", "named"), NOUNS)
def test_changes_need_the_csrf_token(desk, stranger, site, noun, fields, shown, remove, named) -> None:
    a_funnels_goals(desk, site, noun)
    desk.post(f"{PATH}/{noun}", **fields)

    for path in (f"{PATH}/{noun}", f"{PATH}/{noun}{remove}"):
        assert desk.post(path, csrf="nonsense", **(fields | named)).status_code == 403
        assert stranger.post(path).headers["location"] == "/sign-in"
    assert len(KEPT[noun](desk.control, site.id)) == 1


@pytest.mark.parametrize(
    ("noun", "fields", "problem"),
    [
        pytest.param("goals", {"event": "a", "page": "/b"}, "either an event name or a page path", id="event and page"),
        pytest.param("goals", {"page": "/b", "scroll": "far"}, "from 0 to 100", id="far down"),
        pytest.param("goals", {"page": "/b", "scroll": "101"}, "from 0 to 100", id="beyond the end"),
        pytest.param(
            "goals", {"event": "a", "key2": "plan"}, "The name of a property must have 1 to", id="half a property"
        ),
        pytest.param("funnels", {"name": "a", "step1": "1"}, "2 to 8 steps", id="one step"),
        pytest.param("funnels", {"name": "a", "step1": "1", "step2": "9"}, "no longer exists", id="a removed goal"),
        pytest.param("segments", {"name": "a", "filters": "x"}, "must be a JSON list", id="no JSON"),
        pytest.param("segments", {"name": "a", "filters": "[]"}, "at least one filter", id="no filter"),
        pytest.param("properties", {"property": " "}, "The name of a property must have 1 to", id="no property"),
    ],
)
def test_an_error_is_shown_with_the_entered_values(desk, site, noun, fields, problem) -> None:
    a_funnels_goals(desk, site, noun)
    answer = desk.post(f"{PATH}/{noun}", **fields)
    page = Page(answer.text)
    values = [field.get("value", "") for field in page.attributes("input")]

    assert answer.status_code == 422
    assert problem in page.text
    assert [
        value for name, value in fields.items() if name in ("name", "event", "page", "key2") and value not in values
    ] == []
    assert fields.get("filters", "") in page.html


def test_a_goal_has_everything_that_was_entered(desk, site) -> None:
    pairs = {"key1": "plan", "value1": "pro", "key3": "from", "value3": "<blog>"}
    desk.post(f"{PATH}/goals", event="Buy", currency="eur", name="Sold", **pairs)
    desk.post(f"{PATH}/goals", page="/blog/*", scroll=" 75 ")
    text = desk.page(f"{PATH}/goals").text

    assert "Scroll 75% on /blog/* 75% of /blog/*" in text
    assert "Sold Event Buy from = <blog>, plan = pro, in EUR" in text


def test_a_segment_with_invalid_filters_is_rejected(desk, site) -> None:
    answer = desk.post(f"{PATH}/segments", name="a", filters='[["is", "visit:colour", ["red"]]]')

    assert answer.status_code == 422
    assert "there is no dimension 'visit:colour'" in Page(answer.text).text


def test_a_funnel_needs_goals(desk, site) -> None:
    assert "Add goals first" in desk.page(f"{PATH}/funnels").text


@pytest.mark.parametrize("noun", ["goals", "funnels", "segments"])
def test_an_unknown_id_is_not_found(desk, site, noun) -> None:
    assert desk.post(f"{PATH}/{noun}/{10**30}/remove", sure="yes").status_code == 404
