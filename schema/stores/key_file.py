"""Random keys in the data directory. A copy of the control file is useless without them.

A key must survive a power cut once it is used: a new key is synced before it gets its name.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from schema.stores.disk import sync

KEY_BYTES = 32
HOMES = "homes.key"  # of schema.exclusions.home
LINKS = "links.key"  # of schema.privacy.signed_links
BROWSERS = "browsers.key"  # of dashboard.access.known_browsers
TWO_FACTOR = "two_factor.key"  # of dashboard.access.second_factor


class KeyFileError(ValueError):
    """A key file is invalid. The message is for the operator."""


def read(data_dir: Path, name: str) -> bytes:
    """Return a key, created if necessary. Raises KeyFileError, OSError."""
    file = data_dir / name
    if not file.exists():
        _make(file)
    key = file.read_bytes()
    if len(key) != KEY_BYTES:
        raise KeyFileError(
            f"{file} has {len(key)} bytes, and a key has {KEY_BYTES}: restore it from a backup. Without one, remove it:"
            " a new key is made, and what needs the old one (rules of homes, links that were given out) stops working"
        )
    return key


def _make(file: Path) -> None:
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(secrets.token_bytes(KEY_BYTES))
        out.flush()
        os.fsync(out.fileno())
    with suppress(FileExistsError):  # another process was first
        os.link(fresh, file)
    fresh.unlink()
    sync(file.parent)
