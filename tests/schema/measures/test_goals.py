import time

import pytest

from schema.measures import funnels, goals, segments
from schema.measures.goals import Goal, GoalError, GoalKind
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control


@pytest.fixture
def site(control: Control) -> Site:
    """Give a site without a goal."""
    return sites.add(control, "example.org", timezone="UTC", now=time.time())


def added(control: Control, site: Site, **words) -> Goal:
    return goals.add(control, goals.new(site.id, **words))


@pytest.mark.parametrize(
    ("words", "goal"),
    [
        pytest.param({"event_name": " Signup "}, Goal(0, 1, "Signup", event_name="Signup"), id="an event"),
        pytest.param({"page_path": "/thanks"}, Goal(0, 1, "Visit /thanks", page_path="/thanks"), id="a page"),
        pytest.param({"page_path": "blog/*"}, Goal(0, 1, "Visit /blog/*", page_path="/blog/*"), id="no slash in front"),
        pytest.param(
            {"page_path": "/blog", "scroll_threshold": 75},
            Goal(0, 1, "Scroll 75% on /blog", page_path="/blog", scroll_threshold=75),
            id="scrolling",
        ),
        pytest.param(
            {"page_path": "/", "scroll_threshold": 0},
            Goal(0, 1, "Scroll 0% on /", page_path="/", scroll_threshold=0),
            id="the top of a page",
        ),
        pytest.param(
            {"event_name": "Purchase", "currency": " eur", "display_name": " Sold "},
            Goal(0, 1, "Sold", event_name="Purchase", currency="EUR"),
            id="revenue, and a name of its own",
        ),
        pytest.param(
            {"event_name": "Signup", "props": {"plan": "pro", "from": "blog"}},
            Goal(0, 1, "Signup", event_name="Signup", props=(("from", "blog"), ("plan", "pro"))),
            id="properties, in order",
        ),
    ],
)
def test_a_goal_has_a_normal_form_and_a_name(words, goal) -> None:
    assert goal == goals.new(1, **words)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        pytest.param({"event_name": "Signup"}, GoalKind.EVENT, id="an event"),
        pytest.param({"page_path": "/"}, GoalKind.PAGE, id="a page"),
        pytest.param({"page_path": "/", "scroll_threshold": 0}, GoalKind.SCROLL, id="scrolling"),
    ],
)
def test_a_goal_knows_its_kind(words, kind) -> None:
    assert kind == goals.new(1, **words).kind


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param({}, "needs either an event name or a page path", id="nothing"),
        pytest.param({"event_name": " "}, "needs either an event name", id="white space"),
        pytest.param({"event_name": "a", "page_path": "/"}, "either an event name or a page path", id="event and page"),
        pytest.param({"event_name": "engagement"}, "engagement is an automatic event of the script", id="engagement"),
        pytest.param({"event_name": "a" * 121}, "at most 120 characters", id="a long event name"),
        pytest.param({"page_path": "/" + "a" * 2000}, "at most 2000 characters", id="a long path"),
        pytest.param({"page_path": "/", "scroll_threshold": 101}, "from 0 to 100", id="below the end of the page"),
        pytest.param({"page_path": "/", "scroll_threshold": -2}, "from 0 to 100", id="above its top"),
        pytest.param(
            {"event_name": "a", "scroll_threshold": 5}, "a scroll depth needs a page path", id="a scrolled event"
        ),
        pytest.param({"event_name": "a", "currency": "XYZ"}, "'XYZ' is not a currency", id="no currency"),
        pytest.param({"event_name": "a", "currency": "DEM"}, "'DEM' is not a currency", id="a currency of the past"),
        pytest.param({"page_path": "/", "currency": "EUR"}, "a currency needs an event name", id="revenue of a page"),
        pytest.param(
            {"event_name": "a", "props": dict.fromkeys("abcd", "x")}, "at most 3 properties", id="four properties"
        ),
        pytest.param({"event_name": "a", "props": {"": "x"}}, "1 to 300 characters", id="a property without a name"),
        pytest.param({"event_name": "a", "props": {"x": ""}}, "its value 1 to 2000", id="a property without a value"),
        pytest.param({"event_name": "a", "display_name": "n" * 256}, "at most 255 characters", id="a long name"),
    ],
)
def test_what_can_not_be_a_goal_is_one_sentence(words, sentence) -> None:
    with pytest.raises(GoalError, match=sentence):
        goals.new(1, **words)


