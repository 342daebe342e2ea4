"""What depends on a goal: funnels have it as a step, and segments filter by it."""

from collections.abc import Sequence
from dataclasses import dataclass

from schema.measures import funnels, segments
from schema.measures.funnels import MIN_STEPS, Funnel
from schema.measures.goals import Goal
from schema.measures.segments import Segment
from schema.sentence import Sentence
from schema.stores.control import Control


@dataclass(frozen=True, slots=True)
class GoalUses:
    """The funnels and segments of a site that use a goal."""

    funnels: Sequence[Funnel] = ()
    segments: Sequence[Segment] = ()

    @property
    def names(self) -> list[Sentence]:
        """Return what uses the goal, such as "funnel Sale"."""
        return [Sentence("funnel %(name)s", {"name": funnel.name}) for funnel in self.funnels] + [
            Sentence("segment %(name)s", {"name": segment.name}) for segment in self.segments
        ]

    @property
    def consequences(self) -> list[Sentence]:
        """Return what the removal of the goal does to them, in sentences."""
        return [*map(_of_funnel, self.funnels), *map(_of_segment, self.segments)]


class SiteUses:
    """The funnels and segments of a site, read once for all its goals.

    visible: the segments that the reader may see; None for the shared ones.
    """

    def __init__(self, control: Control, site_id: int, *, visible: Sequence[Segment] | None = None) -> None:
        self._funnels = funnels.list_all(control, site_id)
        self._segments = segments.list_all(control, site_id) if visible is None else visible

    def of(self, goal: Goal) -> GoalUses:
        """Return what uses a goal of the site."""
        return GoalUses(
            [funnel for funnel in self._funnels if goal.id in {step.id for step in funnel.steps}],
            [segment for segment in self._segments if segments.has_goal(segment, goal.display_name)],
        )


def _of_funnel(funnel: Funnel) -> Sentence:
    if len(funnel.steps) <= MIN_STEPS:
        return Sentence(
            "The funnel %(name)s is removed too, because a funnel needs %(least)s steps.",
            {"name": funnel.name, "least": MIN_STEPS},
        )
    return Sentence("The funnel %(name)s loses this step.", {"name": funnel.name})


def _of_segment(segment: Segment) -> Sentence:
    return Sentence("The segment %(name)s filters by this goal and can't be used any more.", {"name": segment.name})
