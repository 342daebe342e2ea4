"""Funnels of a site. A step is a goal: its id, its display name, or {"goal_id": its id}."""

from typing import Any

from dashboard.api.call import Answer, Call, existing, refuse
from dashboard.api.paging import part
from schema import funnels, goals
from schema.funnels import Funnel
from schema.goals import Goal
from schema.sites import Site


def list_all(call: Call) -> Answer:
    """Return the funnels of a site, by name."""
    shown, meta = part(call, funnels.list_all(call.control, call.site().id), lambda funnel: funnel.name)
    return {"funnels": [_shown(funnel) for funnel in shown], "meta": meta}


def put(call: Call) -> Answer:
    """Return the funnel of a name, which has these steps from now on."""
    site = call.site()
    steps = _steps(call, site)
    funnel = funnels.put(call.control, site.id, call.text("name"), steps, is_strict=call.flag("strict_order"))
    return {"domain": site.domain, **_shown(funnel)}


def remove(call: Call) -> Answer:
    """Delete a funnel; its goals stay."""
    funnel = existing(funnels.by_id, call.control, call.site().id, call.request.path_params["id"])
    funnels.remove(call.control, funnel)
    return {"deleted": True}


def _steps(call: Call, site: Site) -> list[Goal]:
    given = call.fields.get("steps")
    if not isinstance(given, list):
        refuse("steps must be a list of goals, by id or display name, in the order they are to be reached")
    known = goals.list_all(call.control, site.id)
    by_id = {str(goal.id): goal for goal in known}
    by_name = {goal.display_name: goal for goal in known}
    return [_step(member, by_name, by_id) for member in given]


def _step(member: Any, by_name: dict[str, Goal], by_id: dict[str, Goal]) -> Goal:
    number = member.get("goal_id") if isinstance(member, dict) else member
    found = by_name.get(number) if isinstance(number, str) else None
    is_number = isinstance(number, int | str) and not isinstance(number, bool)
    found = found or (by_id.get(str(number)) if is_number else None)
    return found or refuse(f"there is no goal {str(number)[:100]!r} on this site: add it first")


def _shown(funnel: Funnel) -> dict[str, Any]:
    steps = [{"goal_id": goal.id, "display_name": goal.display_name} for goal in funnel.steps]
    return {"id": funnel.id, "name": funnel.name, "strict_order": funnel.is_strict, "steps": steps}
