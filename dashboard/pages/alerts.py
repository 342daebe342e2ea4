"""Alerts about the visitors of a site: the list, and the form that adds one. The secret of a webhook is shown once."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.language import ngettext
from dashboard.outbound import request as outbound
from dashboard.outbound.request import OutboundError
from dashboard.pages import delivery_states, figures, forms, removal, template, whole_number
from dashboard.pages.forms import Form
from dashboard.pages.settings import existing, record, site_of
from dashboard.services import Services, services
from schema.mail import alerts, deliveries
from schema.mail.alerts import Alert, AlertError, AlertKind
from schema.people.users import Session, UserError, normal_email
from schema.sentence import Count, Sentence
from schema.sites.sites import Site

MAX_TARGET_CHARACTERS = outbound.MAX_URL_CHARACTERS


class AlertForm(Form, frozen=True):
    """An alert to add."""

    kind: str
    threshold: str
    target: str
    language: str


@dataclass(frozen=True, slots=True)
class Line:
    id: int
    name: str  # where it goes
    condition: str
    state: str


def show(request: Request, session: Session) -> Response:
    """Show the alerts of a site."""
    return _page(request, session, site_of(request))


def add(request: Request, session: Session) -> Response:
    """Add an alert, or show the form again with the problem. A webhook's secret is shown this once."""
    site, server = site_of(request), services(request)
    entry = forms.posted(request, AlertForm)
    kind = AlertKind(entry.kind) if entry.kind in set(AlertKind) else AlertKind.SPIKE
    code = entry.language if entry.language in language.NAMES else language.current()
    try:
        alert = alerts.add(
            server.control,
            site.id,
            kind,
            threshold=whole_number.read(entry.threshold.strip()) or 0,
            target=_target(server, site, entry.target.strip()),
            language=code,
        )
    except (AlertError, OutboundError, UserError) as error:
        return _page(request, session, site, entry=entry, problem=language.of_error(error))
    values = {"target": _named(alert), "number": Count(alert.threshold)}
    change = (
        Sentence("Alerts %(target)s when at least %(number)s visitors are on the site.", values)
        if kind is AlertKind.SPIKE
        else Sentence("Alerts %(target)s when fewer than %(number)s visitors came in twelve hours.", values)
    )
    record(request, session, site, change)
    if alert.is_webhook:
        return _page(request, session, site, added=alert)
    return RedirectResponse(f"/{site.domain}/settings/alerts#row-{alert.id}", 303)


def remove(request: Request, session: Session) -> Response:
    """Ask whether to remove an alert, or remove it."""
    site, control = site_of(request), services(request).control
    alert = existing(request, site, alerts.of_site)
    if not removal.is_confirmed(request):
        question = removal.Question(
            title=_("Remove the alert to %(target)s?", target=alert.target),
            verb=_("Remove the alert"),
            consequences=[_condition(alert)],
            back=f"/{site.domain}/settings/alerts#row-{alert.id}",
            site=site,
            here="/alerts",
        )
        return removal.ask(session, question)
    before = alerts.list_all(control, site.id)
    alerts.remove(control, alert)
    record(request, session, site, Sentence("Removed the alert to %(target)s.", {"target": _named(alert)}))
    return removal.done(f"/{site.domain}/settings/alerts", before, alert)


def _target(server: Services, site: Site, text: str) -> str:
    """Return a checked address or URL. Raises AlertError, OutboundError, UserError."""
    if "://" not in text:
        return normal_email(text[:MAX_TARGET_CHARACTERS])
    if site.privacy.is_exempt:
        raise AlertError("The privacy profile of this site is exempt: its alerts can only be sent as mail.")
    outbound.check_host(text, limits=server.webhook_limits)
    return text


def _named(alert: Alert) -> str:
    """Return where an alert goes, for the audit log. The path of a webhook is often a secret."""
    return str(urlsplit(alert.target).hostname) if alert.is_webhook else alert.target


def _condition(alert: Alert) -> str:
    number = figures.exact(alert.threshold)
    if alert.kind is AlertKind.SPIKE:
        return ngettext(
            "At least %(number)s visitor in five minutes.",
            "At least %(number)s visitors in five minutes.",
            alert.threshold,
            number=number,
        )
    return ngettext(
        "Fewer than %(number)s visitor in twelve hours.",
        "Fewer than %(number)s visitors in twelve hours.",
        alert.threshold,
        number=number,
    )


def _page(
    request: Request,
    session: Session,
    site: Site,
    *,
    entry: AlertForm | None = None,
    problem: str = "",
    added: Alert | None = None,
) -> Response:
    server = services(request)
    latest = deliveries.latest(server.control, site.id)
    return template.page(
        "alerts",
        session=session,
        site=site,
        lines=[
            Line(
                one.id,
                one.target,
                _condition(one),
                delivery_states.sentence(latest.get(("alert", one.id)), site.zone),
            )
            for one in alerts.list_all(server.control, site.id)
        ],
        removed=removal.position(request),
        entry=entry or AlertForm(AlertKind.SPIKE, "", "", language.current()),
        problem=problem,
        added=added,
        languages=language.NAMES,
        has_mailer=server.mailer is not None,
        max_length=MAX_TARGET_CHARACTERS,
    )
