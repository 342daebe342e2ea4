import pytest

from schema.measures import goals
from schema.measures.goals import NO_SCROLL_THRESHOLD

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
