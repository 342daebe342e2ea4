"""Data retention of a site: how long it keeps events and daily counts.

A shorter retention deletes events, so the form first shows how many, and stores it when it is sent again.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.pages import forms, template, whole_number
from dashboard.pages.forms import Form
from dashboard.pages.settings import site_of
from dashboard.services import services
from schema.people.users import Session
from schema.privacy import profile, retention
from schema.privacy.profile import PrivacyError
from schema.sentence import Sentence
from schema.sites.sites import Site
from schema.stores.database import DatabaseUnavailableError, OperationalError, QueryLimitError

_NOT_NOW = (DatabaseUnavailableError, OperationalError, QueryLimitError)


class RetentionForm(Form, frozen=True):
    """How long a site keeps its statistics."""

    months: str
    counts_months: str  # empty: as long as the events
    sure: bool


def show(request: Request, session: Session) -> Response:
    """Show the retention of the site."""
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
    return RedirectResponse(f"/{site.domain}/settings/retention#kept", 303)


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
    return template.page(
        "retention",
        session=session,
        status=422 if problem else 200,
        site=site,
        entry=form,
        problem=problem,
        asks=asks,
        oldest=_oldest(request, site),
        most_months=profile.MAX_MONTHS[site.privacy.profile],
    )
