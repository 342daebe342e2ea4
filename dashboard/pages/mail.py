"""Who receives the reports of a site by mail: the list, the form that adds an address, and the preview of each mail."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.mail import compose
from dashboard.mail.letter import Letter
from dashboard.mail.mailer import MailError
from dashboard.pages import delivery_states, forms, removal, template
from dashboard.pages.forms import Form
from dashboard.pages.settings import existing, record, site_of
from dashboard.services import services
from schema.mail import deliveries, subscriptions
from schema.mail.subscriptions import Kind, Subscription, SubscriptionError
from schema.people.users import Session
from schema.sentence import Sentence
from schema.sites.sites import Site

# Mail has styles in its elements. It is shown in a frame, which loads and runs nothing.
_MAIL_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox",
    "X-Frame-Options": "SAMEORIGIN",
}
_FRAMING = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; frame-src 'self';"
    " form-action 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class MailForm(Form, frozen=True):
    """An address and what it receives."""

    email: str
    kinds: tuple[Kind, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Line:
    id: int
    name: str  # the address
    kind: str
    state: str


def show(request: Request, session: Session) -> Response:
    """Show who receives which report."""
    return _page(request, session, site_of(request))


def add(request: Request, session: Session) -> Response:
    """Add an address, or show the form again with the problem."""
    site, server = site_of(request), services(request)
    entry = forms.posted(request, MailForm)
    code = entry.language if entry.language in language.NAMES else language.current()
    try:
        added = subscriptions.add(
            server.control, site.id, entry.email, kinds=entry.kinds, language=code, now=server.clock()
        )
    except SubscriptionError as error:
        return _page(request, session, site, entry=entry, problem=language.of_error(error))
    for subscription in added:
        change = (
            Sentence("Sends the weekly report to %(email)s.", {"email": subscription.email})
            if subscription.kind is Kind.WEEKLY
            else Sentence("Sends the monthly report to %(email)s.", {"email": subscription.email})
        )
        record(request, session, site, change)
    return RedirectResponse(f"/{site.domain}/settings/mail#row-{added[0].id}", 303)


def remove(request: Request, session: Session) -> Response:
    """Ask whether to stop a report, or stop it."""
    site, control = site_of(request), services(request).control
    subscription = existing(request, site, subscriptions.of_site)
    if not removal.is_confirmed(request):
        question = removal.Question(
            title=_question(subscription),
            verb=_("Stop the report"),
            back=f"/{site.domain}/settings/mail#row-{subscription.id}",
            site=site,
            here="/mail",
        )
        return removal.ask(session, question)
    before = subscriptions.list_all(control, site.id)
    subscriptions.remove(control, subscription)
    change = (
        Sentence("No longer sends the weekly report to %(email)s.", {"email": subscription.email})
        if subscription.kind is Kind.WEEKLY
        else Sentence("No longer sends the monthly report to %(email)s.", {"email": subscription.email})
    )
    record(request, session, site, change)
    return removal.done(f"/{site.domain}/settings/mail", before, subscription)


def preview(request: Request, session: Session) -> Response:
    """Show the mail with the last report that was due, as this address gets it."""
    site = site_of(request)
    subscription = existing(request, site, subscriptions.of_site)
    page = template.page(
        "mail_preview",
        session=session,
        site=site,
        subscription=subscription,
        kind=_kind(subscription.kind),
        letter=_letter(request, site, subscription),
    )
    page.headers["Content-Security-Policy"] = _FRAMING
    return page


def html(request: Request, _session: Session) -> Response:
    """Return the HTML of the mail, byte for byte as it is sent."""
    site = site_of(request)
    subscription = existing(request, site, subscriptions.of_site)
    return HTMLResponse(_letter(request, site, subscription).html, headers=_MAIL_HEADERS)


def send_test(request: Request, session: Session) -> Response:
    """Send a short message to the person who asks for it."""
    site, mailer = site_of(request), services(request).mailer
    if mailer is None:
        return RedirectResponse(f"/{site.domain}/settings/mail", 303)
    try:
        text = _("Sillage at %(address)s can send mail to this address.", address=services(request).base_url)
        mailer.send(session.user.email, _("Test of Sillage"), text + "\n")
    except MailError as error:
        return _page(request, session, site, test_problem=language.of_error(error))
    return _page(request, session, site, tested=session.user.email)


def _letter(request: Request, site: Site, subscription: Subscription) -> Letter:
    server = services(request)
    first = compose.latest_first(server, site, subscription.kind)
    return compose.of_subscription(server, site, subscription, first)


def _kind(kind: Kind) -> str:
    return _("Weekly report") if kind is Kind.WEEKLY else _("Monthly report")


def _question(subscription: Subscription) -> str:
    if subscription.kind is Kind.WEEKLY:
        return _("Stop sending the weekly report to %(email)s?", email=subscription.email)
    return _("Stop sending the monthly report to %(email)s?", email=subscription.email)


def _page(
    request: Request,
    session: Session,
    site: Site,
    *,
    entry: MailForm | None = None,
    problem: str = "",
    tested: str = "",
    test_problem: str = "",
) -> Response:
    server = services(request)
    latest = deliveries.latest(server.control, site.id)
    lines = [
        Line(
            one.id,
            one.email,
            f"{_kind(one.kind)} · {language.NAMES[one.language]}",
            delivery_states.sentence(latest.get(("report", one.id)), site.zone),
        )
        for one in subscriptions.list_all(server.control, site.id)
    ]
    return template.page(
        "mail",
        session=session,
        site=site,
        lines=lines,
        removed=removal.position(request),
        entry=entry or MailForm("", (Kind.WEEKLY,), language.current()),
        problem=problem,
        languages=language.NAMES,
        has_mailer=server.mailer is not None,
        tested=tested,
        test_problem=test_problem,
    )