def test_an_event_name_may_have_120_characters_and_a_goal_3_properties() -> None:
    goal = goals.new(1, event_name="a" * 120, props=dict.fromkeys("abc", "x" * 2000))

    assert (120, 3) == (len(goal.event_name), len(goal.props))


def test_goals_are_listed_newest_first_and_of_one_site_alone(control: Control, site: Site) -> None:
    other = sites.add(control, "other.example", timezone="UTC", now=time.time())
    first = added(control, site, event_name="Signup")
    added(control, other, event_name="Theirs")
    second = added(control, site, page_path="/thanks", props={"plan": "pro"})

    assert [second, first] == goals.list_all(control, site.id)
    assert first == goals.by_id(control, site.id, first.id)
    with pytest.raises(GoalError, match=f"there is no goal {first.id} on this site"):
        goals.by_id(control, other.id, first.id)


def test_put_finds_the_goal_that_the_same_events_reach(control: Control, site: Site) -> None:
    first = goals.put(control, goals.new(site.id, event_name="Signup", display_name="Joined"))

    assert first == goals.put(control, goals.new(site.id, event_name="Signup"))
    assert [first] == goals.list_all(control, site.id)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param({"event_name": "Signup", "props": {"plan": "pro"}}, id="a property more"),
        pytest.param({"page_path": "/Signup"}, id="a page"),
        pytest.param({"page_path": "/blog", "scroll_threshold": 50}, id="another part of the page"),
    ],
)
def test_put_stores_a_goal_that_other_events_reach(control: Control, site: Site, words) -> None:
    added(control, site, event_name="Signup")
    added(control, site, page_path="/blog", scroll_threshold=75)

    goals.put(control, goals.new(site.id, **words, display_name="Another"))

    assert 3 == len(goals.list_all(control, site.id))


def test_the_currency_of_a_goal_does_not_change(control: Control, site: Site) -> None:
    sold = added(control, site, event_name="Purchase", currency="EUR")

    assert sold == goals.put(control, goals.new(site.id, event_name="Purchase", currency="EUR"))
    with pytest.raises(GoalError, match="the goal Purchase has EUR, which can't be changed"):
        goals.put(control, goals.new(site.id, event_name="Purchase", currency="USD"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param({"event_name": "Signup"}, "the goal Joined already has this condition", id="the same events"),
        pytest.param(
            {"page_path": "/x", "display_name": "Joined"}, "a goal named Joined already exists", id="the same name"
        ),
    ],
)
def test_a_goal_is_there_once(control: Control, site: Site, words, sentence) -> None:
    goal = added(control, site, event_name="Signup", display_name="Joined")

    with pytest.raises(GoalError, match=sentence):
        added(control, site, **words)
    assert [goal] == goals.list_all(control, site.id)


def test_another_site_may_have_the_same_goal(control: Control, site: Site) -> None:
    other = sites.add(control, "other.example", timezone="UTC", now=time.time())

    assert added(control, site, event_name="Signup").id != added(control, other, event_name="Signup").id


def test_a_site_has_a_thousand_goals_and_not_one_more(control: Control, site: Site) -> None:
    with control.write() as connection:
        connection.executemany(
            "insert into goals (site_id, display_name, event_name, page_path, scroll_threshold, currency, props)"
            " values (?, ?, ?, '', -1, '', '[]')",
            [(site.id, str(number), str(number)) for number in range(999)],
        )
    thousandth = added(control, site, event_name="Signup")

    with pytest.raises(GoalError, match="a site can have 1000 goals"):
        added(control, site, event_name="One more")
    assert thousandth == goals.put(control, goals.new(site.id, event_name="Signup"))


