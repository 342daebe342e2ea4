"""The control file: what people edit (sites, users, exclusions), in SQLite.

Several processes may open it: the server, and commands beside it. Connections are in autocommit mode, and
`Control.write` starts a transaction. A full disk, a lock or a read-only file raises ControlUnavailableError.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from schema.stores.migrate import migrate_control

# SQLite's primary result codes for conditions that pass or that an operator can fix -> the reason.
_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: "another process is writing to it",
    sqlite3.SQLITE_LOCKED: "another process is writing to it",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_IOERR: "the disk is full, or fails",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_CANTOPEN: "it can't be opened",
}


class ControlUnavailableError(sqlite3.OperationalError):
    """The control file can't be read or written now. The message is a sentence with the reason."""


class Control:
    """A connection to the control file. Thread-safe: one thread at a time."""

    def __init__(self, path: Path, *, now: float) -> None:
        """Open the file, private to its owner, and migrate it to the current schema.

        now: epoch seconds, stored with each migration. A file with the current schema can be read-only. Raises
        MigrationError, OSError, sqlite3.Error.
        """
        if not path.exists():
            path.touch(mode=0o600)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._connection.row_factory = sqlite3.Row
        try:
            with _available():
                self._connection.execute("pragma journal_mode = wal")
                self._connection.execute("pragma synchronous = full")  # commits survive a power cut
                self._connection.execute("pragma foreign_keys = on")
                migrate_control(self._connection, now=now)
        except BaseException:
            self._connection.close()
            raise

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return the rows of a statement, `?` filled from parameters. Raises ControlUnavailableError."""
        with self._lock, _available():
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Row | None:
        """Return the first row, or None."""
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Run the block in a transaction, rolled back if it raises. Raises ControlUnavailableError."""
        with self._lock, _available():
            self._connection.execute("begin immediate")
            with self._connection:
                yield self._connection

    def copy_to(self, file: Path) -> None:
        """Write what is committed to a new file, without what was deleted. Raises ControlUnavailableError."""
        with self._lock, _available():
            self._connection.execute("vacuum into ?", (str(file),))

    def version(self) -> int:
        """Return a number that changes when another connection commits. Raises ControlUnavailableError."""
        with self._lock, _available():
            return int(self._connection.execute("pragma data_version").fetchone()[0])

    def close(self) -> None:
        with self._lock:
            self._connection.close()


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary one
        if code not in _UNAVAILABLE:
            raise
        raise ControlUnavailableError(f"The control file can't be used: {_UNAVAILABLE[code]}.") from error
