"""Invitations to a site, for a role: links that work once, within a week.

Only the sha256 of a token is stored. A link that expired, was used or was revoked is the same as one that never
existed, so a guess reveals nothing.
"""

import hashlib
import secrets
import sqlite3
from dataclasses import dataclass

from schema.exclusions import audit
from schema.people import members
from schema.people.roles import LABELS, RIGHTS, Role
from schema.people.users import User, UserError, normal_email
from schema.sentence import Sentence, SentenceError, later
from schema.stores.control import Control

LIFETIME_S = 7 * 24 * 3600
ANYBODY = later("anybody with the link")
INVITED = later("Invited %(email)s with the role %(role)s.")
_SELECT = "select id, site_id, email, role, expires_at from invitations"


class InvitationError(SentenceError):
    """Somebody can't be invited. The message is shown to the user."""


@dataclass(frozen=True, slots=True)
class Invitation:
    id: int
    site_id: int
    email: str  # empty: for anybody who has the link
    role: Role
    expires_at: int | None  # epoch seconds, of the link; None: no link yet


def invite(control: Control, site_id: int, email: str, role: Role, *, who: str, now: float) -> str:
    """Store an invitation and return the token of its link. Raises InvitationError.

    email: empty for anybody who has the link. An earlier invitation of the address ends. who: for the audit log.
    """
    email = _checked_email(email)
    token = secrets.token_urlsafe(32)
    with control.write() as connection:
        if members.has_member(connection, site_id, email):
            raise InvitationError("%(email)s already has access to this site.", email=email)
        connection.execute("delete from invitations where site_id = ? and email = ? and email != ''", (site_id, email))
        connection.execute(
            "insert into invitations (site_id, email, role, token_hash, expires_at) values (?, ?, ?, ?, ?)",
            (site_id, email, role, _hash(token), int(now) + LIFETIME_S),
        )
        _note(connection, site_id, who, _of(email, role, INVITED), now)
    return token


def renew(control: Control, invitation: Invitation, *, who: str, now: float) -> str:
    """Return the token of a new link, which replaces the earlier one."""
    token = secrets.token_urlsafe(32)
    with control.write() as connection:
        connection.execute(
            "update invitations set token_hash = ?, expires_at = ? where id = ?",
            (_hash(token), int(now) + LIFETIME_S, invitation.id),
        )
        text = later("Renewed the invitation of %(email)s with the role %(role)s.")
        change = _of(invitation.email, invitation.role, text)
        _note(connection, invitation.site_id, who, change, now)
    return token


def revoke(control: Control, invitation: Invitation, *, who: str, now: float) -> None:
    """Delete an invitation."""
    with control.write() as connection:
        connection.execute("delete from invitations where id = ?", (invitation.id,))
        text = later("Revoked the invitation of %(email)s with the role %(role)s.")
        change = _of(invitation.email, invitation.role, text)
        _note(connection, invitation.site_id, who, change, now)


def part(control: Control, site_id: int, *, most: int, search: str = "") -> list[Invitation]:
    """Return at most that many invitations of a site, newest first. search: part of an address."""
    rows = control.rows(
        f"{_SELECT} where site_id = ? and instr(email, ?) order by id desc limit ?", (site_id, search.lower(), most)
    )
    return list(map(_invitation, rows))


def by_id(control: Control, site_id: int, invitation_id: int) -> Invitation:
    """Return an invitation of a site. Raises InvitationError."""
    row = control.row(f"{_SELECT} where site_id = ? and id = ?", (site_id, invitation_id))
    if row is None:
        raise InvitationError("This invitation no longer exists.")
    return _invitation(row)


def by_token(control: Control, token: str, *, now: float) -> Invitation | None:
    """Return the invitation that a link still opens, or None."""
    row = control.row(f"{_SELECT} where token_hash = ? and expires_at > ?", (_hash(token), int(now)))
    return _invitation(row) if row else None


def accept(control: Control, token: str, user: User, *, now: float) -> bool:
    """Make a user a member, and use the link up. True for the first call only. A greater role is kept."""
    with control.write() as connection:
        return _accept(connection, token, user.id, user.email, now=now)


def accept_as_new(control: Control, token: str, email: str, *, now: float) -> User | None:
    """Create the account of a member, and use the link up; None if it was used in the meantime. Raises UserError.

    An invitation that names an address creates the account of this address.
    """
    invitation = by_token(control, token, now=now)
    if invitation is None:
        return None
    email = normal_email(invitation.email or email)
    try:
        with control.write() as connection:
            cursor = connection.execute("insert into users (email, created_at) values (?, ?)", (email, int(now)))
            user = User(int(cursor.lastrowid or 0), email, None)
            if not _accept(connection, token, user.id, email, now=now):
                connection.execute("delete from users where id = ?", (user.id,))
                return None
    except sqlite3.IntegrityError:
        raise UserError("%(email)s already has an account: sign in, then accept the invitation.", email=email) from None
    return user


def _accept(connection: sqlite3.Connection, token: str, user_id: int, email: str, *, now: float) -> bool:
    row = connection.execute(
        "delete from invitations where token_hash = ? and expires_at > ? returning site_id, role",
        (_hash(token), int(now)),
    ).fetchone()
    if row is None:
        return False
    site_id, role = row[0], Role(row[1])
    present = members.role_in(connection, site_id, user_id)
    if present is None or RIGHTS[present] < RIGHTS[role]:
        members.put_in(connection, site_id, user_id, role)
    _note(connection, site_id, email, Sentence("Joined with the role %(role)s.", {"role": Sentence(LABELS[role])}), now)
    return True


def _checked_email(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return normal_email(text)
    except UserError:
        raise InvitationError("%(text)r is not an e-mail address", text=text[:100]) from None


def _of(email: str, role: Role, text: str) -> Sentence:
    return Sentence(text, {"email": email or Sentence(ANYBODY), "role": Sentence(LABELS[role])})


def _note(connection: sqlite3.Connection, site_id: int, who: str, change: Sentence, now: float) -> None:
    audit.note(connection, site_id=site_id, who=who, change=change, now=now, topic=audit.PEOPLE)


def _invitation(row: sqlite3.Row) -> Invitation:
    return Invitation(row[0], row[1], row[2], Role(row[3]), row[4])


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
