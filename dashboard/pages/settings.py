"""General settings of a site: snippets to paste, and data retention.

A shorter retention deletes events, so the form first shows how many, and stores it when it is sent again.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.pages import figures, forms, snippets, template, whole_number
from dashboard.pages.forms import Form
from dashboard.services import services
from schema.exclusions import audit
from schema.people.users import Session
from schema.privacy import profile, retention
from schema.privacy.profile import PrivacyError
from schema.sentence import Sentence, SentenceError
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import DatabaseUnavailableError, OperationalError, QueryLimitError

CHANGES = 20
_NOT_NOW = (DatabaseUnavailableError, OperationalError, QueryLimitError)

Entry = TypeVar("Entry")


class RetentionForm(Form, frozen=True):
    """How long a site keeps its statistics."""

    months: str
    counts_months: str  # empty: as long as the events
    sure: bool


def show(request: Request, session: Session) -> Response:
    """Show the settings of the site."""
    site = site_of(request)
    privacy = site.privacy
    counts_months = str(privacy.counts_months or "")
    return _page(request, session, site, RetentionForm(str(privacy.retention_months), counts_months, sure=False))


def keep(request: Request, session: Session) -> Response:
    """Store another retention, or show the form again with what it deletes or with the problem."""
    site, server, form = site_of(request), services(request), forms.posted(request, RetentionForm)
    months, counts_months = _number(form.months), _number(form.counts_months or "0")
    try:
        privacy = retention.changed(site.privacy, months=months, counts_months=counts_months)
    except PrivacyError as error:
        return _page(request, session, site, form, problem=language.of_error(error))
    if not form.sure and (loss := retention.loss(server.database, site, privacy, now=server.clock())):
        return _page(request, session, site, form, problem=language.of(loss.sentence), asks=True)
    retention.change(
        server.control, site, months=months, counts_months=counts_months, who=session.user.email, now=server.clock()
    )
    return RedirectResponse(f"/{site.domain}/settings#kept", 303)


def _number(text: str) -> int:
    """Return the number that a user entered, or -1, which no retention is."""
    number = whole_number.read(text.strip())
    return -1 if number is None else number


def _oldest(request: Request, site: Site) -> str:
    """Return what the oldest stored event is, in a sentence; empty while ClickHouse does not answer."""
    try:
        oldest = retention.oldest(services(request).database, site.id)
    except _NOT_NOW:
        return ""
    if oldest.event:
        return language.of(Sentence("The oldest event is of %(day)s", {"day": oldest.event}))
    if oldest.count:
        return language.of(Sentence("The oldest daily counts are of %(day)s", {"day": oldest.count}))
    return _("No events are stored")


def _page(
    request: Request, session: Session, site: Site, form: RetentionForm, *, problem: str = "", asks: bool = False
) -> Response:
    """asks: whether the problem is what the retention deletes, and the form wants a confirmation."""
    base_url = services(request).base_url
    return template.page(
        "settings",
        session=session,
        status=422 if problem else 200,
        entry=form,
        problem=problem,
        asks=asks,
        oldest=_oldest(request, site),
        most_months=profile.MAX_MONTHS[site.privacy.profile],
        changes=[
            (figures.moment(datetime.fromtimestamp(entry.at, site.zone)), entry.who, language.of(entry.sentence))
            for entry in audit.latest(services(request).control, CHANGES, site_id=site.id, topic=audit.PRIVACY)
        ],
        site=site,
        script_tag=snippets.script_tag(site.domain, base_url),
        pinned_script_tag=snippets.pinned_script_tag(
            site.domain, base_url, integrity=services(request).script_integrity
        ),
        site_script=snippets.site_script(sites.script_id(services(request).control, site), base_url),
        pixel=snippets.pixel(site.domain, base_url),
        wordpress=snippets.wordpress(site.domain, base_url),
        proxies=[
            (proxy.name, _(proxy.place), proxy.lines(site.domain, base_url)) for proxy in snippets.PROXIES.values()
        ],
        proxied_script_tag=snippets.proxied_script_tag(site.domain),
        proxied_pixel=snippets.proxied_pixel(site.domain),
    )


def to_list(site: Site, noun: str, *, row: int | None = None) -> Response:
    """Redirect to a list of settings. row: the one to bring into view, as in the template of lists."""
    anchor = "" if row is None else f"#row-{row}"
    return RedirectResponse(f"/{site.domain}/settings/{noun}{anchor}", 303)


def site_of(request: Request) -> Site:
    """Return the site that a path names. Raises HTTPException (404)."""
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
