"""The page that the link in a report by mail leads to: it stops this report, without signing in.

A mail client that offers "unsubscribe" posts to the same address (RFC 8058). The signed link is the permission, so the
form needs no other token. A GET changes nothing: programs that check mail for harmful links follow them.
"""

from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.pages import template
from dashboard.services import services
from schema.exclusions import audit
from schema.mail import subscriptions
from schema.mail.subscriptions import Kind, Subscription
from schema.privacy.signed_links import LinkError
from schema.sentence import Sentence
from schema.sites import sites
from schema.sites.sites import Site


def show(request: Request) -> Response:
    """Show which report the link stops, with a button."""
    try:
        subscription = _subscription(request)
    except LinkError:
        return _page("broken", status=404)
    site = _site(request, subscription)
    if subscription is None or site is None:
        return _page("stopped")
    language.use(subscription.language)
    return _page("asks", question=_question(subscription, site))


def stop(request: Request) -> Response:
    """Stop the report."""
    try:
        subscription = _subscription(request)
    except LinkError:
        return _page("broken", status=404)
    if subscription is None:
        return _page("stopped")
    language.use(subscription.language)
    server = services(request)
    subscriptions.remove(server.control, subscription)
    is_weekly = subscription.kind is Kind.WEEKLY
    change = (
        Sentence("Unsubscribed from the weekly report.")
        if is_weekly
        else Sentence("Unsubscribed from the monthly report.")
    )
    audit.record(
        server.control, site_id=subscription.site_id, who=subscription.email, change=change, now=server.clock()
    )
    return _page("stopped")


def _subscription(request: Request) -> Subscription | None:
    """Return what the link is for, or None if it has been stopped. Raises LinkError."""
    server = services(request)
    return subscriptions.by_id(server.control, server.links.subscription_of(request.path_params["token"]))


def _site(request: Request, subscription: Subscription | None) -> Site | None:
    server = services(request)
    return sites.by_id(server.control, subscription.site_id, now=server.clock()) if subscription else None


def _question(subscription: Subscription, site: Site) -> str:
    values = {"site": site.title, "email": subscription.email}
    if subscription.kind is Kind.WEEKLY:
        return _("Stop sending the weekly report of %(site)s to %(email)s?", **values)
    return _("Stop sending the monthly report of %(site)s to %(email)s?", **values)


def _page(state: str, *, question: str = "", status: int = 200) -> Response:
    return template.page("unsubscribe", session=None, status=status, state=state, question=question)
