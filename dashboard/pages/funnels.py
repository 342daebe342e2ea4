"""Funnels of a site: the list, and the form that adds one."""

from collections import defaultdict

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboard.pages import template
from dashboard.pages.settings import site_of, to_list
from dashboard.services import services
from schema.measures import funnels, goals
from schema.measures.funnels import MAX_STEPS, FunnelError
from schema.measures.goals import Goal
from schema.sites.sites import Site
from schema.sites.users import Session
from schema.stores.control import Control


def show(request: Request, session: Session) -> Response:
    """Show the funnels of a site."""
    return _page(request, session, site_of(request), {}, problem="")


def add(request: Request, session: Session) -> Response:
    """Store a funnel, or show the form again with the error."""
    site = site_of(request)
    form: dict[str, str] = request.state.form
    control = services(request).control
    try:
        funnel = funnels.add(
            control, site.id, form.get("name", ""), _steps(control, site, form), is_strict="strict" in form
        )
    except FunnelError as error:
        return _page(request, session, site, form, problem=str(error), status=422)
    return to_list(site, "funnels", row=funnel.id)


def remove(request: Request, _session: Session) -> Response:
    """Remove a funnel of the site. Its goals remain."""
    site = site_of(request)
    try:
        funnel = funnels.by_id(services(request).control, site.id, request.path_params["id"])
    except FunnelError:
        raise HTTPException(404) from None
    funnels.remove(services(request).control, funnel)
    return to_list(site, "funnels")


def _steps(control: Control, site: Site, form: dict[str, str]) -> list[Goal]:
    """Return the chosen goals in order. Raises FunnelError if one no longer exists."""
    goals_by_id = {str(goal.id): goal for goal in goals.list_all(control, site.id)}
    ids = [goal_id for step in range(1, MAX_STEPS + 1) if (goal_id := form.get(f"step{step}", ""))]
    if any(goal_id not in goals_by_id for goal_id in ids):
        raise FunnelError("One of these goals no longer exists. Choose another.")
    return [goals_by_id[goal_id] for goal_id in ids]


def _page(
    request: Request, session: Session, site: Site, entry: dict[str, str], *, problem: str, status: int = 200
) -> Response:
    control = services(request).control
    return template.page(
        "funnels",
        session=session,
        status=status,
        site=site,
        lines=funnels.list_all(control, site.id),
        goals=goals.list_all(control, site.id)[::-1],
        entry=defaultdict(str, entry),
        problem=problem,
        step_numbers=range(1, MAX_STEPS + 1),
        max_name_length=funnels.MAX_NAME_CHARACTERS,
    )
