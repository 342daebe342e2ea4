"""The browsers in which a user is signed in, for the user: when they signed in, their last use by day, and an end.

The names of browser and system come from the user agent of the sign-in. No address is stored.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from schema.people.users import Session, User
from schema.stores.control import Control

_ID_BYTES = 8  # of the hash: enough to tell a user's browsers apart, and useless to sign in


@dataclass(frozen=True, slots=True)
class SignedInBrowser:
    id: str
    browser: str  # empty: unknown
    system: str  # empty: unknown
    since: date
    used_on: date
    is_this: bool  # the browser of the request


def of_session(control: Control, session: Session, *, now: float) -> list[SignedInBrowser]:
    """Return the browsers in which the user of a session is signed in: its own first, then the latest used."""
    rows = control.rows(
        "select token_hash, browser, system, started_at, used_on from sessions where user_id = ? and expires_at > ?"
        " order by token_hash != ?, used_on desc, started_at desc",
        (session.user.id, int(now), session.token_hash),
    )
    return [
        SignedInBrowser(
            id=row["token_hash"][:_ID_BYTES].hex(),
            browser=row["browser"],
            system=row["system"],
            since=_day(row["started_at"]),
            used_on=date.fromisoformat(row["used_on"]),
            is_this=row["token_hash"] == session.token_hash,
        )
        for row in rows
    ]


def end(control: Control, user: User, browser_id: str) -> None:
    """Sign a user out in one of their browsers."""
    with control.write() as connection:
        connection.execute(
            "delete from sessions where user_id = ? and lower(hex(substr(token_hash, 1, ?))) = ?",
            (user.id, _ID_BYTES, browser_id),
        )


def end_all(control: Control, user: User) -> None:
    """Sign a user out everywhere."""
    with control.write() as connection:
        connection.execute("delete from sessions where user_id = ?", (user.id,))
        connection.execute("delete from half_sign_ins where user_id = ?", (user.id,))


def note_use(control: Control, session: Session, *, now: float) -> None:
    """Store the day on which a session is used, once a day."""
    today = _day(now).isoformat()
    if session.used_on != today:
        with control.write() as connection:
            connection.execute("update sessions set used_on = ? where token_hash = ?", (today, session.token_hash))


def _day(time_s: float) -> date:
    return datetime.fromtimestamp(time_s, UTC).date()
