"""The mail with the report of a subscription, the same for its preview and for sending."""

from datetime import UTC, date, datetime, timedelta

from dashboard import language
from dashboard.mail import due, letter, report
from dashboard.mail.letter import Letter
from dashboard.services import Services
from schema.days.local_day import month_end
from schema.mail.subscriptions import Kind, Subscription
from schema.sites.sites import Site


def of_subscription(services: Services, site: Site, subscription: Subscription, first: date) -> Letter:
    """Return the mail about the week or month that begins with a day. Raises as a query does."""
    stop_url = f"{services.base_url}/unsubscribe/{services.links.of_subscription(subscription.id)}"
    with language.speaking(subscription.language):
        return letter.of_report(
            _report(services, site, subscription.kind, first), email=subscription.email, stop_url=stop_url
        )


def of_site(services: Services, site: Site, kind: Kind, *, code: str) -> Letter:
    """Return the mail about the last week or month, to look at. code: of the language. Raises as a query does."""
    with language.speaking(code):
        return letter.of_report(_report(services, site, kind, latest_first(services, site, kind)))


def latest_first(services: Services, site: Site, kind: Kind) -> date:
    """Return the day with which the report begins that was due last."""
    return due.latest(kind, site.zone, datetime.fromtimestamp(services.clock(), UTC)).first


def _report(services: Services, site: Site, kind: Kind, first: date) -> report.Report:
    last = first + timedelta(days=6) if kind is Kind.WEEKLY else month_end(first)
    return report.of_days(services, site, kind, first=first, last=last)