def test_a_renamed_goal_is_renamed_in_the_segments_of_its_site(control: Control, site: Site) -> None:
    other = sites.add(control, "other.example", timezone="UTC", now=time.time())
    goal = added(control, site, event_name="Signup")
    old = [["or", [["is", "event:goal", ["Signup", "Sold"]], ["is", "visit:source", ["Signup"]]]]]
    ours, theirs = (segments.add(control, one.id, "Buyers", old) for one in (site, other))

    renamed = goals.change(control, goal, display_name=" Joined ")

    assert [renamed] == goals.list_all(control, site.id)
    assert "Joined" == renamed.display_name
    assert [["or", [["is", "event:goal", ["Joined", "Sold"]], ["is", "visit:source", ["Signup"]]]]] == segments.by_id(
        control, site.id, ours.id
    ).filters
    assert old == segments.by_id(control, other.id, theirs.id).filters


def test_a_goal_becomes_another_in_place(control: Control, site: Site) -> None:
    goal = added(control, site, page_path="/a", display_name="Read")
    changed = goals.put_in_place(control, goal, goals.new(site.id, event_name="Signup", display_name="Joined"))

    assert [changed] == goals.list_all(control, site.id)
    assert (goal.id, "Signup", "") == (changed.id, changed.event_name, changed.page_path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("Visit /a", "Visit /b", id="an automatic name"),
        pytest.param("Read", "Read", id="a chosen name"),
    ],
)
def test_an_automatic_name_follows_its_condition(control: Control, site: Site, name, expected) -> None:
    goal = added(control, site, page_path="/a", display_name=name)
    changed = goals.put_in_place(control, goal, goals.new(site.id, page_path="/b", display_name=name))

    assert expected == changed.display_name


def test_a_goal_does_not_get_the_condition_of_another(control: Control, site: Site) -> None:
    added(control, site, event_name="Sold")
    goal = added(control, site, event_name="Signup")

    with pytest.raises(GoalError, match="the goal Sold already has this condition"):
        goals.put_in_place(control, goal, goals.new(site.id, event_name="Sold", display_name="Other"))
    assert goal == goals.by_id(control, site.id, goal.id)


def test_a_goal_is_not_renamed_to_a_name_that_is_taken(control: Control, site: Site) -> None:
    added(control, site, event_name="Sold")
    goal = added(control, site, event_name="Signup")
    segment = segments.add(control, site.id, "Buyers", [["is", "event:goal", ["Signup"]]])

    with pytest.raises(GoalError, match="a goal named Sold already exists"):
        goals.change(control, goal, display_name="Sold")
    assert goal == goals.by_id(control, site.id, goal.id)
    assert segment == segments.by_id(control, site.id, segment.id)


def test_funnels_go_on_without_a_removed_goal_while_two_steps_are_left(control: Control, site: Site) -> None:
    first, second, third = (added(control, site, event_name=name) for name in ("First", "Second", "Third"))
    funnels.add(control, site.id, "Long", [first, second, third])
    funnels.add(control, site.id, "Short", [third, second])

    goals.remove(control, second)

    assert [third, first] == goals.list_all(control, site.id)
    assert [("Long", (first, third))] == [(funnel.name, funnel.steps) for funnel in funnels.list_all(control, site.id)]


def test_the_number_of_a_removed_goal_is_not_given_again(control: Control, site: Site) -> None:
    goal = added(control, site, event_name="Signup")
    goals.remove(control, goal)

    assert goal.id != added(control, site, event_name="Signup").id


def test_goals_go_with_their_site(control: Control, site: Site) -> None:
    added(control, site, event_name="Signup")
    sites.remove(control, site.domain, now=time.time())
    sites.forget(control, site.id)

    assert [] == goals.list_all(control, site.id)
