"""Goals of a site: the list, and the form that adds or edits one."""

from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.access.sessions import local_path
from dashboard.language import gettext as _
from dashboard.pages import figures, forms, removal, template
from dashboard.pages.forms import Form
from dashboard.pages.settings import existing, record, site_of, to_list
from dashboard.services import services
from schema.measures import goals, segments
from schema.measures.goal_uses import GoalUses, SiteUses
from schema.measures.goals import MAX_PROPS, NO_SCROLL_THRESHOLD, Goal, GoalError, GoalKind
from schema.people.users import Session
from schema.sentence import Sentence
from schema.sites.sites import Site


@dataclass(frozen=True, slots=True)
class GoalLine:
    """A goal in the list."""

    id: int
    name: str
    kind: str
    what: str  # event name or page path
    detail: str
    uses: list[str]  # what has it as a step or filters by it


class GoalForm(Form, frozen=True):
    """A goal to add, or what a goal becomes."""

    event: str
    page: str
    scroll: str
    currency: str
    name: str
    next: str  # view of a report that offers the event as a goal, to return to; empty: the list of goals
    key: tuple[str, ...]
    value: tuple[str, ...]


def show(request: Request, session: Session) -> Response:
    """Show the goals of a site."""
    return _page(request, session, site_of(request), forms.empty(GoalForm), problem="")


def add(request: Request, session: Session) -> Response:
    """Store a goal, or show the form again with the error."""
    site = site_of(request)
    form = forms.posted(request, GoalForm)
    # Of two clicks on an offer, the second finds the goal.
    store = goals.put if form.next else goals.add
    try:
        goal = store(services(request).control, _goal(site, form))
    except GoalError as error:
        return _page(request, session, site, form, problem=language.of_error(error))
    record(request, session, site, Sentence("Added the goal %(name)s.", {"name": goal.display_name}))
    if form.next:
        return RedirectResponse(f"{local_path(form.next)}#goal-{goal.id}", 303)
    return to_list(site, "goals", row=goal.id)


def change(request: Request, session: Session) -> Response:
    """Show the form with a goal, or store what it becomes."""
    site = site_of(request)
    goal = existing(request, site, goals.by_id)
    if request.method == "GET":
        return _page(request, session, site, _entry(goal), problem="", edited=goal)
    form = forms.posted(request, GoalForm)
    try:
        changed = goals.put_in_place(services(request).control, goal, _goal(site, form))
    except GoalError as error:
        return _page(request, session, site, form, problem=language.of_error(error), edited=goal)
    if changed.display_name != goal.display_name:
        values = {"old": goal.display_name, "new": changed.display_name}
        record(request, session, site, Sentence("Renamed the goal %(old)s to %(new)s.", values))
    if replace(changed, display_name=goal.display_name) != goal:
        values = {"name": changed.display_name}
        record(request, session, site, Sentence("Changed the condition of the goal %(name)s.", values))
    return to_list(site, "goals", row=goal.id)


def remove(request: Request, session: Session) -> Response:
    """Ask whether to remove a goal, with everything that uses it, or remove it."""
    site, control = site_of(request), services(request).control
    goal = existing(request, site, goals.by_id)
    if not removal.is_confirmed(request):
        uses = _uses(request, session, site).of(goal)
        question = removal.Question(
            title=_("Remove the goal %(name)s?", name=goal.display_name),
            verb=_("Remove the goal and what needs it") if uses.consequences else _("Remove the goal"),
            consequences=[
                *map(language.of, uses.consequences),
                _("The events stay stored. If you add the goal again, it counts them again."),
            ],
            back=f"/{site.domain}/settings/goals#row-{goal.id}",
            site=site,
            here="/goals",
        )
        return removal.ask(session, question)
    before = [one.id for one in goals.list_all(control, site.id)]
    goals.remove(control, goal)
    record(request, session, site, Sentence("Removed the goal %(name)s.", {"name": goal.display_name}))
    return removal.done(f"/{site.domain}/settings/goals", before, goal.id)


def _uses(request: Request, session: Session, site: Site) -> SiteUses:
    control = services(request).control
    return SiteUses(control, site.id, visible=segments.list_all(control, site.id, user_id=session.user.id))


def _goal(site: Site, form: GoalForm) -> Goal:
    """Return the goal that the form describes. Raises GoalError."""
    scroll = form.scroll.strip()
    if scroll and not (scroll.isascii() and scroll.isdigit() and len(scroll) < 4):
        raise GoalError("Scroll depth must be a whole number from 0 to 100.")
    pairs = [(key.strip(), value.strip()) for key, value in zip(form.key, form.value, strict=True)]
    return goals.new(
        site.id,
        event_name=form.event,
        page_path=form.page,
        scroll_threshold=int(scroll) if scroll else NO_SCROLL_THRESHOLD,
        currency=form.currency,
        props={key: value for key, value in pairs if key or value},
        display_name=form.name,
    )


def _entry(goal: Goal) -> GoalForm:
    """Return the form that describes a goal."""
    fields = {
        "event": goal.event_name,
        "page": goal.page_path,
        "scroll": "" if goal.scroll_threshold == NO_SCROLL_THRESHOLD else str(goal.scroll_threshold),
        "currency": goal.currency,
        "name": goal.display_name,
    }
    for number, (key, value) in enumerate(goal.props, start=1):
        fields |= {f"key{number}": key, f"value{number}": value}
    return forms.read(fields, GoalForm)


def _page(
    request: Request,
    session: Session,
    site: Site,
    entry: GoalForm,
    *,
    problem: str,
    edited: Goal | None = None,
) -> Response:
    uses = _uses(request, session, site)
    return template.page(
        "goals",
        session=session,
        site=site,
        lines=[_line(goal, uses.of(goal)) for goal in goals.list_all(services(request).control, site.id)],
        removed=removal.position(request),
        edited=edited,
        entry=entry,
        problem=problem,
        pair_numbers=range(1, MAX_PROPS + 1),
        has_pairs=any(entry.key + entry.value),
    )


def _line(goal: Goal, uses: GoalUses) -> GoalLine:
    kinds = {
        GoalKind.EVENT: _("Event"),
        GoalKind.PAGE: _("Page"),
        GoalKind.SCROLL: _("%(share)s of", share=figures.percent(goal.scroll_threshold / 100)),
    }
    details = [f"{key} = {value}" for key, value in goal.props] + (
        [_("in %(currency)s", currency=goal.currency)] if goal.currency else []
    )
    what = goal.event_name or goal.page_path
    return GoalLine(
        goal.id, goal.display_name, kinds[goal.kind], what, ", ".join(details), list(map(language.of, uses.names))
    )
