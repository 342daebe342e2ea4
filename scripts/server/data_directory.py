"""The data directory of a running server: one at a time."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

from scripts.config.loading import ConfigError


class DataDirectory:
    """The lock of the data directory, for one server at a time, and its own directory for temporary files.

    The embedded ClickHouse passes inserts through temporary files, which must not be left elsewhere.
    """

    def __init__(self, path: Path) -> None:
        """Lock the directory. Raises ConfigError."""
        self.path = path
        self._lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(self._lock, 20).decode() or "?"
            os.close(self._lock)
            raise ConfigError(
                f"another Sillage (process {owner}) uses the data directory {path}: "
                "stop it, or choose another directory with --data-dir"
            ) from None
        os.truncate(self._lock, 0)
        os.write(self._lock, str(os.getpid()).encode())
        self.temporary = path / "tmp"
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.temporary.mkdir(mode=0o700)
        tempfile.tempdir = str(self.temporary)

    def release(self) -> None:
        """Release the lock."""
        tempfile.tempdir = None
        shutil.rmtree(self.temporary, ignore_errors=True)
        os.close(self._lock)
