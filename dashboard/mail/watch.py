"""Look whether the visitors of a site are a reason for an alert, and have it sent.

An alert is raised at most once in twelve hours. Figures of exempt sites are rounded, as everywhere. Their closed days
have no rows, so from midnight to noon the last twelve hours are not known: nothing is raised then. They send mail only:
an exempt site hands nothing to other systems.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from dashboard.pages.report.labels import label_of
from dashboard.services import Services
from dashboard.stats.model import dimensions
from dashboard.stats.protection.limits import REST
from dashboard.stats.reports import last_minutes, realtime
from dashboard.stats.reports.first_day import first_day
from schema.mail import alerts, deliveries
from schema.mail.alerts import Alert, AlertKind
from schema.sites import sites
from schema.sites.sites import Site

APART_S = 12 * 3600
DROP_WINDOW = timedelta(hours=12)
ROWS = 3
_KINDS = {"page": dimensions.PAGE, "source": dimensions.SOURCE}


class Row(msgspec.Struct, frozen=True):
    """Visitors of a page or source."""

    name: str
    visitors: int


class Raised(msgspec.Struct, frozen=True):
    """What an alert says. It is stored until it is sent."""

    visitors: int
    at: int  # epoch seconds
    pages: list[Row] = []
    sources: list[Row] = []


def look(services: Services) -> None:
    """Claim the alerts that are due. Raises as a query does, ControlUnavailableError."""
    every = alerts.list_all(services.control)
    if not every:
        return
    now = services.clock()
    quiet = deliveries.raised_since(services.control, now - APART_S)
    by_id = {site.id: site for site in sites.list_all(services.control, now=now)}
    for alert in every:
        site = by_id[alert.site_id]
        can_send = not site.privacy.is_exempt if alert.is_webhook else services.mailer is not None
        if alert.id in quiet or not can_send:
            continue
        raised = _raised(services, site, alert, datetime.fromtimestamp(now, UTC))
        if raised is not None:
            content = msgspec.json.encode(raised).decode()
            deliveries.claim_alert(services.control, alert.id, content, now=now, apart_s=APART_S)


def restored(content: str) -> Raised:
    """Return what a stored alert says."""
    return msgspec.json.decode(content, type=Raised)


def _raised(services: Services, site: Site, alert: Alert, now: datetime) -> Raised | None:
    """Return what there is to say, or None."""
    at = int(now.timestamp())
    if alert.kind is AlertKind.SPIKE:
        visitors = realtime.current_visitors(services.database, site.id, now, privacy=site.privacy)
        if visitors < alert.threshold:
            return None
        return Raised(visitors, at, **_rows(services, site, now))
    if site.privacy.is_exempt and not _is_within_a_day(site, now):
        return None
    visitors = realtime.current_visitors(services.database, site.id, now, privacy=site.privacy, window=DROP_WINDOW)
    if visitors >= alert.threshold:
        return None
    has_begun = first_day(services.database, site.id, site.zone, privacy=site.privacy) is not None
    return Raised(visitors, at) if has_begun else None


def _is_within_a_day(site: Site, now: datetime) -> bool:
    """Return whether the last twelve hours are all of today."""
    return (now - DROP_WINDOW).astimezone(site.zone).date() == now.astimezone(site.zone).date()


def _rows(services: Services, site: Site, now: datetime) -> dict[str, Any]:
    """Return the pages and sources with most visitors in the last five minutes."""
    period = last_minutes.period(site.zone, now)
    last = last_minutes.last_minutes(services.database, site.id, period, privacy=site.privacy)
    shown = {
        kind: [
            Row(label_of(dimension, count.value), count.visitors)
            for count in last.rows[kind]
            if count.value not in ("", REST)
        ][:ROWS]
        for kind, dimension in _KINDS.items()
        if kind == "page" or not site.privacy.is_exempt or site.privacy.shows_acquisition
    }
    return {"pages": shown.get("page", []), "sources": shown.get("source", [])}
