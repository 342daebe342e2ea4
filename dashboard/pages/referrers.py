"""Referrers that are never a source of a site, such as payment pages: the list, and the form that adds one."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.pages import forms, removal, template
from dashboard.pages.forms import Form
from dashboard.pages.settings import record, site_of, to_list
from dashboard.services import services
from schema.people.users import Session
from schema.sentence import Sentence
from schema.sites import referrers, sites
from schema.sites.referrers import ReferrerError
from schema.sites.sites import Site


class ReferrerForm(Form, frozen=True):
    """A referrer to ignore, or no longer."""

    referrer: str


def show(request: Request, session: Session) -> Response:
    """Show the ignored referrers of a site."""
    return _page(request, session, site_of(request), entry="", problem="")


def add(request: Request, session: Session) -> Response:
    """Add a referrer to the list, or show the form again with the error."""
    site = site_of(request)
    entry = forms.posted(request, ReferrerForm).referrer
    try:
        added = referrers.normal_pattern(entry)
        changed = _change(request, site, [*site.ignored_referrers, added])
    except ReferrerError as error:
        return _page(request, session, site, entry=entry, problem=language.of_error(error))
    record(request, session, site, Sentence("Ignored the referrer %(name)s.", {"name": added}))
    return to_list(site, "referrers", row=changed.ignored_referrers.index(added) + 1)


def remove(request: Request, session: Session) -> Response:
    """Ask whether to remove a referrer from the list, or remove it."""
    site = site_of(request)
    before = list(site.ignored_referrers)
    sent = request.state.form if request.method == "POST" else request.query_params
    removed = forms.read(sent, ReferrerForm).referrer
    if removed not in before:
        raise HTTPException(404)
    if not removal.is_confirmed(request):
        question = removal.Question(
            title=_("Stop ignoring %(name)s?", name=removed),
            verb=_("Stop ignoring it"),
            consequences=[_("From now on, it can be the source of a visit. Past visits stay as they are.")],
            back=f"/{site.domain}/settings/referrers#row-{before.index(removed) + 1}",
            site=site,
            here="/referrers",
            fields={"referrer": removed},
        )
        return removal.ask(session, question)
    _change(request, site, [pattern for pattern in before if pattern != removed])
    record(request, session, site, Sentence("No longer ignored the referrer %(name)s.", {"name": removed}))
    return removal.done(f"/{site.domain}/settings/referrers", before, removed)


def _change(request: Request, site: Site, patterns: list[str]) -> Site:
    return sites.change(services(request).control, site, ignored_referrers=patterns, now=services(request).clock())


def _page(request: Request, session: Session, site: Site, *, entry: str, problem: str) -> Response:
    return template.page(
        "referrers",
        session=session,
        site=site,
        lines=site.ignored_referrers,
        removed=removal.position(request),
        entry=entry,
        problem=problem,
        max_length=referrers.MAX_PATTERN_CHARACTERS,
    )
