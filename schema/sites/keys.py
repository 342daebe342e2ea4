"""API keys, with their scopes and sites.

A key belongs to a user and has at most their rights. It works while they administer its site. A key without a user
belongs to the server: commands create such keys.

A key is shown once, when it is created. Only its sha256 is stored: it is random, so a slower hash is not needed.
"""

import hashlib
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from schema.people.roles import Right, Role, may
from schema.sentence import SentenceError
from schema.stores.control import Control

PREFIX = "sillage_"  # lets people and secret scanners recognize a leaked key
MAX_NAME_CHARACTERS = 100
USE_NOTED_EVERY_S = 60


class Scope(StrEnum):
    """What a key permits."""

    SEND_EVENTS = "events:send"
    IMPORT_EVENTS = "events:import"
    READ_STATS = "stats:read"
    READ_SITES = "sites:read"
    PROVISION_SITES = "sites:provision"  # includes READ_SITES


class AccessKeyError(SentenceError):
    """A key can't be created or found. The message is shown to the user."""


@dataclass(frozen=True, slots=True)
class Key:
    id: int
    name: str
    key_hash: bytes
    scopes: tuple[Scope, ...]
    site_id: int | None  # None: every site
    last_used_at: int | None = None  # epoch seconds, up to a minute old; None: never
    user_id: int | None = None  # None: of the server
    is_of_server: bool = True  # it belongs to the server or one of its owners
    role: Role | None = None  # of its user on its site

    @property
    def is_in_force(self) -> bool:
        """True while its user may have such a key."""
        return self.may(Right.ADMINISTER)

    def may(self, right: Right) -> bool:
        """True if its user has a right on its site."""
        return may(right, role=self.role, is_server_owner=self.is_of_server)

    def permits(self, scope: Scope) -> bool:
        """True if the key has the scope, or one that includes it."""
        return scope in self.scopes or (scope is Scope.READ_SITES and Scope.PROVISION_SITES in self.scopes)


def add(
    control: Control,
    name: str,
    *,
    scopes: Sequence[Scope],
    site_id: int | None,
    now: float,
    user_id: int | None = None,
) -> str:
    """Create a key and return it. Raises AccessKeyError if the name is invalid or taken."""
    name = name.strip()
    if not name or len(name) > MAX_NAME_CHARACTERS:
        raise AccessKeyError("the name of a key must have 1 to %(most)s characters", most=MAX_NAME_CHARACTERS)
    key = PREFIX + secrets.token_urlsafe(32)
    try:
        with control.write() as connection:
            connection.execute(
                "insert into keys (name, key_hash, scopes, site_id, created_at, user_id) values (?, ?, ?, ?, ?, ?)",
                (name, hash_of(key.encode()), " ".join(dict.fromkeys(scopes)), site_id, int(now), user_id),
            )
    except sqlite3.IntegrityError:
        raise AccessKeyError(
            "a key named %(name)s already exists: choose another name, or revoke that key first", name=name
        ) from None
    return key


def list_all(control: Control) -> list[Key]:
    """Return all keys, oldest first."""
    return [_key(row) for row in control.rows(f"{_SELECT} order by keys.id")]


def by_id(control: Control, key_id: int) -> Key:
    """Return the key with this id. Raises AccessKeyError."""
    row = control.row(f"{_SELECT} where keys.id = ?", (key_id,))
    if row is None:
        raise AccessKeyError("there is no key %(key_id)s: run `sillage keys list` to see all keys", key_id=key_id)
    return _key(row)


def by_hash(control: Control, key_hash: bytes) -> Key | None:
    """Return the key with this hash if it is in force, or None."""
    row = control.row(f"{_SELECT} where key_hash = ?", (key_hash,))
    key = _key(row) if row else None
    return key if key is not None and key.is_in_force else None


def note_use(control: Control, key: Key, *, now_s: int) -> None:
    """Store when a key was last used, at most once a minute."""
    if key.last_used_at is not None and now_s < key.last_used_at + USE_NOTED_EVERY_S:
        return
    with control.write() as connection:
        connection.execute("update keys set last_used_at = ? where id = ?", (now_s, key.id))


def remove(control: Control, key_id: int) -> None:
    """Revoke a key. Raises AccessKeyError."""
    key = by_id(control, key_id)
    with control.write() as connection:
        connection.execute("delete from keys where id = ?", (key.id,))


def hash_of(key: bytes) -> bytes:
    """Return the hash under which a key is stored."""
    return hashlib.sha256(key).digest()


_SELECT = """
select keys.id, keys.name, key_hash, scopes, keys.site_id, last_used_at, keys.user_id,
       keys.user_id is null or is_owner as is_of_server, role
from keys
left join users on users.id = keys.user_id
left join members on members.user_id = keys.user_id and members.site_id = keys.site_id
"""


def _key(row: sqlite3.Row) -> Key:
    number, name, key_hash, scopes, site_id, used_at, user_id, is_of_server, role = row
    return Key(
        number,
        name,
        key_hash,
        tuple(map(Scope, scopes.split())),
        site_id,
        used_at,
        user_id,
        bool(is_of_server),
        Role(role) if role else None,
    )
