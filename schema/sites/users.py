"""Who may open the dashboard: users, their sessions, and links that sign in once.

Tokens are stored as sha256 only: whoever reads the file can't sign in with what is in it.
"""

import hashlib
import re
import secrets
import sqlite3
from dataclasses import dataclass

from schema.stores.control import Control

LINK_LIFETIME_S = 24 * 3600
SESSION_LIFETIME_S = 14 * 24 * 3600


class UserError(ValueError):
    """A user can't be added or found; the message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class User:
    id: int
    email: str
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class Session:
    user: User
    csrf_token: str


def normal_email(text: str) -> str:
    """Return an e-mail address as users are known by. Raises UserError on what can't be one."""
    email = text.strip().lower()
    if len(email) > 254 or not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise UserError(f"{text!r} is not an e-mail address")
    return email


def add(control: Control, email: str, *, now: float) -> User:
    """Store a user without a password. Raises UserError on a bad or taken address."""
    email = normal_email(email)
    try:
        with control.write() as connection:
            cursor = connection.execute("insert into users (email, created_at) values (?, ?)", (email, int(now)))
    except sqlite3.IntegrityError:
        raise UserError(f"{email} exists already: `sillage users link {email}` gives a new sign-in link") from None
    return User(int(cursor.lastrowid or 0), email, None)


def list_all(control: Control) -> list[User]:
    """Return every user, by address."""
    return [User(*row) for row in control.rows("select id, email, password_hash from users order by email")]


def by_email(control: Control, email: str) -> User | None:
    """Return the user of an address, or None."""
    row = control.row("select id, email, password_hash from users where email = ?", (email.strip().lower(),))
    return User(*row) if row else None


def remove(control: Control, email: str) -> None:
    """Delete a user and sign them out everywhere. Raises UserError."""
    with control.write() as connection:
        cursor = connection.execute("delete from users where email = ?", (email.strip().lower(),))
    if not cursor.rowcount:
        raise UserError(f"{email} is not a user here: `sillage users list` shows them")


def set_password(control: Control, user: User, password_hash: str) -> None:
    """Store a password hash and end the user's sessions."""
    with control.write() as connection:
        connection.execute("update users set password_hash = ? where id = ?", (password_hash, user.id))
        connection.execute("delete from sessions where user_id = ?", (user.id,))


def make_link(control: Control, user: User | None, *, now: float) -> str:
    """Return the token of a new link that signs in once, within a day; earlier links of the same user end.

    user: None for the link of the first start, with which the first user is made.
    """
    token = secrets.token_urlsafe(32)
    with control.write() as connection:
        connection.execute("delete from sign_in_links where user_id is ?", (user.id if user else None,))
        connection.execute(
            "insert into sign_in_links values (?, ?, ?)",
            (_hash(token), user.id if user else None, int(now) + LINK_LIFETIME_S),
        )
    return token


@dataclass(frozen=True, slots=True)
class Link:
    user: User | None  # None: makes the first user


def find_link(control: Control, token: str, *, now: float) -> Link | None:
    """Return what a link's token stands for without using it up, or None when it is unknown or too old."""
    row = control.row(
        "select l.user_id, u.id, u.email, u.password_hash from sign_in_links l left join users u on u.id = l.user_id"
        " where l.token_hash = ? and l.expires_at > ?",
        (_hash(token), int(now)),
    )
    if row is None:
        return None
    return Link(None if row[0] is None else User(row[1], row[2], row[3]))


def use_link(control: Control, token: str, *, now: float) -> bool:
    """Use a link up; True for the one caller who did."""
    with control.write() as connection:
        cursor = connection.execute(
            "delete from sign_in_links where token_hash = ? and expires_at > ?",
            (_hash(token), int(now)),
        )
    return cursor.rowcount == 1


def start_session(control: Control, user: User, *, now: float) -> str:
    """Return the token of a new session; sessions past their end are swept out."""
    token = secrets.token_urlsafe(32)
    with control.write() as connection:
        connection.execute("delete from sessions where expires_at <= ?", (int(now),))
        connection.execute(
            "insert into sessions values (?, ?, ?, ?)",
            (_hash(token), user.id, secrets.token_urlsafe(32), int(now) + SESSION_LIFETIME_S),
        )
    return token


def find_session(control: Control, token: str, *, now: float) -> Session | None:
    """Return the session of a cookie's token, or None."""
    row = control.row(
        "select u.id, u.email, u.password_hash, s.csrf_token from sessions s join users u on u.id = s.user_id"
        " where s.token_hash = ? and s.expires_at > ?",
        (_hash(token), int(now)),
    )
    return Session(User(row[0], row[1], row[2]), row[3]) if row else None


def end_session(control: Control, token: str) -> None:
    """Sign out."""
    with control.write() as connection:
        connection.execute("delete from sessions where token_hash = ?", (_hash(token),))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
