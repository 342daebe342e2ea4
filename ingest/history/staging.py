"""Staging files: past events of one import, sorted by time on disk until they are written.

A staging file survives a killed process, so a resumed import has the same visitor and visit ids and recognizes the rows
already written. The ids can't be computed again, because the salt is lost. A file is therefore synced under its final
name before any of its events are written.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from secrets import randbits, token_hex

import msgspec

from ingest.history.past_event import PastEvent
from schema.stores.disk import sync

BATCH_ROWS = 10_000
BATCH_BYTES = 4_000_000
_UNFINISHED = ".part"

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(PastEvent).decode


class Staging:
    """Events of one file with their line numbers, and rejected lines."""

    def __init__(self, directory: Path) -> None:
        """Create a staging file. Raises OSError, sqlite3.Error."""
        self._path = directory / f"{token_hex(8)}{_UNFINISHED}"
        self._path.touch(mode=0o600)
        self._connection = _opened(self._path)
        self._connection.executescript(_TABLES)
        self._events: list[tuple[int, int, bytes]] = []
        self._batch_bytes = 0

    def add(self, line: int, event: PastEvent) -> None:
        content = _encode(event)
        self._events.append((line, event.time, content))
        self._batch_bytes += len(content)
        if len(self._events) == BATCH_ROWS or self._batch_bytes > BATCH_BYTES:
            self._flush()

    def reject(self, line: int, problem: str) -> None:
        """Store the problem of a line."""
        self._connection.execute("insert into rejected values (?, ?)", (line, problem))

    def complete(self, *, days: Iterable[int]) -> None:
        """Finish reading. days: local days of the events, days since 1970-01-01."""
        self._flush()
        self._connection.executemany("insert into days values (?)", [(day,) for day in days])
        self._connection.execute("insert into seed values (?)", (randbits(62),))
        self._connection.execute("commit")
        self._connection.execute("create index by_time on events (time, line)")

    def resume(self, name: str) -> bool:
        """Switch to the file kept under a name. False: there is none that can be read."""
        kept = self._path.with_name(name)
        if not _is_whole(kept):
            return False
        self.close()
        self._path, self._connection = kept, _opened(kept)
        return True

    def keep(self, name: str) -> None:
        """Keep the file under a name until `delete`, even after a power cut."""
        self._connection.close()
        kept = self._path.with_name(name)
        sync(self._path)
        self._path.replace(kept)
        sync(kept.parent)
        self._path, self._connection = kept, _opened(kept)

    @property
    def seed(self) -> int:
        return int(self._connection.execute("select seed from seed").fetchone()[0])

    def days(self) -> list[int]:
        """Return the local days of the events, days since 1970-01-01."""
        return [row[0] for row in self._connection.execute("select day from days order by day")]

    def events(self) -> Iterator[tuple[int, PastEvent]]:
        """Yield (line, event) by time, and by line within a second."""
        for line, content in self._connection.execute("select line, event from events order by time, line"):
            yield line, _decode(content)

    def count(self) -> int:
        return int(self._connection.execute("select count(*) from events").fetchone()[0])

    def rejected(self, limit: int) -> tuple[int, list[tuple[int, str]]]:
        """Return the number of rejected lines, and the first ones with their problems."""
        (count,) = self._connection.execute("select count(*) from rejected").fetchone()
        return count, self._connection.execute(
            "select line, problem from rejected order by line limit ?", (limit,)
        ).fetchall()

    def delete(self) -> None:
        self._connection.close()
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file, and delete it unless it is kept."""
        self._connection.close()
        if self._path.suffix == _UNFINISHED:
            self._path.unlink(missing_ok=True)

    def _flush(self) -> None:
        self._connection.executemany("insert into events values (?, ?, ?)", self._events)
        self._events, self._batch_bytes = [], 0


def sweep(directory: Path) -> None:
    """Create the directory if necessary, and delete unfinished files of earlier processes."""
    directory.mkdir(mode=0o700, exist_ok=True)
    for path in directory.glob(f"*{_UNFINISHED}"):
        path.unlink()


def kept_days(directory: Path, *, since: float) -> Iterator[tuple[str, list[int]]]:
    """Yield name and days (since 1970-01-01) of each kept file that was written since a time, epoch seconds."""
    for path in directory.iterdir():
        # Unreadable files can't be resumed, and finished ones are deleted at any time.
        with contextlib.suppress(FileNotFoundError, sqlite3.DatabaseError):
            if path.suffix or path.stat().st_mtime < since:
                continue
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
                yield path.name, [row[0] for row in connection.execute("select day from days order by day")]


_TABLES = """
create table events (line integer primary key, time integer not null, event blob not null) strict;
create table rejected (line integer, problem text not null) strict;
create table days (day integer primary key) strict;
create table seed (seed integer not null) strict;
begin;
"""


def _is_whole(path: Path) -> bool:
    """True if a file exists and is complete. A power cut may leave it truncated, empty or full of zeros."""
    if not path.exists():
        return False
    with closing(sqlite3.connect(path)) as connection:
        try:
            (state,) = connection.execute("pragma quick_check(1)").fetchone()
            (seeds,) = connection.execute("select count(*) from seed").fetchone()
            connection.execute("select 1 from events, rejected, days limit 1")
        except sqlite3.DatabaseError:
            return False
        return bool(state == "ok" and seeds == 1)


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    # After a crash, an unfinished file is not used. A kept file is synced as a whole.
    connection.execute("pragma journal_mode = off")
    connection.execute("pragma synchronous = off")
    connection.execute("pragma cache_size = -16384")
    return connection
