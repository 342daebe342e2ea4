"""What depends on a goal."""

from pathlib import Path

import pytest

from schema.measures import funnels, goals, segments
from schema.measures.goal_uses import GoalUses, SiteUses
from schema.sites import sites
from schema.stores.control import Control


@pytest.fixture
def control(tmp_path: Path) -> Control:
    control = Control(tmp_path / "control.db", now=0)
    sites.add(control, "example.org", timezone="UTC", now=0)
    return control


def uses(control: Control, name: str) -> GoalUses:
    return SiteUses(control, 1).of(goals.named(control, 1, name))


def test_a_goal_that_nothing_uses_has_no_consequences(control):
    for name in ("A", "B", "C"):
        goals.add(control, goals.new(1, event_name=name))
    funnels.add(control, 1, "Sale", [goals.named(control, 1, name) for name in ("A", "B")])
    segments.add(control, 1, "Readers", [["is", "visit:source", ["C"]]])

    assert uses(control, "C").consequences == uses(control, "C").names == []


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        pytest.param("AB", "The funnel Sale is removed too, because a funnel needs 2 steps.", id="one of two steps"),
        pytest.param("CAB", "The funnel Sale loses this step.", id="one of three steps"),
    ],
)
def test_a_funnel_uses_its_goals(control, steps, sentence):
    for name in ("A", "B", "C"):
        goals.add(control, goals.new(1, event_name=name))
    funnels.add(control, 1, "Sale", [goals.named(control, 1, name) for name in steps])

    assert list(map(str, uses(control, "A").names)) == ["funnel Sale"]
    assert list(map(str, uses(control, "A").consequences)) == [sentence]


@pytest.mark.parametrize(
    ("filters", "is_used"),
    [
        pytest.param([["is", "event:goal", ["B", "A"]]], True, id="by name"),
        pytest.param([["or", [["not", ["is", "event:goal", ["A"]]], ["is", "visit:os", ["b"]]]]], True, id="nested"),
        pytest.param([["has_done", ["is", "event:goal", ["A"]]]], True, id="done in the visit"),
        pytest.param([["is", "event:goal", ["AA"]]], False, id="another goal"),
        pytest.param([["is", "event:name", ["A"]]], False, id="an event of the same name"),
    ],
)
def test_a_segment_uses_the_goals_of_its_filters(control, filters, is_used):
    goals.add(control, goals.new(1, event_name="A"))
    segments.add(control, 1, "Buyers", filters)

    assert list(map(str, uses(control, "A").names)) == (["segment Buyers"] if is_used else [])


def test_goals_of_another_site_are_not_confused(control):
    sites.add(control, "other.example", timezone="UTC", now=0)
    goals.add(control, goals.new(1, event_name="A"))
    goals.add(control, goals.new(2, event_name="A"))
    segments.add(control, 2, "Buyers", [["is", "event:goal", ["A"]]])

    assert uses(control, "A").names == []
