"""Goals of a site: the list, and the form that adds one."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.access.sessions import local_path
from dashboard.language import gettext as _
from dashboard.pages import figures, forms, template
from dashboard.pages.forms import Form
from dashboard.pages.settings import existing, site_of, to_list
from dashboard.services import services
from schema.measures import goals, segments
from schema.measures.goal_uses import GoalUses, SiteUses
from schema.measures.goals import MAX_PROPS, NO_SCROLL_THRESHOLD, Goal, GoalError, GoalKind
from schema.people.users import Session
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
    """A goal to add."""

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
    if form.next:
        return RedirectResponse(f"{local_path(form.next)}#goal-{goal.id}", 303)
    return to_list(site, "goals", row=goal.id)


def remove(request: Request, session: Session) -> Response:
    """Remove a goal of the site, or show what depends on it and ask for confirmation."""
    site = site_of(request)
    goal = existing(request, site, goals.by_id)
    consequences = _uses(request, session, site).of(goal).consequences
    if consequences and "sure" not in request.query_params:
        return _page(
            request,
            session,
            site,
            forms.empty(GoalForm),
            problem="",
            doubts={goal.id: list(map(language.of, consequences))},
        )
    goals.remove(services(request).control, goal)
    return to_list(site, "goals")


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


def _page(
    request: Request,
    session: Session,
    site: Site,
    entry: GoalForm,
    *,
    problem: str,
    doubts: Mapping[int, list[str]] = MappingProxyType({}),
) -> Response:
    """Return the page. doubts: goal whose removal needs confirmation -> what it does to others, in sentences."""
    uses = _uses(request, session, site)
    return template.page(
        "goals",
        session=session,
        site=site,
        lines=[_line(goal, uses.of(goal)) for goal in goals.list_all(services(request).control, site.id)],
        doubts=doubts,
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
