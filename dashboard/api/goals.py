"""Goals of a site."""

from typing import Annotated, Any

import msgspec
from starlette.exceptions import HTTPException

from dashboard.api.call import Answer, Call, existing, refuse
from dashboard.api.inputs import OfSite, PartOfSite, about
from dashboard.api.paging import part
from schema.measures import goals
from schema.measures.goal_uses import SiteUses
from schema.measures.goals import NO_SCROLL_THRESHOLD, Goal, GoalKind

_REQUIRED_FIELDS = {
    GoalKind.EVENT: ("event_name",),
    GoalKind.PAGE: ("page_path",),
    GoalKind.SCROLL: ("page_path", "scroll_threshold"),
}


def list_all(call: Call, selected: PartOfSite) -> Answer:
    """List the goals of a site, newest first."""
    shown, meta = part(selected, goals.list_all(call.control, call.site().id), lambda goal: -goal.id)
    return {"goals": [_shown(goal) for goal in shown], "meta": meta}


DisplayName = Annotated[str, about("Name in reports; by default made up", maxLength=goals.MAX_DISPLAY_NAME_CHARACTERS)]


_GOAL_TYPE = f"What reaches the goal. A site has at most {goals.MAX_PER_SITE:,} goals"


class NewGoal(OfSite, frozen=True, kw_only=True):
    """A goal: an event, a page, or a scroll depth on a page."""

    goal_type: Annotated[GoalKind, about(_GOAL_TYPE, refusal=f"must be one of {', '.join(GoalKind)}")]
    event_name: Annotated[str, about("Name of the event, for an event", maxLength=goals.MAX_NAME_CHARACTERS)] = ""
    page_path: Annotated[
        str, about("Path of the page; * and ** match any text", maxLength=goals.MAX_PATH_CHARACTERS)
    ] = ""
    scroll_threshold: (
        Annotated[int, about("Percent of the page; makes a page a scroll goal", minimum=0, maximum=100)] | None
    ) = None
    currency: Annotated[str, about("Currency of revenue, ISO 4217")] = ""
    custom_props: Annotated[
        dict[str, str], about("Properties that the event must have", maxProperties=goals.MAX_PROPS)
    ] = msgspec.field(default_factory=dict)
    display_name: DisplayName = ""


class NewName(OfSite, frozen=True, kw_only=True):
    """A new name of a goal."""

    display_name: DisplayName


class Removal(OfSite, frozen=True, kw_only=True):
    """The goal to remove."""

    confirm: Annotated[bool, about("Remove it although funnels or segments use it")] = False


def put(call: Call, new: NewGoal) -> Answer:
    """Create a goal, or return the existing one with the same conditions."""
    site, kind = call.site(), _kind(new)
    for name in _REQUIRED_FIELDS[kind]:
        if getattr(new, name) in (None, ""):
            refuse(f"{name} is missing: it is required for goals of type {kind}")
    is_event, is_scroll = kind is GoalKind.EVENT, kind is GoalKind.SCROLL
    threshold = new.scroll_threshold if is_scroll and new.scroll_threshold is not None else NO_SCROLL_THRESHOLD
    if is_scroll and not 0 <= threshold <= 100:
        refuse("scroll_threshold must be a whole percentage from 0 to 100")
    goal = goals.new(
        site.id,
        event_name=new.event_name if is_event else "",
        page_path="" if is_event else new.page_path,
        scroll_threshold=threshold,
        currency=new.currency,
        props=new.custom_props,
        display_name=new.display_name,
    )
    earlier = {other.id for other in goals.list_all(call.control, site.id)}
    stored = goals.put(call.control, goal)
    if stored.id not in earlier:
        call.record(site, "Added the goal %(name)s.", name=stored.display_name)
    return {"domain": site.domain, **_shown(stored)}


def _kind(new: NewGoal) -> GoalKind:
    """Return the type of a goal. A page goal with a threshold is a scroll goal, as in Plausible."""
    has_threshold = new.scroll_threshold not in (None, NO_SCROLL_THRESHOLD)
    return GoalKind.SCROLL if new.goal_type is GoalKind.PAGE and has_threshold else new.goal_type


def change(call: Call, new: NewName) -> Answer:
    """Change the display name of a goal."""
    site = call.site()
    goal = existing(goals.by_id, call.control, site.id, call.request.path_params["id"])
    changed = goals.change(call.control, goal, display_name=new.display_name)
    if changed.display_name != goal.display_name:
        call.record(site, "Renamed the goal %(old)s to %(new)s.", old=goal.display_name, new=changed.display_name)
    return {"domain": site.domain, **_shown(changed)}


def remove(call: Call, removal: Removal) -> Answer:
    """Delete a goal. If funnels or segments use it, the call needs `confirm`."""
    site = call.site()
    goal = existing(goals.by_id, call.control, site.id, call.request.path_params["id"])
    consequences = SiteUses(call.control, goal.site_id).of(goal).consequences
    if consequences and not removal.confirm:
        raise HTTPException(409, f"{' '.join(map(str, consequences))} If this is intended, send confirm: true")
    goals.remove(call.control, goal)
    call.record(site, "Removed the goal %(name)s.", name=goal.display_name)
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
