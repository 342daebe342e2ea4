"""General settings of a site: its name, time zone and domain. Other pages of settings find their site here."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.pages import figures, forms, template, time_zones
from dashboard.pages.forms import Form
from dashboard.services import services
from schema.exclusions import audit
from schema.people.users import Session
from schema.sentence import Sentence, SentenceError
from schema.sites import sites
from schema.sites.sites import Site, SiteError
from schema.stores.control import Control

Entry = TypeVar("Entry")


class GeneralForm(Form, frozen=True):
    """What people call a site, and where its days start."""

    name: str
    timezone: str


class DomainForm(Form, frozen=True):
    """Another domain for a site."""

    domain: str


def show(request: Request, session: Session) -> Response:
    """Show the general settings of the site."""
    return _page(session, site_of(request))


def change(request: Request, session: Session) -> Response:
    """Store name and time zone, or show the form again with the problem."""
    site, form = site_of(request), forms.posted(request, GeneralForm)
    timezone = form.timezone.strip()
    if timezone not in time_zones.names():
        return _page(session, site, entry=form, problem=time_zones.problem(timezone))
    try:
        changed = sites.change(
            services(request).control, site, name=form.name, timezone=timezone, now=services(request).clock()
        )
    except SiteError as error:
        return _page(session, site, entry=form, problem=language.of_error(error))
    if changed.name != site.name:
        record(request, session, site, Sentence("Named the site %(name)s.", {"name": changed.title}))
    if changed.timezone != site.timezone:
        record(request, session, site, Sentence("Set the time zone to %(timezone)s.", {"timezone": changed.timezone}))
    return RedirectResponse(f"/{site.domain}/settings#general", 303)


def move(request: Request, session: Session) -> Response:
    """Give the site another domain, or show the form again with the problem."""
    site, domain = site_of(request), forms.posted(request, DomainForm).domain
    try:
        moved = sites.change(services(request).control, site, domain=domain, now=services(request).clock())
    except SiteError as error:
        return _page(session, site, domain=domain, domain_problem=language.of_error(error))
    if moved.domain != site.domain:
        values = {"old": site.domain, "new": moved.domain}
        record(request, session, site, Sentence("Changed the domain from %(old)s to %(new)s.", values))
    return RedirectResponse(f"/{moved.domain}/settings#domain", 303)


def record(request: Request, session: Session, site: Site, change: Sentence) -> None:
    """Log a change of settings that the user has just made."""
    server = services(request)
    audit.record(server.control, site_id=site.id, who=session.user.email, change=change, now=server.clock())


def _page(
    session: Session,
    site: Site,
    *,
    entry: GeneralForm | None = None,
    problem: str = "",
    domain: str = "",
    domain_problem: str = "",
) -> Response:
    return template.page(
        "settings",
        session=session,
        site=site,
        entry=entry or GeneralForm(site.name, site.timezone),
        problem=problem,
        domain=domain or site.domain,
        domain_problem=domain_problem,
        timezones=sorted(time_zones.names()),
        former=[
            _(
                "Events and calls for %(domain)s are accepted until %(time)s.",
                domain=former.domain,
                time=figures.moment(datetime.fromtimestamp(former.until, site.zone)),
            )
            for former in site.former_domains
        ],
        max_name_length=sites.MAX_NAME_CHARACTERS,
        max_length=sites.MAX_DOMAIN_CHARACTERS,
    )


def to_list(site: Site, noun: str, *, row: int | None = None) -> Response:
    """Redirect to a list of settings. row: the one to bring into view, as in the template of lists."""
    anchor = "" if row is None else f"#row-{row}"
    return RedirectResponse(f"/{site.domain}/settings/{noun}{anchor}", 303)


def site_of(request: Request) -> Site:
    """Return the site that a path names. Raises HTTPException (404).

    On pages for signed-in people, it is a site that they may view.
    """
    if permitted := getattr(request.state, "site", None):
        its_site: Site = permitted
        return its_site
    site = sites.by_domain(services(request).control, request.path_params["domain"], now=services(request).clock())
    if site is None:
        raise HTTPException(404)
    return site


def existing(request: Request, site: Site, by_id: Callable[[Control, int, int], Entry]) -> Entry:
    """Return the entry of a list that a path names. Raises HTTPException (404)."""
    try:
        return by_id(services(request).control, site.id, request.path_params["id"])
    except (SentenceError, OverflowError):
        raise HTTPException(404) from None
