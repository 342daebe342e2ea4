"""Guests: people invited to view or edit one site. An invitation is accepted once its address has an account."""

import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from schema.people.users import UserError, normal_email
from schema.sentence import SentenceError
from schema.stores.control import Control

_SELECT = (
    "select guests.email, role, users.id is not null from guests left join users on users.email = guests.email"
    " where site_id = ?"
)


class Role(StrEnum):
    """What a guest may do."""

    VIEWER = "viewer"
    EDITOR = "editor"


class GuestError(SentenceError):
    """A guest can't be invited or found. The message is shown to the user."""


@dataclass(frozen=True, slots=True)
class Guest:
    email: str
    role: Role
    has_accepted: bool


def put(control: Control, site_id: int, email: str, role: str) -> Guest:
    """Invite a guest. An existing guest keeps their role. Raises GuestError."""
    try:
        email = normal_email(email)
    except UserError as error:
        raise GuestError(str(error)) from None
    if role not in set(Role):
        raise GuestError("%(role)r is not a role: it must be %(choices)s", role=role, choices=" or ".join(Role))
    with control.write() as connection:
        connection.execute(
            "insert or ignore into guests (site_id, email, role) values (?, ?, ?)", (site_id, email, role)
        )
        return _guest(connection.execute(f"{_SELECT} and guests.email = ?", (site_id, email)).fetchone())


def list_all(control: Control, site_id: int) -> list[Guest]:
    """Return the guests of a site, sorted by address."""
    return [_guest(row) for row in control.rows(f"{_SELECT} order by guests.email", (site_id,))]


def remove(control: Control, site_id: int, email: str) -> None:
    """Remove a guest. Raises GuestError."""
    with control.write() as connection:
        cursor = connection.execute(
            "delete from guests where site_id = ? and email = ?", (site_id, email.strip().lower())
        )
    if not cursor.rowcount:
        raise GuestError("%(email)s is not a guest of this site", email=email)


def _guest(row: sqlite3.Row) -> Guest:
    return Guest(row[0], Role(row[1]), bool(row[2]))
