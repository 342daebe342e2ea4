"""Referrers that are never a source of a site, such as payment pages: the list, and the form that adds one."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.pages import forms, template
from dashboard.pages.forms import Form
from dashboard.pages.settings import site_of, to_list
from dashboard.services import services
from schema.people.users import Session
from schema.sites import referrers, sites
from schema.sites.referrers import ReferrerError
from schema.sites.sites import Site


class ReferrerForm(Form, frozen=True):
    """A referrer to ignore, or no longer."""

    referrer: str


def show(request: Request, session: Session) -> Response:
    """Show the ignored referrers of a site."""
    return _page(session, site_of(request), entry="", problem="")


def add(request: Request, session: Session) -> Response:
    """Add a referrer to the list, or show the form again with the error."""
    site = site_of(request)
    entry = forms.posted(request, ReferrerForm).referrer
    try:
        added = referrers.normal_pattern(entry)
        changed = _change(request, site, [*site.ignored_referrers, added])
    except ReferrerError as error:
        return _page(session, site, entry=entry, problem=language.of_error(error))
    return to_list(site, "referrers", row=changed.ignored_referrers.index(added) + 1)


def remove(request: Request, _session: Session) -> Response:
    """Remove a referrer from the list."""
    site = site_of(request)
    removed = forms.posted(request, ReferrerForm).referrer
    if removed not in site.ignored_referrers:
        raise HTTPException(404)
    _change(request, site, [pattern for pattern in site.ignored_referrers if pattern != removed])
    return to_list(site, "referrers")


def _change(request: Request, site: Site, patterns: list[str]) -> Site:
    return sites.change(services(request).control, site, ignored_referrers=patterns, now=services(request).clock())


def _page(session: Session, site: Site, *, entry: str, problem: str) -> Response:
    return template.page(
        "referrers",
        session=session,
        site=site,
        lines=site.ignored_referrers,
        entry=entry,
        problem=problem,
        max_length=referrers.MAX_PATTERN_CHARACTERS,
    )
