"""Funnels of a site: the list, and the form that adds one."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.access.sessions import local_path
from dashboard.pages import forms, template
from dashboard.pages.forms import Form
from dashboard.pages.settings import existing, site_of, to_list
from dashboard.services import services
from schema.measures import funnels, goals
from schema.measures.funnels import MAX_STEPS, FunnelError
from schema.measures.goals import Goal
from schema.people.users import Session
from schema.sites.sites import Site
from schema.stores.control import Control


class FunnelForm(Form, frozen=True):
    """A funnel to add."""

    name: str
    step: tuple[str, ...]  # ids of goals
    strict: bool
    next: str  # view of a report that shows the funnel, to return to; empty: the list of funnels


def show(request: Request, session: Session) -> Response:
    """Show the funnels of a site."""
    entry = forms.read({"next": request.query_params.get("next", "")}, FunnelForm)
    return _page(request, session, site_of(request), entry, problem="")


def add(request: Request, session: Session) -> Response:
    """Store a funnel, or show the form again with the error."""
    site = site_of(request)
    form = forms.posted(request, FunnelForm)
    control = services(request).control
    try:
        funnel = funnels.add(control, site.id, form.name, _steps(control, site, form), is_strict=form.strict)
    except FunnelError as error:
        return _page(request, session, site, form, problem=language.of_error(error))
    if form.next:
        view = local_path(form.next)
        return RedirectResponse(f"{view}{'&' if '?' in view else '?'}funnel={funnel.id}#goals", 303)
    return to_list(site, "funnels", row=funnel.id)


def remove(request: Request, _session: Session) -> Response:
    """Remove a funnel of the site. Its goals remain."""
    site = site_of(request)
    funnel = existing(request, site, funnels.by_id)
    funnels.remove(services(request).control, funnel)
    return to_list(site, "funnels")


def _steps(control: Control, site: Site, form: FunnelForm) -> list[Goal]:
    """Return the chosen goals in order. Raises FunnelError if one no longer exists."""
    goals_by_id = {str(goal.id): goal for goal in goals.list_all(control, site.id)}
    ids = [goal_id for goal_id in form.step if goal_id]
    if any(goal_id not in goals_by_id for goal_id in ids):
        raise FunnelError("One of these goals no longer exists. Choose another.")
    return [goals_by_id[goal_id] for goal_id in ids]


def _page(request: Request, session: Session, site: Site, entry: FunnelForm, *, problem: str) -> Response:
    control = services(request).control
    return template.page(
        "funnels",
        session=session,
        site=site,
        lines=funnels.list_all(control, site.id),
        goals=goals.list_all(control, site.id)[::-1],
        entry=entry,
        problem=problem,
        step_numbers=range(1, MAX_STEPS + 1),
        max_name_length=funnels.MAX_NAME_CHARACTERS,
    )
