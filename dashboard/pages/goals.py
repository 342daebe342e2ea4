"""Goals of a site: the list, and the form that adds one."""

from collections import defaultdict
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.pages import template
from dashboard.pages.settings import site_of
from dashboard.services import services
from schema.measures import goals
from schema.measures.goals import MAX_PROPS, NO_SCROLL_THRESHOLD, Goal, GoalError, GoalKind
from schema.sites.sites import Site
from schema.sites.users import Session


@dataclass(frozen=True, slots=True)
class GoalLine:
    """A goal in the list."""

    id: int
    name: str
    kind: str
    what: str  # event name or page path
    detail: str


def show(request: Request, session: Session) -> Response:
    """Show the goals of a site."""
    return _page(request, session, site_of(request), {}, problem="")


def add(request: Request, session: Session) -> Response:
    """Store a goal, or show the form again with the error."""
    site = site_of(request)
    form: dict[str, str] = request.state.form
    try:
        goals.add(services(request).control, _goal(site, form))
    except GoalError as error:
        return _page(request, session, site, form, problem=str(error), status=422)
    return _back(site)


def remove(request: Request, _session: Session) -> Response:
    """Remove a goal of the site."""
    site = site_of(request)
    try:
        goal = goals.by_id(services(request).control, site.id, request.path_params["id"])
    except (GoalError, OverflowError):
        raise HTTPException(404) from None
    goals.remove(services(request).control, goal)
    return _back(site)


def _goal(site: Site, form: dict[str, str]) -> Goal:
    """Return the goal that the form describes. Raises GoalError."""
    scroll = form.get("scroll", "").strip()
    if scroll and not (scroll.isascii() and scroll.isdigit() and len(scroll) < 4):
        raise GoalError("Scroll depth must be a whole number from 0 to 100.")
    pairs = [(form.get(f"key{n}", "").strip(), form.get(f"value{n}", "").strip()) for n in range(1, MAX_PROPS + 1)]
    return goals.new(
        site.id,
        event_name=form.get("event", ""),
        page_path=form.get("page", ""),
        scroll_threshold=int(scroll) if scroll else NO_SCROLL_THRESHOLD,
        currency=form.get("currency", ""),
        props={key: value for key, value in pairs if key or value},
        display_name=form.get("name", ""),
    )


def _page(
    request: Request, session: Session, site: Site, entry: dict[str, str], *, problem: str, status: int = 200
) -> Response:
    return template.page(
        "goals",
        session=session,
        status=status,
        site=site,
        lines=[_line(goal) for goal in goals.list_all(services(request).control, site.id)],
        entry=defaultdict(str, entry),
        problem=problem,
        pair_numbers=range(1, MAX_PROPS + 1),
        has_pairs=any(name.startswith(("key", "value")) and value for name, value in entry.items()),
    )


def _line(goal: Goal) -> GoalLine:
    kinds = {
        GoalKind.EVENT: "Event",
        GoalKind.PAGE: "Page",
        GoalKind.SCROLL: f"{goal.scroll_threshold}% of",
    }
    details = [f"{key} = {value}" for key, value in goal.props] + ([f"in {goal.currency}"] if goal.currency else [])
    return GoalLine(goal.id, goal.display_name, kinds[goal.kind], goal.event_name or goal.page_path, ", ".join(details))


def _back(site: Site) -> Response:
    return RedirectResponse(f"/{site.domain}/settings/goals", 303)
