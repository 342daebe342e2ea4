"""What is sent once: reports and alerts, from the claim to the answer of the mail server or webhook.

A delivery is claimed under a unique key before anything is sent, so restarts and changes of the clock claim nothing
twice. It is WAITING between attempts, and SENDING while its text goes out. A crash before that leaves it WAITING: it is
sent after the restart. A crash while SENDING leaves open whether the other side has accepted it. It probably has, since
its answer takes milliseconds and does not depend on us: the delivery becomes UNCLEAR, is reported, and not sent again.
"""

import sqlite3
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from schema import sentence
from schema.mail.subscriptions import Subscription
from schema.sentence import Sentence
from schema.stores.control import Control

ATTEMPTS = 5
WAITS_S = (300, 1800, 2 * 3600, 6 * 3600)  # after each failed attempt but the last
KEPT_S = 400 * 86_400
REPORTED_FOR_S = 7 * 86_400
BATCH = 100
_SELECT = "select id, subscription_id, alert_id, period, content, state, attempts, at, next_at, problem from deliveries"


class State(StrEnum):
    """How far a delivery is."""

    WAITING = "waiting"  # for its next attempt
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"  # after the last attempt, or a final answer
    UNCLEAR = "unclear"  # interrupted while sending


@dataclass(frozen=True, slots=True)
class Delivery:
    id: int
    subscription_id: int | None
    alert_id: int | None
    period: str
    content: str
    state: State
    attempts: int
    at: int  # epoch seconds
    next_at: int  # epoch seconds
    problem: Sentence | None


def claim_report(control: Control, subscription: Subscription, first: date, *, now: float) -> None:
    """Have a report sent unless it was claimed before. first: the day with which it begins."""
    with control.write() as connection:
        connection.execute(
            "insert or ignore into deliveries (subscription_id, period, state, at, next_at)"
            " select id, ?2, ?3, ?4, ?4 from report_subscriptions where id = ?1",
            (subscription.id, str(first), State.WAITING, int(now)),
        )


def claim_alert(control: Control, alert_id: int, content: str, *, now: float, apart_s: float) -> bool:
    """Have an alert sent unless its last one is too recent. content: JSON. apart_s: at least between two."""
    with control.write() as connection:
        cursor = connection.execute(
            "insert into deliveries (alert_id, period, content, state, at, next_at)"
            " select id, ?2, ?3, ?4, ?5, ?5 from alerts where id = ?1"
            " and not exists (select 1 from deliveries where alert_id = ?1 and cast(period as integer) > ?6)",
            (alert_id, str(int(now)), content, State.WAITING, int(now), now - apart_s),
        )
    return cursor.rowcount == 1


def raised_since(control: Control, time: float) -> frozenset[int]:
    """Return the ids of the alerts that were raised after a time, in epoch seconds."""
    rows = control.rows(
        "select distinct alert_id from deliveries where alert_id is not null and cast(period as integer) > ?", (time,)
    )
    return frozenset(row[0] for row in rows)


def due(control: Control, *, now: float) -> list[Delivery]:
    """Return the deliveries to attempt now, the longest waiting first."""
    rows = control.rows(
        f"{_SELECT} where state = ? and next_at <= ? order by next_at, id limit ?", (State.WAITING, int(now), BATCH)
    )
    return list(map(_delivery, rows))


def begin_sending(control: Control, delivery: Delivery) -> None:
    """Note that the text goes out from now on."""
    _set(control, delivery, State.SENDING)


def note_sent(control: Control, delivery: Delivery, *, now: float) -> None:
    """Note that the other side has accepted it."""
    with control.write() as connection:
        connection.execute(
            "update deliveries set state = ?, attempts = attempts + 1, at = ?, problem = '' where id = ?",
            (State.SENT, int(now), delivery.id),
        )


def note_failure(control: Control, delivery: Delivery, problem: Sentence, *, now: float, is_final: bool) -> bool:
    """Note a failed attempt, and return whether it was the last. is_final: another one is pointless."""
    attempts = delivery.attempts + 1
    is_last = is_final or attempts >= ATTEMPTS
    next_at = int(now) + (0 if is_last else WAITS_S[attempts - 1])
    state = State.FAILED if is_last else State.WAITING
    with control.write() as connection:
        connection.execute(
            "update deliveries set state = ?, attempts = ?, next_at = ?, problem = ? where id = ?",
            (state, attempts, next_at, sentence.written(problem), delivery.id),
        )
    return is_last


def note_interrupted(control: Control) -> int:
    """Return how many deliveries a crash interrupted while their text went out. Call before the first attempt."""
    with control.write() as connection:
        cursor = connection.execute(
            "update deliveries set state = ?, attempts = attempts + 1 where state = ?", (State.UNCLEAR, State.SENDING)
        )
    return cursor.rowcount


def drop_old(control: Control, *, now: float) -> None:
    """Delete deliveries that nobody asks about any more."""
    with control.write() as connection:
        connection.execute("delete from deliveries where at < ?", (now - KEPT_S,))


def latest(control: Control, site_id: int) -> dict[tuple[str, int], Delivery]:
    """Return the last delivery of each subscription and alert of a site, by ("report" or "alert", id)."""
    rows = control.rows(_OF_SITE, (site_id,))
    deliveries = map(_delivery, rows)
    return {
        ("report", one.subscription_id) if one.subscription_id is not None else ("alert", one.alert_id or 0): one
        for one in deliveries
    }


def waiting(control: Control) -> int:
    """Return how many deliveries wait for their next attempt."""
    row = control.row("select count(*) from deliveries where state = ?", (State.WAITING,))
    return int(row[0]) if row else 0


def lost(control: Control, *, since: float, site_id: int | None = None) -> int:
    """Return how many deliveries failed or are unclear since a time, of a site or of all."""
    row = control.row(_LOST, (State.FAILED, State.UNCLEAR, int(since), site_id))
    return int(row[0]) if row else 0


_OF_SITE = f"""
{_SELECT}
where subscription_id in (select id from report_subscriptions where site_id = ?1)
   or alert_id in (select id from alerts where site_id = ?1)
order by id
"""  # noqa: S608 - constants
_LOST = """
select count(*)
from deliveries
left join report_subscriptions on report_subscriptions.id = subscription_id
left join alerts on alerts.id = alert_id
where state in (?1, ?2) and next_at >= ?3
  and (?4 is null or coalesce(report_subscriptions.site_id, alerts.site_id) = ?4)
"""


def _set(control: Control, delivery: Delivery, state: State) -> None:
    with control.write() as connection:
        connection.execute("update deliveries set state = ? where id = ?", (state, delivery.id))


def _delivery(row: sqlite3.Row) -> Delivery:
    number, subscription_id, alert_id, period, content, state, attempts, at, next_at, problem = row
    return Delivery(
        number,
        subscription_id,
        alert_id,
        period,
        content,
        State(state),
        attempts,
        at,
        next_at,
        sentence.restored(problem) if problem else None,
    )
