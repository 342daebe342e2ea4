"""Funnels of a site: the list, and the form that adds one."""

from collections import defaultdict

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.pages import template
from dashboard.pages.settings import site_of
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
    """Store a funnel, or show the form again with what is wrong."""
    site = site_of(request)
    form: dict[str, str] = request.state.form
    control: Control = request.app.state.control
    try:
        funnels.add(control, site.id, form.get("name", ""), _steps(control, site, form), is_strict="strict" in form)
    except FunnelError as error:
        return _page(request, session, site, form, problem=str(error), status=422)
    return _back(site)


def remove(request: Request, _session: Session) -> Response:
    """Delete a funnel of the site; its goals stay."""
    site = site_of(request)
    try:
        funnel = funnels.by_id(request.app.state.control, site.id, request.path_params["id"])
    except FunnelError:
        raise HTTPException(404) from None
    funnels.remove(request.app.state.control, funnel)
    return _back(site)


def _steps(control: Control, site: Site, form: dict[str, str]) -> list[Goal]:
    """Return the goals that were chosen, in order. Raises FunnelError on one that is gone."""
    known = {str(goal.id): goal for goal in goals.list_all(control, site.id)}
    chosen = [number for step in range(1, MAX_STEPS + 1) if (number := form.get(f"step{step}", ""))]
    if any(number not in known for number in chosen):
        raise FunnelError("one of these goals is not there any more: choose another")
    return [known[number] for number in chosen]


def _page(
    request: Request, session: Session, site: Site, entry: dict[str, str], *, problem: str, status: int = 200
) -> Response:
    control: Control = request.app.state.control
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


def _back(site: Site) -> Response:
    return RedirectResponse(f"/{site.domain}/settings/funnels", 303)
