"""Goals of a site."""

from typing import Any

from starlette.exceptions import HTTPException

from dashboard.api.call import Answer, Call, existing, refuse
from dashboard.api.paging import part
from schema.measures import goals
from schema.measures.goal_uses import SiteUses
from schema.measures.goals import NO_SCROLL_THRESHOLD, Goal, GoalKind

_REQUIRED_FIELDS = {
    GoalKind.EVENT: ("event_name",),
    GoalKind.PAGE: ("page_path",),
    GoalKind.SCROLL: ("page_path", "scroll_threshold"),
}


def list_all(call: Call) -> Answer:
    """List the goals of a site, newest first."""
    shown, meta = part(call, goals.list_all(call.control, call.site().id), lambda goal: -goal.id)
    return {"goals": [_shown(goal) for goal in shown], "meta": meta}


def put(call: Call) -> Answer:
    """Create a goal, or return the existing one with the same conditions."""
    site, kind = call.site(), call.text("goal_type")
    if kind not in set(GoalKind):
        refuse(f"goal_type must be one of {', '.join(GoalKind)}")
    for name in _REQUIRED_FIELDS[GoalKind(kind)]:
        if call.fields.get(name) in (None, ""):
            refuse(f"{name} is missing: it is required for goals of type {kind}")
    is_event, is_scroll = kind == GoalKind.EVENT, kind == GoalKind.SCROLL
    threshold = call.whole("scroll_threshold", NO_SCROLL_THRESHOLD) if is_scroll else NO_SCROLL_THRESHOLD
    if is_scroll and not 0 <= threshold <= 100:
        refuse("scroll_threshold must be a whole percentage from 0 to 100")
    goal = goals.new(
        site.id,
        event_name=call.text("event_name") if is_event else "",
        page_path="" if is_event else call.text("page_path"),
        scroll_threshold=threshold,
        currency=call.text("currency"),
        props=call.texts_by_name("custom_props"),
        display_name=call.text("display_name"),
    )
    return {"domain": site.domain, **_shown(goals.put(call.control, goal))}


def change(call: Call) -> Answer:
    """Change the display name of a goal."""
    site = call.site()
    goal = existing(goals.by_id, call.control, site.id, call.request.path_params["id"])
    return {"domain": site.domain, **_shown(goals.change(call.control, goal, display_name=call.text("display_name")))}


def remove(call: Call) -> Answer:
    """Delete a goal. If funnels or segments use it, the call needs `confirm`."""
    goal = existing(goals.by_id, call.control, call.site().id, call.request.path_params["id"])
    consequences = SiteUses(call.control, goal.site_id).of(goal).consequences
    if consequences and not call.flag("confirm"):
        raise HTTPException(409, f"{' '.join(consequences)} If this is intended, send confirm: true")
    goals.remove(call.control, goal)
    return {"deleted": True}


def _shown(goal: Goal) -> dict[str, Any]:
    is_scroll = goal.kind is GoalKind.SCROLL
    return {
        "id": goal.id,
        "goal_type": goal.kind.value,
        "display_name": goal.display_name,
        "event_name": goal.event_name or None,
        "page_path": goal.page_path or None,
        "custom_props": dict(goal.props),
        "currency": goal.currency or None,
        "scroll_threshold": goal.scroll_threshold if is_scroll else None,
    }
