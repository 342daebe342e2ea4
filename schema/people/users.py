"""Users of the dashboard, their sessions, and single-use sign-in links.

Only the sha256 of a token is stored, so a stolen file does not let anyone sign in.
"""

import hashlib
import re
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schema.people.roles import Right, Role, may
from schema.sentence import SentenceError
from schema.stores.control import Control

LINK_LIFETIME_S = 24 * 3600
MAILED_LINK_LIFETIME_S = 3600
SESSION_LIFETIME_S = 14 * 24 * 3600
MAX_NAME_CHARACTERS = 100
_COLUMNS = "u.id, u.email, u.password_hash, u.language, u.theme, u.is_owner, u.name"
_SELECT = f"select {_COLUMNS} from users u"  # noqa: S608 - constants


class UserError(SentenceError):
    """A user can't be added or found. The message is shown to the user."""


@dataclass(frozen=True, slots=True)
class User:
    id: int
    email: str
    password_hash: str | None
    language: str = ""  # code, such as fr; empty: that of the browser
    theme: str = ""  # light or dark; empty: that of the system
    is_owner: bool = False  # of the whole server
    name: str = ""  # empty: people see the address


@dataclass(frozen=True, slots=True)
class Session:
    user: User
    csrf_token: str
    role: Role | None = None  # on the site of the request; the dashboard fills it
    token_hash: bytes = b""
    used_on: str = ""  # day in UTC, YYYY-MM-DD

    def may(self, right: Right) -> bool:
        """True if the user has a right, on the site of the request."""
        return may(right, role=self.role, is_server_owner=self.user.is_owner)


def normal_email(text: str) -> str:
    """Return an e-mail address in lower case, without surrounding white space. Raises UserError if it is invalid."""
    email = text.strip().lower()
    if len(email) > 254 or not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise UserError("%(text)r is not an e-mail address", text=text)
    return email


def add(control: Control, email: str, *, now: float, is_owner: bool = False) -> User:
    """Store a user without a password. Raises UserError if the address is invalid or taken.

    The address is taken for the user's: they become a member of the sites that it is invited to.
    """
    email = normal_email(email)
    try:
        with control.write() as connection:
            cursor = connection.execute(
                "insert into users (email, created_at, is_owner) values (?, ?, ?)", (email, int(now), is_owner)
            )
            connection.execute(
                "insert into members (site_id, user_id, role) select site_id, ?, role from invitations where email = ?",
                (cursor.lastrowid, email),
            )
            connection.execute("delete from invitations where email = ?", (email,))
    except sqlite3.IntegrityError:
        raise UserError(
            "%(email)s already exists: run `sillage users link %(email)s` for a new sign-in link", email=email
        ) from None
    return User(int(cursor.lastrowid or 0), email, None, is_owner=is_owner)


def list_all(control: Control) -> list[User]:
    """Return all users, sorted by address."""
    return [user_of(row) for row in control.rows(_SELECT + " order by email")]


def by_email(control: Control, email: str) -> User | None:
    """Return the user with this address, or None."""
    row = control.row(_SELECT + " where email = ?", (email.strip().lower(),))
    return user_of(row) if row else None


def by_id(control: Control, user_id: int) -> User | None:
    """Return the user with this id, or None."""
    row = control.row(_SELECT + " where id = ?", (user_id,))
    return user_of(row) if row else None


def set_password(control: Control, user: User, password_hash: str) -> None:
    """Store a password hash and end the user's sessions."""
    with control.write() as connection:
        connection.execute("update users set password_hash = ? where id = ?", (password_hash, user.id))
        connection.execute("delete from sessions where user_id = ?", (user.id,))
        connection.execute("delete from half_sign_ins where user_id = ?", (user.id,))


def prefer(control: Control, user: User, *, language: str, theme: str) -> None:
    """Store the language and the theme of a user. Empty: those of the browser."""
    with control.write() as connection:
        connection.execute("update users set language = ?, theme = ? where id = ?", (language, theme, user.id))


def set_name(control: Control, user: User, name: str) -> str:
    """Store how a user is called, without surrounding white space, and return it. Raises UserError if it is invalid."""
    name = " ".join(name.split())
    if len(name) > MAX_NAME_CHARACTERS or not name.isprintable():
        raise UserError("A name has at most %(most)s printable characters.", most=MAX_NAME_CHARACTERS)
    with control.write() as connection:
        connection.execute("update users set name = ? where id = ?", (name, user.id))
    return name


def make_link(control: Control, user: User | None, *, now: float, lifetime_s: int = LINK_LIFETIME_S) -> str:
    """Return the token of a new sign-in link. It is valid once, and replaces earlier links of the user.

    user: None for the link that creates the first user.
    """
    token = secrets.token_urlsafe(32)
    with control.write() as connection:
        connection.execute("delete from sign_in_links where user_id is ?", (user.id if user else None,))
        connection.execute(
            "insert into sign_in_links values (?, ?, ?)",
            (_hash(token), user.id if user else None, int(now) + lifetime_s),
        )
    return token


@dataclass(frozen=True, slots=True)
class Link:
    user: User | None  # None: creates the first user


def find_link(control: Control, token: str, *, now: float) -> Link | None:
    """Return the link of a token without using it, or None if it is unknown or expired."""
    row = control.row(
        f"select l.user_id, {_COLUMNS}"  # noqa: S608 - constants
        " from sign_in_links l left join users u on u.id = l.user_id"
        " where l.token_hash = ? and l.expires_at > ?",
        (_hash(token), int(now)),
    )
    if row is None:
        return None
    return Link(None if row[0] is None else user_of(row[1:]))


def use_link(control: Control, token: str, *, now: float) -> bool:
    """Use a link. True for the first call only."""
    with control.write() as connection:
        cursor = connection.execute(
            "delete from sign_in_links where token_hash = ? and expires_at > ?",
            (_hash(token), int(now)),
        )
    return cursor.rowcount == 1


def start_session(control: Control, user: User, *, now: float, browser: str = "", system: str = "") -> str:
    """Return the token of a new session, and delete expired sessions. browser, system: names; empty if unknown."""
    token = secrets.token_urlsafe(32)
    with control.write() as connection:
        connection.execute("delete from sessions where expires_at <= ?", (int(now),))
        connection.execute("update users set signed_in_at = ? where id = ?", (int(now), user.id))
        connection.execute(
            "insert into sessions (token_hash, user_id, csrf_token, expires_at, started_at, used_on, browser, system)"
            " values (?1, ?2, ?3, ?4, ?5, date(?5, 'unixepoch'), ?6, ?7)",
            (
                _hash(token),
                user.id,
                secrets.token_urlsafe(32),
                int(now) + SESSION_LIFETIME_S,
                int(now),
                browser,
                system,
            ),
        )
    return token


def find_session(control: Control, token: str, *, now: float) -> Session | None:
    """Return the session of a token, or None if it is unknown or expired."""
    row = control.row(
        f"select s.csrf_token, s.token_hash, s.used_on, {_COLUMNS}"  # noqa: S608 - constants
        " from sessions s join users u on u.id = s.user_id"
        " where s.token_hash = ? and s.expires_at > ?",
        (_hash(token), int(now)),
    )
    return Session(user_of(row[3:]), row[0], None, row[1], row[2]) if row else None


def end_session(control: Control, token: str) -> None:
    """End the session of a token."""
    with control.write() as connection:
        connection.execute("delete from sessions where token_hash = ?", (_hash(token),))


def user_of(row: Sequence[Any]) -> User:
    """Return a user from their columns."""
    return User(row[0], row[1], row[2], row[3], row[4], bool(row[5]), row[6])


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
