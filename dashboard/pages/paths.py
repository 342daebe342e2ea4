"""Path rules of a site: the list, and a form that first shows which stored paths a rule would have changed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.pages import forms, removal, template
from dashboard.pages.forms import Form
from dashboard.pages.settings import record, site_of, to_list
from dashboard.services import services
from dashboard.stats.model import dimensions, period
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.query import Query
from dashboard.stats.protection.limits import REST
from schema.measures import goals
from schema.people.users import Session
from schema.sites import path_rules, sites
from schema.sites.path_rules import PathRuleError, PathRules
from schema.sites.sites import Site
from schema.stores.database import DatabaseUnavailableError, OperationalError, QueryLimitError

MAX_PATHS = 1000  # that the preview reads
SHOWN = 10
_NOT_NOW = (DatabaseUnavailableError, OperationalError, QueryLimitError)


class PathForm(Form, frozen=True):
    """A path rule to add."""

    pattern: str
    shown: str  # the pattern whose effect was shown


class SlashForm(Form, frozen=True):
    """What a slash at the end of a path means."""

    merge: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would have done to the stored paths of the last 28 days."""

    sentence: str
    paths: Sequence[str]  # some of them
    further: int


def show(request: Request, session: Session) -> Response:
    """Show the path rules of a site."""
    return _page(request, session, site_of(request), forms.empty(PathForm))


def add(request: Request, session: Session) -> Response:
    """Show what a rule would do, or store it once that was shown."""
    site, form = site_of(request), forms.posted(request, PathForm)
    try:
        pattern = path_rules.normal_pattern(form.pattern)
        changed = path_rules.added(site.path_rules, pattern)
    except PathRuleError as error:
        return _page(request, session, site, form, problem=language.of_error(error))
    if form.shown != pattern:
        entry = PathForm(pattern, pattern)
        return _page(request, session, site, entry, preview=_preview(request, site, pattern, changed))
    _store(request, session, site, changed)
    return to_list(site, "paths", row=changed.patterns.index(pattern) + 1)


def merge(request: Request, session: Session) -> Response:
    """Store whether a slash at the end of a path makes another page."""
    site = site_of(request)
    merges = forms.posted(request, SlashForm).merge
    _store(request, session, site, replace(site.path_rules, merges_slashes=merges))
    return RedirectResponse(f"/{site.domain}/settings/paths#slashes", 303)


def remove(request: Request, session: Session) -> Response:
    """Ask whether to remove a path rule, or remove it."""
    site = site_of(request)
    sent = request.state.form if request.method == "POST" else request.query_params
    pattern = forms.read(sent, PathForm).pattern
    before = site.path_rules.patterns
    if pattern not in before:
        raise HTTPException(404)
    if not removal.is_confirmed(request):
        question = removal.Question(
            title=_("Remove the path rule %(name)s?", name=pattern),
            verb=_("Remove the path rule"),
            consequences=[
                _("From now on, every page that it matches is stored with its own path."),
                _("What is already stored as %(name)s stays.", name=pattern),
            ],
            back=f"/{site.domain}/settings/paths#row-{before.index(pattern) + 1}",
            site=site,
            here="/paths",
            fields={"pattern": pattern},
        )
        return removal.ask(session, question)
    _store(request, session, site, path_rules.removed(site.path_rules, pattern))
    return removal.done(f"/{site.domain}/settings/paths", before, pattern)


def _store(request: Request, session: Session, site: Site, rules: PathRules) -> None:
    server = services(request)
    sites.change(server.control, site, path_rules=rules, now=server.clock())
    for change in path_rules.changes(site.path_rules, rules):
        record(request, session, site, change)


def _preview(request: Request, site: Site, pattern: str, rules: PathRules) -> Preview:
    """Return what rules with a new pattern would have done."""
    try:
        recent = _recent_paths(request, site)
    except _NOT_NOW:
        return Preview(_("The stored paths can't be read right now, so what the rule matches is unknown."), [], 0)
    paths = [path for path, new in path_rules.rewritten(rules, recent) if new == pattern]
    sentence = language.ngettext(
        "%(number)s stored path of the last 28 days would become %(pattern)s:",
        "%(number)s stored paths of the last 28 days would become %(pattern)s:",
        len(paths),
        pattern=pattern,
    )
    if not paths:
        sentence = _("No stored path of the last 28 days matches %(pattern)s. Check its spelling.", pattern=pattern)
    elif len(recent) >= MAX_PATHS:
        sentence = f"{sentence} " + _("Only the %(most)s paths with the most views are compared.", most=MAX_PATHS)
    return Preview(sentence, paths[:SHOWN], max(len(paths) - SHOWN, 0))


def _recent_paths(request: Request, site: Site) -> list[str]:
    """Return the stored paths of the last 28 days, those with most views first. Raises as `Services.ask` does."""
    now = datetime.fromtimestamp(services(request).clock(), UTC)
    recent = period.parse("28d", zone=site.zone, now=now, first_day=None)
    query = Query(site.id, recent, (Metric.PAGEVIEWS,), (dimensions.PAGE,), limit=MAX_PATHS)
    rows = services(request).ask(query, site.privacy).rows
    return [row.groups[0] for row in rows if row.groups[0] not in ("", REST)]


def _silent_goals(request: Request, site: Site) -> list[str]:
    """Return the names of goals on single pages that the rules store as something else, so nothing reaches them."""
    every = goals.list_all(services(request).control, site.id)
    paths = {goal.page_path: goal.display_name for goal in every if goal.page_path and "*" not in goal.page_path}
    return [paths[path] for path, _new in path_rules.rewritten(site.path_rules, paths)]


def _slashes(request: Request, site: Site) -> str:
    """Return how many pages a slash at the end makes apart, in a sentence; empty if none or unknown."""
    try:
        recent = _recent_paths(request, site)
    except _NOT_NOW:
        return ""
    twins = sum(number > 1 for number in Counter(path.rstrip("/") for path in recent).values())
    if not twins:
        return ""
    return language.ngettext(
        "%(number)s page of the last 28 days is stored both with and without a slash.",
        "%(number)s pages of the last 28 days are stored both with and without a slash.",
        twins,
    )


def _page(
    request: Request,
    session: Session,
    site: Site,
    entry: PathForm,
    *,
    problem: str = "",
    preview: Preview | None = None,
) -> Response:
    return template.page(
        "paths",
        session=session,
        site=site,
        lines=site.path_rules.patterns,
        removed=removal.position(request),
        entry=entry,
        problem=problem,
        preview=preview,
        merges=site.path_rules.merges_slashes,
        slashes=_slashes(request, site),
        silent_goals=_silent_goals(request, site),
        max_length=path_rules.MAX_PATTERN_CHARACTERS,
    )
