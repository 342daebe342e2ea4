import time

import pytest

from schema.measures import goals
from schema.measures.funnels import MAX_STEPS
from schema.sites import sites


@pytest.fixture(autouse=True)
def steps(program, site) -> list[int]:
    """Return the ids of the goals Visit and Buy."""
    return [_added(program, site, name) for name in ("Visit", "Buy")]


def _added(program, site, name: str) -> int:
    goals.add(program.control, goals.new(site.id, event_name=name))
    return next(goal.id for goal in goals.list_all(program.control, site.id) if goal.event_name == name)


def put(program, steps, **options):
    fields = {"site_id": "example.org", "name": "Sale", "steps": steps}
    return program.ask("PUT", "/funnels", json=fields, **options)


@pytest.mark.parametrize(
    "member",
    [
        pytest.param(lambda goal: goal["goal_id"], id="by id"),
        pytest.param(lambda goal: str(goal["goal_id"]), id="by id, as text"),
        pytest.param(lambda goal: goal["display_name"], id="by name"),
        pytest.param(lambda goal: goal, id="as they were read"),
    ],
)
def test_steps_are_goals_in_order(program, steps, member):
    shown = put(program, steps)["steps"]

    assert ["Visit", "Buy"] == [goal["display_name"] for goal in shown]
    assert shown[::-1] == put(program, [member(goal) for goal in shown[::-1]])["steps"]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(None, id="no steps"),
        pytest.param("Visit", id="a text"),
        pytest.param([1.5, 2], id="a fraction"),
        pytest.param([None, 2], id="nothing"),
        pytest.param([{"id": 1}, 2], id="an object without goal_id"),
        pytest.param(["Visit"] * (MAX_STEPS + 1), id="too many"),
        pytest.param(["Visit", "Sell"], id="an unknown goal"),
    ],
)
def test_anything_else_is_rejected(program, wrong):
    put(program, wrong, status=400)

    assert [] == program.ask("GET", "/funnels?site_id=example.org")["funnels"]


def test_a_goal_of_another_site_is_not_a_step(program, steps):
    other = sites.add(program.control, "other.example", timezone="UTC", now=time.time())

    put(program, [steps[0], _added(program, other, "Buy")], status=400)


def test_a_funnel_is_strict_only_on_demand(program, steps):
    assert put(program, steps)["strict_order"] is False


def test_the_goals_of_a_funnel_stay_when_it_is_removed(program, site, steps):
    funnel = put(program, steps)
    program.ask("DELETE", f"/funnels/{funnel['id']}?site_id=example.org")

    assert len(goals.list_all(program.control, site.id)) == 2
