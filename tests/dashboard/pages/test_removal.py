"""The question before a removal, and the place in the list afterwards, with the list of goals."""

import pytest

from schema.measures import goals
from tests.dashboard.desk import Page

PATH = "/example.org/settings/goals"


@pytest.fixture
def three(desk, site):
    """Give a browser, and a list with C, B and A."""
    for name in "ABC":
        goals.add(desk.control, goals.new(site.id, event_name=name))
    return desk


def test_a_question_comes_first(three, site):
    page = three.page(f"{PATH}/2/remove")

    assert "Remove the goal B?" in page.text
    assert page.attributes("a", href=f"{PATH}#row-2")
    assert page.attributes("input", name="sure", value="yes")
    assert 3 == len(goals.list_all(three.control, site.id))


def test_a_form_without_the_answer_removes_nothing(three, site):
    assert 200 == three.post(f"{PATH}/2/remove").status_code
    assert 3 == len(goals.list_all(three.control, site.id))


@pytest.mark.parametrize(
    ("removed", "position", "following"),
    [
        pytest.param(3, 0, ["removed", "row-2", "row-1"], id="the first"),
        pytest.param(2, 1, ["row-3", "removed", "row-1"], id="the second"),
        pytest.param(1, 2, ["row-3", "row-2", "removed"], id="the last"),
    ],
)
def test_the_list_says_what_happened_where_the_entry_was(three, removed, position, following):
    answer = three.post(f"{PATH}/{removed}/remove", sure="yes")
    listed = three.page(answer.headers["location"].partition("#")[0])
    rows = [row["id"] for row in listed.attributes("tr", tabindex="-1")]

    assert f"{PATH}?removed={position}#removed" == answer.headers["location"]
    assert following == rows
    assert "Removed." in listed.text


def test_an_emptied_list_says_what_happened(desk, site):
    goals.add(desk.control, goals.new(site.id, event_name="A"))
    answer = desk.post(f"{PATH}/1/remove", sure="yes")
    listed = desk.page(answer.headers["location"].partition("#")[0])

    assert listed.attributes("p", id="removed", tabindex="-1")
    assert "Removed. No goals yet." in listed.text


@pytest.mark.parametrize("sent", ["", "x", "-1", "²"])
def test_what_is_not_a_place_changes_nothing(three, sent):
    assert "Removed." not in three.page(f"{PATH}?removed={sent}").text


def test_another_site_cannot_remove_with_a_link(three, site):
    answer = three.post(f"{PATH}/2/remove", csrf="x", sure="yes")

    assert 403 == answer.status_code
    assert "Remove the goal" not in Page(answer.text).text
    assert 3 == len(goals.list_all(three.control, site.id))
