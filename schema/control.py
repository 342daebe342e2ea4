"""The control file: what people edit (sites, users, exclusions), in SQLite.

Several processes may have it open: the server, and commands that run beside it. Each connection is in autocommit;
`Control.write` groups statements.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from schema.migrate import migrate_control


class Control:
    """One connection to the control file, usable from any thread, one at a time."""

    def __init__(self, path: Path) -> None:
        """Open the file, made readable for its owner alone, and bring it to the present schema.

        Raises MigrationError, sqlite3.Error.
        """
        path.touch(mode=0o600)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = full")  # what is committed survives a power cut
        self._connection.execute("pragma foreign_keys = on")
        migrate_control(self._connection)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return the rows of a statement, `?` filled from parameters."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Row | None:
        """Return the first row, or None."""
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside a transaction that is undone when the block raises."""
        with self._lock:
            self._connection.execute("begin immediate")
            with self._connection:
                yield self._connection

    def version(self) -> int:
        """Return a number that changes when another connection has committed a change."""
        with self._lock:
            return int(self._connection.execute("pragma data_version").fetchone()[0])

    def close(self) -> None:
        with self._lock:
            self._connection.close()
