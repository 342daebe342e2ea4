"""API keys, with their scopes and sites.

A key is shown once, when it is created. Only its sha256 is stored: it is random, so a slower hash is not needed.
"""

import hashlib
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

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

    def permits(self, scope: Scope) -> bool:
        """True if the key has the scope, or one that includes it."""
        return scope in self.scopes or (scope is Scope.READ_SITES and Scope.PROVISION_SITES in self.scopes)


def add(control: Control, name: str, *, scopes: Sequence[Scope], site_id: int | None, now: float) -> str:
    """Create a key and return it. Raises AccessKeyError if the name is invalid or taken."""
    name = name.strip()
    if not name or len(name) > MAX_NAME_CHARACTERS:
        raise AccessKeyError("the name of a key must have 1 to %(most)s characters", most=MAX_NAME_CHARACTERS)
    key = PREFIX + secrets.token_urlsafe(32)
    try:
        with control.write() as connection:
            connection.execute(
                "insert into keys (name, key_hash, scopes, site_id, created_at) values (?, ?, ?, ?, ?)",
                (name, hash_of(key.encode()), " ".join(dict.fromkeys(scopes)), site_id, int(now)),
            )
    except sqlite3.IntegrityError:
        raise AccessKeyError(
            "a key named %(name)s already exists: choose another name, or revoke that key first", name=name
        ) from None
    return key


def list_all(control: Control) -> list[Key]:
    """Return all keys, oldest first."""
    return [_key(row) for row in control.rows(f"{_SELECT} order by id")]


def by_id(control: Control, key_id: int) -> Key:
    """Return the key with this id. Raises AccessKeyError."""
    row = control.row(f"{_SELECT} where id = ?", (key_id,))
    if row is None:
        raise AccessKeyError("there is no key %(key_id)s: run `sillage keys list` to see all keys", key_id=key_id)
    return _key(row)


def by_hash(control: Control, key_hash: bytes) -> Key | None:
    """Return the key with this hash, or None."""
    row = control.row(f"{_SELECT} where key_hash = ?", (key_hash,))
    return _key(row) if row else None


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


_SELECT = "select id, name, key_hash, scopes, site_id, last_used_at from keys"


def _key(row: sqlite3.Row) -> Key:
    return Key(row[0], row[1], row[2], tuple(map(Scope, row[3].split())), row[4], row[5])
