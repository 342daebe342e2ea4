"""Alerts about the visitors of a site: many at once, or few in twelve hours. Each goes to an address or a webhook."""

import secrets
import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from schema.sentence import SentenceError
from schema.stores.control import Control

MOST = 20  # of a site
MAX_VISITORS = 1_000_000_000
_SELECT = "select id, site_id, kind, threshold, target, language, secret from alerts"


class AlertKind(StrEnum):
    """What an alert is about."""

    SPIKE = "spike"  # at least so many visitors in the last five minutes
    DROP = "drop"  # fewer visitors than that in the last twelve hours


class AlertError(SentenceError):
    """An alert can't be added or found. The message is shown to the user."""


@dataclass(frozen=True, slots=True)
class Alert:
    id: int
    site_id: int
    kind: AlertKind
    threshold: int  # visitors
    target: str  # e-mail address, or URL of a webhook
    language: str  # code, such as fr
    secret: str  # signs the bodies of a webhook; empty for mail

    @property
    def is_webhook(self) -> bool:
        return is_url(self.target)


def is_url(target: str) -> bool:
    """Return whether a target is a webhook."""
    return target.startswith(("http://", "https://"))


def add(control: Control, site_id: int, kind: AlertKind, *, threshold: int, target: str, language: str) -> Alert:
    """Store an alert. target: a valid address or URL. A webhook gets a secret. Raises AlertError."""
    if not 1 <= threshold <= MAX_VISITORS:
        raise AlertError("The number of visitors must be 1 or more.")
    secret = secrets.token_urlsafe(32) if is_url(target) else ""
    with control.write() as connection:
        count = connection.execute("select count(*) from alerts where site_id = ?", (site_id,)).fetchone()[0]
        if count >= MOST:
            raise AlertError("A site can have at most %(most)s alerts. Remove one first.", most=MOST)
        try:
            row = connection.execute(
                "insert into alerts (site_id, kind, threshold, target, language, secret) values (?, ?, ?, ?, ?, ?)"
                " returning id, site_id, kind, threshold, target, language, secret",
                (site_id, kind, threshold, target, language, secret),
            ).fetchone()
        except sqlite3.IntegrityError:
            raise AlertError("%(target)s already gets this alert. Remove it first.", target=target) from None
    return _alert(row)


def list_all(control: Control, site_id: int | None = None) -> list[Alert]:
    """Return the alerts of a site or of all sites that exist, oldest first."""
    return list(map(_alert, control.rows(_OF_SITES, (site_id,))))


def by_id(control: Control, alert_id: int) -> Alert | None:
    """Return an alert, or None if it was removed."""
    row = control.row(f"{_SELECT} where id = ?", (alert_id,))
    return _alert(row) if row else None


def of_site(control: Control, site_id: int, alert_id: int) -> Alert:
    """Return an alert of a site. Raises AlertError."""
    alert = by_id(control, alert_id)
    if alert is None or alert.site_id != site_id:
        raise AlertError("This alert was removed.")
    return alert


def remove(control: Control, alert: Alert) -> None:
    """Delete an alert."""
    with control.write() as connection:
        connection.execute("delete from alerts where id = ?", (alert.id,))


_OF_SITES = """
select alerts.id, site_id, kind, threshold, target, language, secret
from alerts
join sites on sites.id = site_id
where removed_at is null and (?1 is null or site_id = ?1)
order by alerts.id
"""


def _alert(row: sqlite3.Row) -> Alert:
    number, site_id, kind, threshold, target, language, secret = row
    return Alert(number, site_id, AlertKind(kind), threshold, target, language, secret)
