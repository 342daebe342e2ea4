"""What the running server answers to `sillage backup`, on its own socket: a snapshot of all it stores, in pieces."""

import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import msgspec

from schema.days.rollups import Rollups
from schema.stores import snapshot
from schema.stores.control import Control, ControlUnavailableError
from schema.stores.database import ClickHouseError, Database, DatabaseUnavailableError, QueryLimitError
from schema.stores.snapshot import Piece

IDLE_S = 600.0  # after which the snapshot of a command that was interrupted is dropped
TAKE = "take"
DROP = "drop"
CONTROL_COPY = "control.backup"  # in the directory for temporary files


class Taken(msgspec.Struct, frozen=True):
    """What there is to read."""

    pieces: list[tuple[str, int]]  # table, rows
    rows: dict[str, int]  # by table
    control: str  # path of the copy of the control file


class Snapshots:
    """At most one snapshot. All methods may be called in threads."""

    def __init__(
        self, control: Control, database: Database, rollups: Rollups, *, temporary: Path, clock: Callable[[], float]
    ) -> None:
        """temporary: a directory for the copy of the control file. clock: monotonic seconds."""
        self._control = control
        self._database = database
        self._rollups = rollups
        self._copy = temporary / CONTROL_COPY
        self._clock = clock
        self._lock = threading.Lock()
        self._pieces: list[Piece] = []
        self._is_taken = False
        self._used_at = clock()

    def take(self) -> Taken:
        """Copy all tables and the control file, as they are at one moment. Raises as a command to ClickHouse does."""
        with self._lock:
            self._copy.unlink(missing_ok=True)
            self._is_taken, self._used_at = True, self._clock()
            with self._rollups.still():
                snapshot.take(self._database)
                self._control.copy_to(self._copy)
            contents = snapshot.contents(self._database)
            self._pieces, self._used_at = contents.pieces, self._clock()
        return Taken([(piece.table, piece.rows) for piece in self._pieces], contents.rows, str(self._copy))

    def read(self, number: int) -> bytes:
        """Return the rows of a piece, compressed. Raises IndexError, and as a query does."""
        self._used_at = self._clock()
        return snapshot.read(self._database, self._pieces[number])

    def drop(self) -> None:
        """Drop the snapshot, if there is one. Raises as a command to ClickHouse does."""
        with self._lock:
            self._pieces = []
            self._copy.unlink(missing_ok=True)
            if self._is_taken:
                snapshot.drop(self._database)
            self._is_taken = False

    def drop_if_idle(self) -> None:
        """Drop a snapshot that nobody reads any more: it keeps what is erased meanwhile."""
        if self._is_taken and self._clock() - self._used_at > IDLE_S:
            self.drop()

    def answer(self, name: str) -> tuple[HTTPStatus, bytes]:
        """Return the answer to a request of `sillage backup`: take, drop, or the number of a piece."""
        try:
            if name == TAKE:
                return HTTPStatus.OK, msgspec.json.encode(self.take())
            if name == DROP:
                self.drop()
                return HTTPStatus.OK, b"{}"
            return HTTPStatus.OK, self.read(int(name) if name.isdecimal() else len(self._pieces))
        except IndexError:
            return _failure(HTTPStatus.NOT_FOUND, "The server has restarted during the backup. Run it again.")
        except QueryLimitError:
            return _failure(HTTPStatus.SERVICE_UNAVAILABLE, "ClickHouse needs too long or too much memory for this.")
        except (DatabaseUnavailableError, ControlUnavailableError) as error:
            return _failure(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        except ClickHouseError:
            return _failure(HTTPStatus.SERVICE_UNAVAILABLE, "ClickHouse can't copy its tables. Is its disk full?")


def of_server(control: Control, database: Database, rollups: Rollups, *, temporary: Path) -> Snapshots:
    """Return the snapshots of a server or of a command that stands in for it."""
    return Snapshots(control, database, rollups, temporary=temporary, clock=time.monotonic)


def _failure(status: HTTPStatus, message: str) -> tuple[HTTPStatus, bytes]:
    return status, msgspec.json.encode({"error": message})
