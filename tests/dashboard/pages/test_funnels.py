from schema.measures import funnels, goals

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
