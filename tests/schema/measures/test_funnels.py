import time

import pytest

from schema.measures import funnels, goals
from schema.measures.funnels import FunnelError
from schema.measures.goals import Goal
from schema.sites import sites
from schema.stores.control import Control

SITE = 1


@pytest.fixture
def steps(control: Control) -> list[Goal]:
    """Give nine goals of a site."""
    sites.add(control, "example.org", timezone="UTC", now=time.time())
    return [goals.add(control, goals.new(SITE, event_name=f"Step {number}")) for number in range(1, 10)]


def test_a_funnel_keeps_the_order_of_its_steps(control: Control, steps: list[Goal]) -> None:
    funnel = funnels.add(control, SITE, " Buying ", [steps[2], steps[0], steps[1]], is_strict=True)
    other = funnels.add(control, SITE, "Asking", steps[:2])

    assert ("Buying", (steps[2], steps[0], steps[1]), True) == (funnel.name, funnel.steps, funnel.is_strict)
    assert [other, funnel] == funnels.list_all(control, SITE)
    assert funnel == funnels.by_id(control, SITE, funnel.id)


@pytest.mark.parametrize("count", [2, 8])
def test_a_funnel_has_two_to_eight_steps(control: Control, steps: list[Goal], count) -> None:
    assert count == len(funnels.add(control, SITE, "Buying", steps[:count]).steps)


@pytest.mark.parametrize(
    ("name", "chosen", "sentence"),
    [
        pytest.param("Buying", [0], "a funnel must have 2 to 8 steps", id="one step"),
        pytest.param("Buying", range(9), "a funnel must have 2 to 8 steps", id="nine steps"),
        pytest.param("Buying", [0, 1, 0], "only one step of a funnel", id="a goal twice"),
        pytest.param(" ", [0, 1], "the name of a funnel must have 1 to", id="no name"),
        pytest.param("n" * 256, [0, 1], "1 to 255 characters", id="a long name"),
    ],
)
def test_what_can_not_be_a_funnel_is_one_sentence(control: Control, steps: list[Goal], name, chosen, sentence) -> None:
    for store in (funnels.add, funnels.put):
        with pytest.raises(FunnelError, match=sentence):
            store(control, SITE, name, [steps[index] for index in chosen])
    assert [] == funnels.list_all(control, SITE)


def test_a_name_is_taken_once_in_a_site(control: Control, steps: list[Goal]) -> None:
    other = sites.add(control, "other.example", timezone="UTC", now=time.time())
    theirs = [goals.add(control, goals.new(other.id, event_name=name)) for name in ("A", "B")]
    funnel = funnels.add(control, SITE, "Buying", steps[:2])

    with pytest.raises(FunnelError, match="a funnel named Buying already exists"):
        funnels.add(control, SITE, "Buying", steps[2:4])
    assert [funnel] == funnels.list_all(control, SITE)
    assert "Buying" == funnels.add(control, other.id, "Buying", theirs).name


def test_put_takes_the_place_of_the_funnel_of_its_name(control: Control, steps: list[Goal]) -> None:
    first = funnels.put(control, SITE, "Buying", steps[:3])
    second = funnels.put(control, SITE, "Buying", steps[4:2:-1], is_strict=True)

    assert (first.id, (steps[4], steps[3]), True) == (second.id, second.steps, second.is_strict)
    assert [second] == funnels.list_all(control, SITE)


def test_the_funnel_of_another_site_is_not_found(control: Control, steps: list[Goal]) -> None:
    other = sites.add(control, "other.example", timezone="UTC", now=time.time())
    funnel = funnels.add(control, SITE, "Buying", steps[:2])

    with pytest.raises(FunnelError, match=f"there is no funnel {funnel.id} on this site"):
        funnels.by_id(control, other.id, funnel.id)


def test_the_goals_of_a_removed_funnel_stay(control: Control, steps: list[Goal]) -> None:
    funnel = funnels.add(control, SITE, "Buying", steps[:2])
    funnels.remove(control, funnel)

    assert [] == funnels.list_all(control, SITE)
    assert len(steps) == len(goals.list_all(control, SITE))
