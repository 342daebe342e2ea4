"""Who receives which report of a site by mail."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from schema.people.users import UserError, normal_email
from schema.sentence import SentenceError
from schema.stores.control import Control

MOST = 100  # of a site
MAX_EMAIL_CHARACTERS = 255  # one more than an address can have
_SELECT = "select id, site_id, email, kind, language, since from report_subscriptions"

_OF_SITES = """
select report_subscriptions.id, site_id, email, kind, language, since
from report_subscriptions
join sites on sites.id = site_id
where removed_at is null and (?1 is null or site_id = ?1)
order by site_id, email, kind desc
"""


class Kind(StrEnum):
    """How often a report is sent."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"


class SubscriptionError(SentenceError):
    """A subscription can't be added or found. The message is shown to the user."""


@dataclass(frozen=True, slots=True)
class Subscription:
    id: int
    site_id: int
    email: str
    kind: Kind
    language: str  # code, such as fr
    since: int  # epoch seconds; only reports that are due later are sent


def add(
    control: Control, site_id: int, email: str, *, kinds: Sequence[Kind], language: str, now: float
) -> list[Subscription]:
    """Send these reports to an address from now on, and return the subscriptions. Raises SubscriptionError."""
    try:
        email = normal_email(email[:MAX_EMAIL_CHARACTERS])
    except UserError as error:
        raise SubscriptionError(error.sentence.text, **error.sentence.values) from None
    if not kinds:
        raise SubscriptionError("Choose the weekly report, the monthly report, or both.")
    with control.write() as connection:
        held = connection.execute("select count(*) from report_subscriptions where site_id = ?", (site_id,)).fetchone()
        if held[0] + len(kinds) > MOST:
            raise SubscriptionError("A site can send at most %(most)s reports. Remove an address first.", most=MOST)
        try:
            rows = [
                connection.execute(
                    "insert into report_subscriptions (site_id, email, kind, language, since) values (?, ?, ?, ?, ?)"
                    " returning id, site_id, email, kind, language, since",
                    (site_id, email, kind, language, int(now)),
                ).fetchone()
                for kind in kinds
            ]
        except sqlite3.IntegrityError:
            raise SubscriptionError("%(email)s already receives this report.", email=email) from None
    return list(map(_subscription, rows))


def list_all(control: Control, site_id: int | None = None) -> list[Subscription]:
    """Return the subscriptions of a site or of all sites that exist, sorted by address, the weekly report first."""
    return list(map(_subscription, control.rows(_OF_SITES, (site_id,))))


def by_id(control: Control, subscription_id: int) -> Subscription | None:
    """Return a subscription, or None if it was removed."""
    row = control.row(f"{_SELECT} where id = ?", (subscription_id,))
    return _subscription(row) if row else None


def of_site(control: Control, site_id: int, subscription_id: int) -> Subscription:
    """Return a subscription of a site. Raises SubscriptionError."""
    subscription = by_id(control, subscription_id)
    if subscription is None or subscription.site_id != site_id:
        raise SubscriptionError("This report is not sent any longer.")
    return subscription


def remove(control: Control, subscription: Subscription) -> None:
    """Stop sending reports to this subscription."""
    with control.write() as connection:
        connection.execute("delete from report_subscriptions where id = ?", (subscription.id,))


def _subscription(row: sqlite3.Row) -> Subscription:
    number, site_id, email, kind, language, since = row
    return Subscription(number, site_id, email, Kind(kind), language, since)
