"""Funnels of a site: the list, and the form that adds or edits one."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.access.sessions import local_path
from dashboard.language import gettext as _
from dashboard.pages import forms, removal, template
from dashboard.pages.forms import Form
from dashboard.pages.settings import existing, record, site_of, to_list
from dashboard.services import services
from schema.measures import funnels, goals
from schema.measures.funnels import MAX_STEPS, Funnel, FunnelError
from schema.measures.goals import Goal
from schema.people.users import Session
from schema.sentence import Sentence
from schema.sites.sites import Site
from schema.stores.control import Control


class FunnelForm(Form, frozen=True):
    """A funnel to add, or what a funnel becomes."""

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
    record(request, session, site, Sentence("Added the funnel %(name)s.", {"name": funnel.name}))
    if form.next:
        view = local_path(form.next)
        return RedirectResponse(f"{view}{'&' if '?' in view else '?'}funnel={funnel.id}#goals", 303)
    return to_list(site, "funnels", row=funnel.id)


def change(request: Request, session: Session) -> Response:
    """Show the form with a funnel, or store what it becomes."""
    site, control = site_of(request), services(request).control
    funnel = existing(request, site, funnels.by_id)
    if request.method == "GET":
        return _page(request, session, site, _entry(funnel), problem="", edited=funnel)
    form = forms.posted(request, FunnelForm)
    try:
        steps = _steps(control, site, form)
        changed = funnels.change(control, funnel, name=form.name, steps=steps, is_strict=form.strict)
    except FunnelError as error:
        return _page(request, session, site, form, problem=language.of_error(error), edited=funnel)
    if changed.name != funnel.name:
        values = {"old": funnel.name, "new": changed.name}
        record(request, session, site, Sentence("Renamed the funnel %(old)s to %(new)s.", values))
    if (changed.steps, changed.is_strict) != (funnel.steps, funnel.is_strict):
        record(request, session, site, Sentence("Changed the steps of the funnel %(name)s.", {"name": changed.name}))
    return to_list(site, "funnels", row=funnel.id)


def remove(request: Request, session: Session) -> Response:
    """Ask whether to remove a funnel, or remove it. Its goals stay."""
    site, control = site_of(request), services(request).control
    funnel = existing(request, site, funnels.by_id)
    if not removal.is_confirmed(request):
        question = removal.Question(
            title=_("Remove the funnel %(name)s?", name=funnel.name),
            verb=_("Remove the funnel"),
            consequences=[_("Its goals stay.")],
            back=f"/{site.domain}/settings/funnels#row-{funnel.id}",
            site=site,
            here="/funnels",
        )
        return removal.ask(session, question)
    before = [one.id for one in funnels.list_all(control, site.id)]
    funnels.remove(control, funnel)
    record(request, session, site, Sentence("Removed the funnel %(name)s.", {"name": funnel.name}))
    return removal.done(f"/{site.domain}/settings/funnels", before, funnel.id)


def _entry(funnel: Funnel) -> FunnelForm:
    """Return the form that describes a funnel."""
    steps = {f"step{number}": str(goal.id) for number, goal in enumerate(funnel.steps, start=1)}
    return forms.read({"name": funnel.name} | steps | ({"strict": "yes"} if funnel.is_strict else {}), FunnelForm)


def _steps(control: Control, site: Site, form: FunnelForm) -> list[Goal]:
    """Return the chosen goals in order. Raises FunnelError if one no longer exists."""
    goals_by_id = {str(goal.id): goal for goal in goals.list_all(control, site.id)}
    ids = [goal_id for goal_id in form.step if goal_id]
    if any(goal_id not in goals_by_id for goal_id in ids):
        raise FunnelError("One of these goals no longer exists. Choose another.")
    return [goals_by_id[goal_id] for goal_id in ids]


def _page(
    request: Request,
    session: Session,
    site: Site,
    entry: FunnelForm,
    *,
    problem: str,
    edited: Funnel | None = None,
) -> Response:
    control = services(request).control
    return template.page(
        "funnels",
        session=session,
        site=site,
        lines=funnels.list_all(control, site.id),
        removed=removal.position(request),
        edited=edited,
        goals=goals.list_all(control, site.id)[::-1],
        entry=entry,
        problem=problem,
        step_numbers=range(1, MAX_STEPS + 1),
        max_name_length=funnels.MAX_NAME_CHARACTERS,
    )
