import pytest

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


def test_a_goal_that_others_use_is_removed_after_confirmation_only(desk, site):
    one, two, free = (goals.add(desk.control, goals.new(site.id, event_name=name)) for name in ("A", "B", "C"))
    funnels.add(desk.control, site.id, "Sale", [one, two])
    segments.add(desk.control, site.id, "Buyers", [["is", "event:goal", ["A"]]])
    listed = desk.page(PATH)
    doubt = desk.post(f"{PATH}/{one.id}/remove")
    page = Page(doubt.text)

    assert "A Used by funnel Sale, segment Buyers" in listed.text
    assert listed.attributes("form", action=f"{PATH}/{one.id}/remove#row-{one.id}")
    assert doubt.status_code == 422
    assert "The funnel Sale is removed too, because a funnel needs 2 steps." in page.text
    assert "The segment Buyers filters by this goal and can't be used any more." in page.text
    assert len(goals.list_all(desk.control, site.id)) == 3
    assert desk.post(f"{PATH}/{free.id}/remove").status_code == 303
    assert [form["action"] for form in page.attributes("form") if "sure" in form["action"]] == [
        f"{PATH}/{one.id}/remove?sure=yes"
    ]
    assert desk.post(f"{PATH}/{one.id}/remove?sure=yes").status_code == 303
    assert funnels.list_all(desk.control, site.id) == []


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
