"""Funnels of a site. A step is a goal: its id, its display name, or {"goal_id": its id}."""

from typing import Annotated, Any

from dashboard.api.call import Answer, Call, existing, refuse
from dashboard.api.inputs import OfSite, PartOfSite, about
from dashboard.api.paging import part
from schema.measures import funnels, goals
from schema.measures.funnels import MAX_NAME_CHARACTERS, MAX_STEPS, MIN_STEPS, Funnel
from schema.measures.goals import Goal
from schema.sites.sites import Site


def list_all(call: Call, selected: PartOfSite) -> Answer:
    """List the funnels of a site, by name."""
    shown, meta = part(selected, funnels.list_all(call.control, call.site().id), lambda funnel: funnel.name)
    return {"funnels": [_shown(funnel) for funnel in shown], "meta": meta}


_STEP = {"type": "object", "required": ["goal_id"], "properties": {"goal_id": {"type": ["integer", "string"]}}}


class NewFunnel(OfSite, frozen=True, kw_only=True):
    """A funnel, or new steps for the funnel with this name."""

    name: Annotated[str, about("Name of the funnel", maxLength=MAX_NAME_CHARACTERS)]
    steps: Annotated[
        list[Any],
        about(
            "Goals in the order to reach them, each by its id or display name",
            refusal="must be a list of goals, by id or display name, in the order to reach them",
            items={"oneOf": [{"type": "integer"}, {"type": "string"}, _STEP]},
            minItems=MIN_STEPS,
            maxItems=MAX_STEPS,
        ),
    ]
    strict_order: Annotated[bool, about("Nothing else may happen between two steps")] = False


def put(call: Call, new: NewFunnel) -> Answer:
    """Create a funnel, or replace the steps of the funnel with this name."""
    site = call.site()
    steps = _steps(call, site, new.steps)
    earlier = {other.id for other in funnels.list_all(call.control, site.id)}
    funnel = funnels.put(call.control, site.id, new.name, steps, is_strict=new.strict_order)
    change = "Changed the steps of the funnel %(name)s." if funnel.id in earlier else "Added the funnel %(name)s."
    call.record(site, change, name=funnel.name)
    return {"domain": site.domain, **_shown(funnel)}


def remove(call: Call) -> Answer:
    """Delete a funnel. Its goals are kept."""
    site = call.site()
    funnel = existing(funnels.by_id, call.control, site.id, call.request.path_params["id"])
    funnels.remove(call.control, funnel)
    call.record(site, "Removed the funnel %(name)s.", name=funnel.name)
    return {"deleted": True}


def _steps(call: Call, site: Site, steps: list[Any]) -> list[Goal]:
    if len(steps) > MAX_STEPS:
        refuse(f"a funnel has at most {MAX_STEPS} steps")
    return [_step(call, site, step) for step in steps]


def _step(call: Call, site: Site, step: Any) -> Goal:
    goal = step.get("goal_id") if isinstance(step, dict) else step
    if not isinstance(goal, int | str):
        refuse("a step must be the id of a goal, or its display name")
    return goals.named(call.control, site.id, str(goal))


def _shown(funnel: Funnel) -> dict[str, Any]:
    steps = [{"goal_id": goal.id, "display_name": goal.display_name} for goal in funnel.steps]
    return {"id": funnel.id, "name": funnel.name, "strict_order": funnel.is_strict, "steps": steps}
