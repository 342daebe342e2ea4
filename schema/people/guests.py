"""Guests in the words of the API: people who may view or edit one site, and those who are invited to.

A guest whose address has an account is a member of the site.
"""

import sqlite3
from dataclasses import dataclass

from schema.exclusions import audit
from schema.people.invitations import INVITED
from schema.people.members import REMOVED, end_mail
from schema.people.roles import LABELS, Role
from schema.people.users import UserError, normal_email
from schema.sentence import Sentence, SentenceError
from schema.stores.control import Control

_SELECT = """
select email, role, 0 from invitations where email != '' and role in ('viewer', 'editor') and site_id = ?1
union all
select email, role, 1 from members join users on users.id = user_id
where site_id = ?1 and role in ('viewer', 'editor')
"""


ROLES = (Role.VIEWER, Role.EDITOR)


class GuestError(SentenceError):
    """A guest can't be invited or found. The message is shown to the user."""


@dataclass(frozen=True, slots=True)
class Guest:
    email: str
    role: Role
    has_accepted: bool


def put(control: Control, site_id: int, email: str, role: str, *, who: str, now: float) -> Guest:
    """Invite a guest. An existing guest keeps their role. Raises GuestError. who: for the audit log."""
    try:
        email = normal_email(email)
    except UserError as error:
        raise GuestError(str(error)) from None
    if role not in ROLES:
        raise GuestError("%(role)r is not a role: it must be %(choices)s", role=role, choices=" or ".join(ROLES))
    with control.write() as connection:
        user = connection.execute("select id from users where email = ?", (email,)).fetchone()
        if user is None:
            cursor = connection.execute(
                "insert or ignore into invitations (site_id, email, role) values (?, ?, ?)", (site_id, email, role)
            )
        else:
            cursor = connection.execute(
                "insert or ignore into members (site_id, user_id, role) values (?, ?, ?)", (site_id, user[0], role)
            )
        if cursor.rowcount:
            values = {"email": email, "role": Sentence(LABELS[Role(role)])}
            _note(connection, site_id, who, Sentence(INVITED, values), now)
        guest = next((row for row in connection.execute(_SELECT, (site_id,)) if row[0] == email), None)
    if guest is None:
        raise GuestError("%(email)s is already an administrator or owner of this site", email=email)
    return _guest(guest)


def list_all(control: Control, site_id: int) -> list[Guest]:
    """Return the guests of a site, sorted by address."""
    return [_guest(row) for row in control.rows(f"{_SELECT} order by email", (site_id,))]


def remove(control: Control, site_id: int, email: str, *, who: str, now: float) -> None:
    """Remove a guest. Raises GuestError. who: for the audit log."""
    guest = (site_id, email.strip().lower())
    with control.write() as connection:
        invited = connection.execute("delete from invitations where site_id = ? and email = ? and email != ''", guest)
        joined = connection.execute(
            "delete from members where site_id = ? and user_id = (select id from users where email = ?)"
            " and role in ('viewer', 'editor')",
            guest,
        )
        if not invited.rowcount + joined.rowcount:
            raise GuestError("%(email)s is not a guest of this site", email=email)
        end_mail(connection, site_id, guest[1])
        _note(connection, site_id, who, Sentence(REMOVED, {"email": guest[1]}), now)


def _note(connection: sqlite3.Connection, site_id: int, who: str, change: Sentence, now: float) -> None:
    audit.note(connection, site_id=site_id, who=who, change=change, now=now, topic=audit.PEOPLE)


def _guest(row: sqlite3.Row) -> Guest:
    return Guest(row[0], Role(row[1]), bool(row[2]))
