"""Users as the identity provider of the company knows them."""

from dataclasses import dataclass

from schema.people import members, users
from schema.people.roles import RIGHTS, Role
from schema.people.users import User
from schema.stores.control import Control


@dataclass(frozen=True, slots=True)
class Identity:
    issuer: str
    subject: str  # of the person, unique for the issuer
    email: str  # empty if the provider does not vouch for it


def user_of(control: Control, identity: Identity, *, now: float) -> User | None:
    """Return the user of an identity, or None.

    The first time, the verified address decides: of an account, or of an invitation, which creates one.
    """
    row = control.row(
        "select email from users join identities on user_id = users.id where issuer = ? and subject = ?",
        (identity.issuer, identity.subject),
    )
    if row:
        return users.by_email(control, row["email"])
    if not identity.email:
        return None
    user = users.by_email(control, identity.email) or _invited(control, identity.email, now=now)
    if user:
        with control.write() as connection:
            connection.execute(
                "insert or ignore into identities (issuer, subject, user_id) values (?, ?, ?)",
                (identity.issuer, identity.subject, user.id),
            )
    return user


def _invited(control: Control, email: str, *, now: float) -> User | None:
    """Return the new account of an invited address, with the roles of its invitations; None without any."""
    email = users.normal_email(email)
    rows = control.rows("select site_id, role from invitations where email = ? and expires_at > ?", (email, int(now)))
    if not rows:
        return None
    user = users.add(control, email, now=now)
    with control.write() as connection:
        for row in rows:
            present, role = members.role_in(connection, row["site_id"], user.id), Role(row["role"])
            if present is None or RIGHTS[present] < RIGHTS[role]:
                members.put_in(connection, row["site_id"], user.id, role)
        connection.execute("delete from invitations where email = ?", (email,))
    return user
