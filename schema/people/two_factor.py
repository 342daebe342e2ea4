"""The second factor of users: the sealed secret of their app, recovery codes, and sign-ins that wait for a code.

The secret is sealed before it gets here. Of recovery codes and of waiting sign-ins, only the sha256 is stored.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from schema.people.users import User, user_of
from schema.stores.control import Control

RECOVERY_CODES = 10
HALF_SIGN_IN_LIFETIME_S = 10 * 60
_LETTERS = "abcdefghijkmnopqrstuvwxyz2345678"  # 5 bits each; without l, 0, 1 and 9, which are easily confused
_CODE_LETTERS = 16


@dataclass(frozen=True, slots=True)
class SecondFactor:
    secret: bytes  # sealed
    since: int  # epoch seconds
    codes_left: int


def of_user(control: Control, user_id: int) -> SecondFactor | None:
    """Return the second factor of a user, or None."""
    row = control.row(
        "select secret, since, (select count() from recovery_codes c where c.user_id = t.user_id)"
        " from two_factor t where user_id = ?",
        (user_id,),
    )
    return SecondFactor(*row) if row else None


def new_codes() -> list[str]:
    """Return new recovery codes, such as abcd-efgh-ijkm-nopq."""
    return [_grouped("".join(secrets.choice(_LETTERS) for _ in range(_CODE_LETTERS))) for _ in range(RECOVERY_CODES)]


def turn_on(control: Control, user: User, *, secret: bytes, step: int, codes: Sequence[str], now: float) -> None:
    """Store the second factor of a user instead of an earlier one. step: of the code that confirmed it."""
    with control.write() as connection:
        connection.execute(
            "insert or replace into two_factor (user_id, secret, last_step, since) values (?, ?, ?, ?)",
            (user.id, secret, step, int(now)),
        )
        connection.execute("delete from recovery_codes where user_id = ?", (user.id,))
        connection.executemany("insert into recovery_codes values (?, ?)", [(user.id, _hash_code(c)) for c in codes])


def replace_codes(control: Control, user: User, codes: Sequence[str]) -> None:
    """Store new recovery codes. Earlier ones stop working."""
    with control.write() as connection:
        connection.execute("delete from recovery_codes where user_id = ?", (user.id,))
        connection.executemany("insert into recovery_codes values (?, ?)", [(user.id, _hash_code(c)) for c in codes])


def turn_off(control: Control, user: User) -> None:
    """Delete the second factor of a user and their recovery codes."""
    with control.write() as connection:
        connection.execute("delete from two_factor where user_id = ?", (user.id,))
        connection.execute("delete from recovery_codes where user_id = ?", (user.id,))


def use_step(control: Control, user: User, step: int) -> bool:
    """Note the step of an accepted code. False if a code of this step or a later one was accepted before."""
    with control.write() as connection:
        cursor = connection.execute(
            "update two_factor set last_step = ?1 where user_id = ?2 and last_step < ?1", (step, user.id)
        )
    return cursor.rowcount == 1


def use_code(control: Control, user: User, code: str) -> bool:
    """Use a recovery code. True for the first time only. Case, spaces and hyphens do not matter."""
    with control.write() as connection:
        cursor = connection.execute(
            "delete from recovery_codes where user_id = ? and code_hash = ?", (user.id, _hash_code(code))
        )
    return cursor.rowcount == 1


@dataclass(frozen=True, slots=True)
class HalfSignIn:
    user: User
    next: str  # path to go to


def begin(control: Control, user: User, *, next_path: str, now: float) -> str:
    """Return the token of a sign-in that waits for a code, and delete expired ones."""
    token = secrets.token_urlsafe(32)
    with control.write() as connection:
        connection.execute("delete from half_sign_ins where expires_at <= ?", (int(now),))
        connection.execute(
            "insert into half_sign_ins values (?, ?, ?, ?)",
            (_hash(token), user.id, next_path, int(now) + HALF_SIGN_IN_LIFETIME_S),
        )
    return token


def find(control: Control, token: str, *, now: float) -> HalfSignIn | None:
    """Return the sign-in that waits for a code, or None if it is unknown or expired."""
    row = control.row(
        "select h.next, u.id, u.email, u.password_hash, u.language, u.theme, u.is_owner, u.name"
        " from half_sign_ins h join users u on u.id = h.user_id where h.token_hash = ? and h.expires_at > ?",
        (_hash(token), int(now)),
    )
    return HalfSignIn(user_of(row[1:]), row[0]) if row else None


def end(control: Control, token: str) -> bool:
    """End a sign-in that waits for a code. True for the first time only."""
    with control.write() as connection:
        return connection.execute("delete from half_sign_ins where token_hash = ?", (_hash(token),)).rowcount == 1


def _grouped(letters: str) -> str:
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _hash_code(code: str) -> bytes:
    return _hash("".join(letter for letter in code.lower() if letter.isalnum()))


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()
