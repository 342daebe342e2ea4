"""Keys that programs show: what each one is for, and of which site.

A key is shown once, when it is made, and stored as sha256 only: it is random, so no slower hash is needed.
"""

import hashlib
import secrets
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from schema.control import Control

PREFIX = "sillage_"  # so that scanners, and people, know one where it does not belong
MAX_NAME_CHARACTERS = 100


class Scope(StrEnum):
    """What a key lets a program do."""

    SEND_EVENTS = "events:send"


class AccessKeyError(ValueError):
    """A key can't be made or found; the message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Key:
    id: int
    name: str
    key_hash: bytes
    scopes: tuple[Scope, ...]
    site_id: int | None  # None: every site


def add(control: Control, name: str, *, scopes: Sequence[Scope], site_id: int | None) -> str:
    """Store a new key and return it, for the only time. Raises AccessKeyError on a name that is none or taken."""
    name = name.strip()
    if not name or len(name) > MAX_NAME_CHARACTERS:
        raise AccessKeyError(f"a key needs a name of 1 to {MAX_NAME_CHARACTERS} characters, to know it by")
    key = PREFIX + secrets.token_urlsafe(32)
    try:
        with control.write() as connection:
            connection.execute(
                "insert into keys (name, key_hash, scopes, site_id, created_at) values (?, ?, ?, ?, ?)",
                (name, hash_of(key.encode()), " ".join(dict.fromkeys(scopes)), site_id, int(time.time())),
            )
    except sqlite3.IntegrityError:
        raise AccessKeyError(f"there is a key named {name} already: choose another name, or remove it first") from None
    return key


def list_all(control: Control) -> list[Key]:
    """Return every key, oldest first."""
    rows = control.rows("select id, name, key_hash, scopes, site_id from keys order by id")
    return [Key(row[0], row[1], row[2], tuple(map(Scope, row[3].split())), row[4]) for row in rows]


def remove(control: Control, key_id: int) -> None:
    """End a key at once. Raises AccessKeyError where there is none of that number."""
    with control.write() as connection:
        cursor = connection.execute("delete from keys where id = ?", (key_id,))
    if not cursor.rowcount:
        raise AccessKeyError(f"there is no key {key_id}: `sillage keys list` shows them")


def hash_of(key: bytes) -> bytes:
    """Return what is stored of a key."""
    return hashlib.sha256(key).digest()
