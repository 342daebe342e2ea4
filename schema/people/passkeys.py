"""The passkeys of users: their public halves. The private halves never leave the browsers and phones."""

from dataclasses import dataclass
from datetime import UTC, datetime

from schema.people.users import User
from schema.sentence import SentenceError
from schema.stores.control import Control

MAX_NAME_CHARACTERS = 100
MAX_PASSKEYS = 20  # of a user
_SELECT = "select id, user_id, credential_id, public_key, sign_count, name, created_at, used_on from passkeys"


class PasskeyError(SentenceError):
    """A passkey can't be stored, found or used. The message is shown to the user."""


@dataclass(frozen=True, slots=True)
class Passkey:
    id: int
    user_id: int
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    created_at: int  # epoch seconds
    used_on: str  # day in UTC; empty: not yet


def of_user(control: Control, user: User) -> list[Passkey]:
    """Return the passkeys of a user, the oldest first."""
    return [Passkey(*row) for row in control.rows(f"{_SELECT} where user_id = ? order by id", (user.id,))]


def by_credential(control: Control, credential_id: bytes) -> Passkey | None:
    """Return the passkey that a browser names, or None."""
    row = control.row(f"{_SELECT} where credential_id = ?", (credential_id,))
    return Passkey(*row) if row else None


def add(
    control: Control, user: User, *, credential_id: bytes, public_key: bytes, sign_count: int, name: str, now: float
) -> None:
    """Store a passkey. Raises PasskeyError."""
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME_CHARACTERS or not name.isprintable():
        raise PasskeyError("The name of a passkey has 1 to %(most)s printable characters.", most=MAX_NAME_CHARACTERS)
    if len(of_user(control, user)) >= MAX_PASSKEYS:
        raise PasskeyError("You have %(most)s passkeys. Remove one before you add another.", most=MAX_PASSKEYS)
    if by_credential(control, credential_id):
        raise PasskeyError("This passkey is already known.")
    with control.write() as connection:
        connection.execute(
            "insert into passkeys (user_id, credential_id, public_key, sign_count, name, created_at)"
            " values (?, ?, ?, ?, ?, ?)",
            (user.id, credential_id, public_key, sign_count, name, int(now)),
        )


def use(control: Control, passkey: Passkey, *, sign_count: int, now: float) -> bool:
    """Note a sign-in. False if it happened in the meantime with the same count or a later one."""
    day = datetime.fromtimestamp(now, UTC).date().isoformat()
    with control.write() as connection:
        cursor = connection.execute(
            "update passkeys set sign_count = ?1, used_on = ?2 where id = ?3 and (sign_count < ?1 or ?1 = 0)",
            (sign_count, day, passkey.id),
        )
    return cursor.rowcount == 1


def remove(control: Control, passkey: Passkey) -> None:
    """Delete a passkey."""
    with control.write() as connection:
        connection.execute("delete from passkeys where id = ?", (passkey.id,))
