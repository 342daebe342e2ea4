import pytest

from schema.exclusions import audit
from schema.measures import funnels, goals, segments
from schema.measures.goals import NO_SCROLL_THRESHOLD
from tests.dashboard.desk import Page

PATH = "/example.org/settings/goals"


@pytest.mark.parametrize(
    ("fields", "stored"),
    [
        pytest.param({"event": "Buy"}, ("Buy", "", NO_SCROLL_THRESHOLD, ()), id="an event"),
        pytest.param({"page": "/a"}, ("", "/a", NO_SCROLL_THRESHOLD, ()), id="a page"),
        pytest.param({"page": "/a", "scroll": " 75 "}, ("", "/a", 75, ()), id="a scroll depth"),
        pytest.param(
            {"event": "Buy", "key2": " plan ", "value2": "pro"},
            ("Buy", "", NO_SCROLL_THRESHOLD, (("plan", "pro"),)),
            id="a property",
        ),
    ],
)
def test_a_form_becomes_a_goal(desk, site, fields, stored):
    desk.post(PATH, **fields)
    (goal,) = goals.list_all(desk.control, site.id)

    assert stored == (goal.event_name, goal.page_path, goal.scroll_threshold, tuple(goal.props))


@pytest.mark.parametrize("scroll", ["٧٥", "1000", "-1", "7.5"])
def test_a_scroll_depth_is_a_whole_percentage(desk, site, scroll):
    answer = desk.post(PATH, page="/a", scroll=scroll)

    assert (422, []) == (answer.status_code, goals.list_all(desk.control, site.id))


def test_a_goal_that_others_use_is_removed_with_a_question_that_names_them(desk, site):
    one, two, free = (goals.add(desk.control, goals.new(site.id, event_name=name)) for name in ("A", "B", "C"))
    funnels.add(desk.control, site.id, "Sale", [one, two])
    segments.add(desk.control, site.id, "Buyers", [["is", "event:goal", ["A"]]])
    listed = desk.page(PATH)
    question, free_question = (desk.page(f"{PATH}/{goal.id}/remove") for goal in (one, free))

    assert "A Used by funnel Sale, segment Buyers" in listed.text
    assert listed.attributes("a", href=f"{PATH}/{one.id}/remove#question")
    assert "The funnel Sale is removed too, because a funnel needs 2 steps." in question.text
    assert "The segment Buyers filters by this goal and can't be used any more." in question.text
    assert "Remove the goal and what needs it" in question.text
    assert "funnel Sale" not in free_question.text
    assert "Sale" in desk.post(f"{PATH}/{one.id}/remove").text, "without the answer, it asks again"
    assert len(goals.list_all(desk.control, site.id)) == 3
    assert desk.post(f"{PATH}/{one.id}/remove", sure="yes").headers["location"] == f"{PATH}?removed=2#removed"
    assert funnels.list_all(desk.control, site.id) == []


def test_a_goal_is_edited_and_its_segments_keep_it(desk, site):
    goal = goals.add(desk.control, goals.new(site.id, event_name="Buy", currency="EUR", props={"plan": "pro"}))
    segments.add(desk.control, site.id, "Buyers", [["is", "event:goal", ["Buy"]]])
    form = desk.page(f"{PATH}/{goal.id}")
    answer = desk.post(f"{PATH}/{goal.id}", page="/thanks", scroll="50", name="Bought")
    [changed] = goals.list_all(desk.control, site.id)

    for name, value in {"event": "Buy", "currency": "EUR", "name": "Buy", "key1": "plan", "value1": "pro"}.items():
        assert form.attributes("input", name=name, value=value)
    assert form.attributes("form", action=f"{PATH}/{goal.id}#add")
    assert f"{PATH}#row-{goal.id}" == answer.headers["location"]
    assert ("Bought", "", "/thanks", 50, "", ()) == (
        changed.display_name,
        changed.event_name,
        changed.page_path,
        changed.scroll_threshold,
        changed.currency,
        changed.props,
    )
    assert [["is", "event:goal", ["Bought"]]] == segments.list_all(desk.control, site.id)[0].filters
    assert ["Changed the condition of the goal Bought.", "Renamed the goal Buy to Bought."] == [
        entry.change for entry in audit.latest(desk.control, 9, site_id=site.id, topic=audit.SETTINGS)
    ]


def test_a_goal_does_not_become_another_one(desk, site):
    one, two = (goals.add(desk.control, goals.new(site.id, event_name=name)) for name in ("A", "B"))
    answer = desk.post(f"{PATH}/{one.id}", event="B", name="A")

    assert 422 == answer.status_code
    assert "The goal B already has this condition" in Page(answer.text).text
    assert [two, one] == goals.list_all(desk.control, site.id)


@pytest.mark.parametrize(
    ("following", "place"),
    [
        pytest.param("/example.org?period=7d", "/example.org?period=7d#goal-1", id="a view of the report"),
        pytest.param("https://evil.example/", "/#goal-1", id="another site"),
        pytest.param("//evil.example/", "/#goal-1", id="another site without a scheme"),
        pytest.param("", "/example.org/settings/goals#row-1", id="nothing: the list of goals"),
    ],
)
def test_a_new_goal_is_shown_where_it_was_offered(desk, site, following, place):
    answer = desk.post(PATH, event="Buy", next=following)

    assert (303, place) == (answer.status_code, answer.headers["location"])


def test_an_offer_clicked_twice_makes_one_goal(desk, site):
    places = {desk.post(PATH, event="Buy", next="/example.org").headers["location"] for _time in range(2)}

    assert {"/example.org#goal-1"} == places
    assert 1 == len(goals.list_all(desk.control, site.id))


def test_an_offer_that_cannot_be_stored_keeps_its_way_back(desk, site):
    goals.add(desk.control, goals.new(site.id, page_path="/buy", display_name="Buy"))
    answer = desk.post(PATH, event="Buy", next="/example.org?period=7d")

    assert 422 == answer.status_code
    assert Page(answer.text).attributes("input", name="next", value="/example.org?period=7d")
