"""What is stored about a user, for the user: read, correct and delete it. Accounts that nobody uses are deleted.

The audit log keeps what was changed after a deletion, without the name.
"""

import sqlite3
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from schema.exclusions import audit
from schema.people.users import User, UserError, normal_email
from schema.privacy.profile import DAYS_A_MONTH
from schema.sentence import Sentence
from schema.stores.control import Control

DELETED = "a deleted account"  # in the audit log
_DAY_S = 86_400

# What the export contains -> where it is stored. Hashes of tokens and keys, and the secret of codes, are secrets.
_OF_USER: Mapping[str, str] = MappingProxyType(
    {
        "sessions": "select started_at, used_on, expires_at, browser, system from sessions where user_id = ?",
        "two_factor": "select since, (select count() from recovery_codes c where c.user_id = t.user_id)"
        " as recovery_codes from two_factor t where user_id = ?",
        "passkeys": "select name, created_at, used_on, sign_count from passkeys where user_id = ?",
        "identities": "select issuer, subject from identities where user_id = ?",
        "segments": "select domain as site, segments.name, filters from segments join sites on sites.id = site_id"
        " where user_id = ?",
        "notes": "select domain as site, day, note from annotations join sites on sites.id = site_id where user_id = ?",
        "sites": "select domain as site, role from members join sites on sites.id = site_id where user_id = ?"
        " order by 1",
        "api_keys": "select keys.name, domain as site, scopes, keys.created_at, last_used_at"
        " from keys left join sites on sites.id = site_id where user_id = ? order by keys.id",
    }
)
_OF_EMAIL: Mapping[str, str] = MappingProxyType(
    {
        "invitations": "select domain as site, role from invitations join sites on sites.id = site_id where email = ?",
        "reports_by_mail": "select domain as site, kind, report_subscriptions.language, since"
        " from report_subscriptions join sites on sites.id = site_id where email = ? order by 1, 2",
        "alerts": "select domain as site, kind, threshold from alerts join sites on sites.id = site_id where target = ?"
        " order by 1, 2",
        "changes": "select at, change from audit_log where who = ? order by id",
    }
)


def export(control: Control, user: User) -> dict[str, Any]:
    """Return everything that is stored about a user, as JSON values. Times are epoch seconds."""
    created_at, signed_in_at, has_password = control.rows(
        "select created_at, signed_in_at, password_hash is not null from users where id = ?", (user.id,)
    )[0]
    return {
        "email": user.email,
        "name": user.name,
        "created_at": created_at,
        "last_sign_in_at": signed_in_at,
        "has_password": bool(has_password),  # its hash is a secret
        "language": user.language,
        "theme": user.theme,
        "is_server_owner": user.is_owner,
        **{name: _rows(control, sql, user.id) for name, sql in _OF_USER.items()},
        **{name: _rows(control, sql, user.email) for name, sql in _OF_EMAIL.items()},
    }


def correct(control: Control, user: User, email: str) -> str:
    """Store another address of a user, also in invitations and the audit log, and return it. Raises UserError."""
    email = normal_email(email)
    if email == user.email:
        return email
    try:
        with control.write() as connection:
            connection.execute("update users set email = ? where id = ?", (email, user.id))
            connection.execute("update or replace invitations set email = ? where email = ?", (email, user.email))
            connection.execute(
                "update or replace report_subscriptions set email = ? where email = ?", (email, user.email)
            )
            connection.execute("update or replace alerts set target = ? where target = ?", (email, user.email))
            audit.rename(connection, user.email, email)
    except sqlite3.IntegrityError:
        raise UserError("%(email)s already has an account.", email=email) from None
    return email


def delete(control: Control, user: User, *, may_be_last: bool) -> None:
    """Delete a user and what is theirs alone. Raises UserError for the last owner of the server, unless they may go."""
    with control.write() as connection:
        others = connection.execute("select count() from users where is_owner and id != ?", (user.id,)).fetchone()[0]
        if not may_be_last and user.is_owner and not others:
            raise UserError("This is the only owner of the server: make somebody else an owner first.")
        _delete(connection, user)


def delete_unused(control: Control, *, months: int, now: float) -> int:
    """Delete the accounts without a sign-in for some months, and return how many. Keeps the latest used owner."""
    before = int(now - months * DAYS_A_MONTH * _DAY_S)
    with control.write() as connection:
        rows = connection.execute(
            "select id, email, null from users where coalesce(signed_in_at, created_at) < ?1"
            " and id != (select id from users"
            " order by is_owner desc, coalesce(signed_in_at, created_at) desc, id desc limit 1)",
            (before,),
        ).fetchall()
        for row in rows:
            _delete(connection, User(*row))
            change = Sentence("Deleted an account without a sign-in for %(months)s months.", {"months": months})
            audit.note(connection, site_id=None, who=audit.AUTOMATIC, change=change, now=now, topic=audit.PRIVACY)
    return len(rows)


def _delete(connection: sqlite3.Connection, user: User) -> None:
    connection.execute("delete from users where id = ?", (user.id,))
    connection.execute("delete from invitations where email = ?", (user.email,))
    connection.execute("delete from report_subscriptions where email = ?", (user.email,))
    connection.execute("delete from alerts where target = ?", (user.email,))
    audit.rename(connection, user.email, DELETED)


def _rows(control: Control, sql: str, value: object) -> list[dict[str, Any]]:
    return [dict(row) for row in control.rows(sql, (value,))]
