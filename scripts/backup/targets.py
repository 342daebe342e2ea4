"""Where backups are: a directory with one directory for each backup, or a bucket with the same names."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from scripts.backup import manifest
from scripts.backup.manifest import BackupError

S3 = "s3://"


class Target(Protocol):
    """All methods raise BackupError."""

    def names(self) -> list[str]:
        """Return the names of all backups, incomplete ones too, oldest first."""

    def has(self, backup: str, file: str) -> bool: ...

    def write(self, backup: str, file: str, content: bytes) -> None:
        """Write a file, which survives a power cut once this returns."""

    def read(self, backup: str, file: str) -> bytes: ...

    def remove(self, backup: str) -> None: ...

    def where(self, backup: str) -> str:
        """Return what to call a backup in messages."""


class Directory:
    """Backups in a directory of this machine."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        try:
            return sorted(entry.name for entry in self._path.iterdir() if manifest.is_name(entry.name))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise BackupError(f"{self._path} can't be read: {error.strerror}.") from error

    def has(self, backup: str, file: str) -> bool:
        return (self._path / backup / file).is_file()

    def write(self, backup: str, file: str, content: bytes) -> None:
        path = self._path / backup / file
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with path.open("xb") as output:
                output.write(content)
                output.flush()
                os.fsync(output.fileno())
            _sync(path.parent)
        except OSError as error:
            raise BackupError(f"{path} can't be written: {error.strerror}.") from error

    def read(self, backup: str, file: str) -> bytes:
        path = self._path / backup / file
        try:
            return path.read_bytes()
        except OSError as error:
            raise BackupError(f"{path} can't be read: {error.strerror}.") from error

    def remove(self, backup: str) -> None:
        path = self._path / backup
        try:
            (path / manifest.FILE).unlink(missing_ok=True)  # first, so that a half removed backup is incomplete
            shutil.rmtree(path)
        except OSError as error:
            raise BackupError(f"{path} can't be removed: {error.strerror}.") from error

    def where(self, backup: str) -> str:
        return str(self._path / backup)


def complete(target: Target) -> list[str]:
    """Return the names of the complete backups, oldest first."""
    return [name for name in target.names() if target.has(name, manifest.FILE)]


def superfluous(target: Target, *, keep: int) -> Iterable[str]:
    """Return the backups to remove: all but the newest complete ones, and incomplete ones that are older than those."""
    kept = complete(target)[-keep:]
    return [name for name in target.names() if name not in kept and name < max(kept, default="")]


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
