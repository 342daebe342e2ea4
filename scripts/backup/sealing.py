"""Encryption of the files of a backup in the format of age: the program `age` decrypts them without Sillage.

A backup has a key of its own. The file key.age contains it, encrypted with the passphrase. All other files are
encrypted for this key, so the passphrase is stretched once a backup and not once a file: it takes a second.
"""

import hashlib
import hmac
from pathlib import Path
from typing import Protocol

import msgspec
import pyrage

from scripts.backup.manifest import BackupError, Manifest

KEY_FILE = "key.age"
SUFFIX = ".age"
MIN_CHARACTERS = 12


class Sealing(Protocol):
    """How the files of a backup are encrypted."""

    @property
    def suffix(self) -> str:
        """Return the end of the names of files."""

    @property
    def key(self) -> bytes | None:
        """Return the content of KEY_FILE."""

    def seal(self, content: bytes) -> bytes: ...

    def unseal(self, content: bytes) -> bytes:
        """Return the content. Raises BackupError."""

    def signature(self, manifest: Manifest) -> str: ...


class Open:
    """No encryption."""

    suffix = ""
    key = None

    def seal(self, content: bytes) -> bytes:
        """Return the content as it is."""
        return content

    def unseal(self, content: bytes) -> bytes:
        """Return the content as it is."""
        return content

    def signature(self, manifest: Manifest) -> str:  # noqa: ARG002
        """Return nothing: without a key, everyone could write it."""
        return ""


class Sealed:
    """Encryption for a key."""

    suffix = SUFFIX

    def __init__(self, identity: pyrage.x25519.Identity, key: bytes | None = None) -> None:
        """key: content of KEY_FILE."""
        self._identity = identity
        self._recipient = identity.to_public()
        self.key = key

    def seal(self, content: bytes) -> bytes:
        """Return the encrypted content."""
        return bytes(pyrage.encrypt(content, [self._recipient]))

    def unseal(self, content: bytes) -> bytes:
        """Return the decrypted content. Raises BackupError."""
        try:
            return bytes(pyrage.decrypt(content, [self._identity]))
        except pyrage.DecryptError:
            raise BackupError("A file of the backup can't be decrypted. It belongs to another backup.") from None

    def signature(self, manifest: Manifest) -> str:
        """Return a hash that only those who can decrypt the backup can make: of everything but itself."""
        rest = msgspec.json.encode(msgspec.structs.replace(manifest, seal=""))
        return hmac.new(str(self._identity).encode(), rest, hashlib.sha256).hexdigest()


def new(passphrase: str | None) -> Sealing:
    """Return the encryption of a new backup. None: it is not encrypted."""
    if passphrase is None:
        return Open()
    identity = pyrage.x25519.Identity.generate()
    return Sealed(identity, pyrage.passphrase.encrypt(str(identity).encode(), passphrase))


def of_key(key: bytes, passphrase: str) -> Sealing:
    """Return the encryption of a backup with this KEY_FILE. Raises BackupError."""
    try:
        identity = pyrage.passphrase.decrypt(key, passphrase).decode()
        return Sealed(pyrage.x25519.Identity.from_str(identity))
    except (pyrage.DecryptError, pyrage.IdentityError, UnicodeDecodeError):
        raise BackupError("The passphrase is not the one of the backup.") from None


def check(manifest: Manifest, sealing: Sealing, *, where: str) -> None:
    """Raise BackupError if the manifest of an encrypted backup was changed."""
    if not hmac.compare_digest(manifest.seal, sealing.signature(manifest)):
        raise BackupError(f"The manifest of {where} was changed after the backup. Don't trust this backup.")


def passphrase_of(file: Path | None) -> str | None:
    """Return the passphrase that a file contains, without white space around it. Raises BackupError."""
    if file is None:
        return None
    try:
        passphrase = file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise BackupError(f"The passphrase can't be read from {file}: {error}.") from None
    if len(passphrase) < MIN_CHARACTERS:
        raise BackupError(f"The passphrase in {file} is too short. Choose one of {MIN_CHARACTERS} characters or more.")
    return passphrase
