import json
import time

import pytest

from schema.measures import funnels, goals
from schema.sites import sites


@pytest.fixture
def site(control):
    return sites.add(control, "example.org", timezone="UTC", now=time.time())


OF_SITE = ("--site", "www.example.org")


def names(control, site):
    return [goal.display_name for goal in goals.list_all(control, site.id)]


def test_goals_are_added_and_listed(site, sillage):
    added = sillage("goals", "add", *OF_SITE, "--event", "Buy", "--currency", "eur", "--prop", "plan=a=b")
    sillage("goals", "add", *OF_SITE, "--page", "blog/*", "--scroll", "75", "--name", "Read")
    table = sillage("goals", "list", *OF_SITE).stdout
    rows = json.loads(sillage("goals", "list", *OF_SITE, "--json").stdout)

    assert added.stdout == "Goal 1 of example.org: Buy.\n"
    assert table.splitlines() == [
        "ID  NAME  KIND    EVENT  PAGE     SCROLL  PROPERTIES  CURRENCY",
        "2   Read  scroll  -      /blog/*  75      -           -",
        "1   Buy   event   Buy    -        -       plan=a=b    EUR",
    ]
    assert rows[1] == {
        "id": 1,
        "name": "Buy",
        "kind": "event",
        "event": "Buy",
        "page": None,
        "scroll": None,
        "properties": "plan=a=b",
        "currency": "EUR",
    }


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(("add", *OF_SITE), "sillage: a goal needs either an event name or a page path", id="nothing"),
        pytest.param(
            ("add", *OF_SITE, "--event", "Old"), "sillage: the goal Old already has this condition", id="twice"
        ),
        pytest.param(
            ("add", *OF_SITE, "--event", "a", "--prop", "b"), "not of the form KEY=VALUE", id="half a property"
        ),
        pytest.param(("add", "--site", "a.example", "--event", "a"), "sillage: a.example is not a site", id="no site"),
        pytest.param(("remove", *OF_SITE, "7", "--yes"), "sillage: there is no goal 7 on this site", id="no goal"),
        pytest.param(("rename", *OF_SITE, "7", "a"), "sillage: there is no goal 7 on this site", id="no goal to name"),
        pytest.param(("rename", *OF_SITE, "1", " "), "sillage: a goal needs a name", id="no name"),
    ],
)
def test_what_can_not_be_is_one_sentence_and_exit_code_2(control, site, sillage, words, sentence):
    goals.add(control, goals.new(site.id, event_name="Old"))

    result = sillage("goals", *words)

    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr
    assert names(control, site) == ["Old"]


def test_a_goal_is_renamed(control, site, sillage):
    goals.add(control, goals.new(site.id, event_name="Buy"))

    assert sillage("goals", "rename", *OF_SITE, "1", "Bought").stdout == "Renamed goal 1 from Buy to Bought.\n"
    assert names(control, site) == ["Bought"]


@pytest.mark.parametrize(
    ("words", "answer", "left"),
    [
        pytest.param((), "y\n", ["b"], id="confirmed"),
        pytest.param((), "n\n", ["b", "a"], id="declined"),
        pytest.param(("--yes",), "", ["b"], id="not asked"),
    ],
)
def test_a_goal_is_removed_once_that_is_confirmed(control, site, sillage, words, answer, left):
    for name in "ab":
        goals.add(control, goals.new(site.id, event_name=name))

    sillage("goals", "remove", *OF_SITE, "1", *words, answer=answer)

    assert names(control, site) == left


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        pytest.param("1", "The funnel Sale is removed too, because a funnel needs 2 steps.\n", id="a step"),
        pytest.param("3", "", id="a goal that nothing uses"),
    ],
)
def test_what_uses_a_goal_is_printed_before_the_question(control, site, sillage, number, sentence):
    one, two, _ = (goals.add(control, goals.new(site.id, event_name=name)) for name in ("A", "B", "C"))
    funnels.add(control, site.id, "Sale", [one, two])

    result = sillage("goals", "remove", *OF_SITE, number, answer="n\n")

    assert result.stderr.startswith(f"{sentence}Remove the goal ")
    assert len(goals.list_all(control, site.id)) == 3
