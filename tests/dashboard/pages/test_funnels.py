import pytest

from schema.measures import funnels, goals
from tests.dashboard.desk import Page

PATH = "/example.org/settings/funnels"


def ids(desk, site, *names: str) -> list[str]:
    for name in names:
        goals.add(desk.control, goals.new(site.id, event_name=name))
    by_name = {goal.event_name: str(goal.id) for goal in goals.list_all(desk.control, site.id)}
    return [by_name[name] for name in names]


def test_steps_that_are_left_empty_are_skipped(desk, site):
    visit, buy = ids(desk, site, "Visit", "Buy")
    desk.post(PATH, name="Sale", step2=visit, step5=buy)
    (funnel,) = funnels.list_all(desk.control, site.id)

    assert ["Visit", "Buy"] == [goal.event_name for goal in funnel.steps]
    assert not funnel.is_strict


def test_a_funnel_is_strict_if_the_box_is_ticked(desk, site):
    visit, buy = ids(desk, site, "Visit", "Buy")
    desk.post(PATH, name="Sale", step1=visit, step2=buy, strict="on")

    assert funnels.list_all(desk.control, site.id)[0].is_strict


def test_the_goals_of_a_removed_funnel_stay(desk, site):
    visit, buy = ids(desk, site, "Visit", "Buy")
    desk.post(PATH, name="Sale", step1=visit, step2=buy)
    desk.post(f"{PATH}/1/remove")

    assert [] == funnels.list_all(desk.control, site.id)
    assert len(goals.list_all(desk.control, site.id)) == 2


@pytest.mark.parametrize(
    ("following", "place"),
    [
        pytest.param(
            "/example.org?goals=funnels", "/example.org?goals=funnels&funnel=1#goals", id="a view of the report"
        ),
        pytest.param("/example.org", "/example.org?funnel=1#goals", id="a view without parameters"),
        pytest.param("https://evil.example/", "/?funnel=1#goals", id="another site"),
        pytest.param("//evil.example/", "/?funnel=1#goals", id="another site without a scheme"),
        pytest.param("", f"{PATH}#row-1", id="nothing: the list of funnels"),
    ],
)
def test_a_new_funnel_is_shown_where_it_was_wanted(desk, site, following, place):
    visit, buy = ids(desk, site, "Visit", "Buy")
    answer = desk.post(PATH, name="Sale", step1=visit, step2=buy, next=following)

    assert (303, place) == (answer.status_code, answer.headers["location"])


def test_the_form_keeps_the_view_to_return_to(desk, site):
    visit, _buy = ids(desk, site, "Visit", "Buy")
    empty = desk.page(f"{PATH}?next=/example.org%3Fperiod=7d")
    refused = Page(desk.post(PATH, name="Sale", step1=visit, next="/example.org?period=7d").text)

    for page in (empty, refused):
        assert page.attributes("input", name="next", value="/example.org?period=7d")
    assert [] == desk.page(PATH).attributes("input", name="next")
