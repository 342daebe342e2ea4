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
    desk.post(f"{PATH}/1/remove", sure="yes")

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


def test_a_funnel_is_edited_in_place(desk, site):
    visit, buy, pay = ids(desk, site, "Visit", "Buy", "Pay")
    desk.post(PATH, name="Sale", step1=visit, step2=buy)
    form = desk.page(f"{PATH}/1")
    answer = desk.post(f"{PATH}/1", name="Checkout", step1=buy, step3=pay, strict="on")
    [funnel] = funnels.list_all(desk.control, site.id)

    assert form.attributes("option", value=visit, selected=None)
    assert f"{PATH}#row-1" == answer.headers["location"]
    assert (1, "Checkout", True) == (funnel.id, funnel.name, funnel.is_strict)
    assert ["Buy", "Pay"] == [goal.event_name for goal in funnel.steps]


def test_a_funnel_does_not_take_the_name_of_another(desk, site):
    visit, buy = ids(desk, site, "Visit", "Buy")
    for name in ("One", "Two"):
        desk.post(PATH, name=name, step1=visit, step2=buy)
    answer = desk.post(f"{PATH}/1", name="Two", step1=buy, step2=visit)

    assert 422 == answer.status_code
    assert "A funnel named Two already exists" in Page(answer.text).text
    assert ["Visit", "Buy"] == [goal.event_name for goal in funnels.by_id(desk.control, site.id, 1).steps]
