"""Insert sealed segments into ClickHouse, each exactly once.

Each insert has a token made of segment name and chunk number, so repeating an insert whose answer was lost changes
nothing. Segments of an earlier process are compared with the stored rows, because a power cut may leave the rows
without their token in ClickHouse, or the token without its rows. Rows of closed days can't be compared, because their
numbers are replaced: a day is closed only when no segment has events of it, or when a segment was set aside for a week,
and events that are replayed after that are left out. While ClickHouse is unavailable, segments wait. A
segment that ClickHouse rejects while it accepts other statements is set aside and reported, never retried for ever.
Damaged pieces of a segment are set aside alone.
"""

import errno
import logging
import os
import re
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from secrets import token_hex
from typing import Any, NamedTuple

import msgspec

from ingest.storage.drop_counts import DropCount, Tally
from ingest.storage.frames import Damaged, frame, unframed
from ingest.storage.spool import Spool, SpoolSegment
from schema.days.local_day import SiteDay, date_of
from schema.records.event import Record, event_columns, not_stored
from schema.records.visit import Visit, visit_columns
from schema.stores.database import ClickHouseError, Database, DatabaseError, DatabaseUnavailableError, OperationalError

CHUNK_ROWS = 10_000
MAX_ATTEMPTS = 5
RETRY_S = 2.0
# Codes of temporary problems: timeouts, network, memory limit, disk full, too many parts, read-only, cancelled.
TRANSIENT_CODES = frozenset({159, 164, 173, 202, 209, 210, 241, 242, 243, 252, 279, 319, 394, 425, 439, 999})
# Codes for files and directories: the machine has a problem, not the rows.
FILE_CODES = frozenset({74, 75, 76, 77, 87, 88, 172, 204, 214, 294, 424, 458, 531, 586, 641, 734})
# Ends the message about a failed system call, under many codes: pipes, timers and epoll have their own.
_SYSTEM_CALL = re.compile(r", errno: \d+, strerror: ")
# Codes for any error of a library. These words show that the machine has the problem.
LIBRARY_CODES = frozenset({1000, 1001, 1002})
_MACHINE_WORDS = tuple(
    os.strerror(number)
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
)
RECORD, DROPS = b"R", b"D"  # first byte of a payload


_log = logging.getLogger(__name__)
_decode_record = msgspec.msgpack.Decoder(Record).decode
_decode_drops = msgspec.msgpack.Decoder(list[DropCount]).decode
_encode = msgspec.msgpack.Encoder().encode


class Content(NamedTuple):
    """The content of a segment, in order."""

    records: list[Record]
    drops: list[DropCount]
    damaged: list[bytes]  # undecodable frames, and bytes outside of whole frames


def record_payload(record: Record) -> bytes:
    """Return the spool payload of an event and its visit."""
    return RECORD + _encode(record)


def drops_payload(counts: Sequence[DropCount]) -> bytes:
    """Return the spool payload of drop counts."""
    return DROPS + _encode(counts)


def read(segment: SpoolSegment) -> Content:
    """Return the content of a segment. An undecodable frame is damaged, or from another version."""
    content = Content([], [], [])
    for payload in segment.payloads():
        if isinstance(payload, Damaged):
            content.damaged.append(payload.content)
            continue
        try:
            if payload[:1] == RECORD:
                content.records.append(_decode_record(payload[1:]))
            else:
                content.drops.extend(_decode_drops(payload[1:]))
        except msgspec.DecodeError:
            content.damaged.append(frame(payload))
    return content


def sites_of(content: bytes) -> list[int]:
    """Return the site of each event in some frames."""
    payloads = [payload for payload in unframed(content) if isinstance(payload, bytes) and payload[:1] == RECORD]
    return [_decode_record(payload[1:]).visit.site_id for payload in payloads]


def insert(database: Database, records: Sequence[Record], drops: Sequence[DropCount], *, token: str) -> None:
    """Insert events, their visits, and drop counts. Repeating a token with the same rows changes nothing."""
    for number, chunk in enumerate(_chunks(records)):
        database.insert("events", event_columns(chunk), token=f"{token}-{number}")
        database.insert("visits", _visits_after(chunk), token=f"{token}-{number}")
    _insert_drops(database, drops, token=token)


def insert_missing(database: Database, records: Sequence[Record], drops: Sequence[DropCount], *, token: str) -> None:
    """Insert like `insert` with this token, except rows that are already stored.

    Drop counts are summed and can't be compared: for them, the token alone decides.
    """
    for number, chunk in enumerate(_chunks(records)):
        # Try the original token first, because an earlier insert may still be running on a server. Rows missing after
        # that had a token whose rows are lost. A visit replaces itself, so it does not need the token.
        fresh = f"{token}-{number}-{token_hex(8)}"
        for attempt in (f"{token}-{number}", fresh):
            if missing := not_stored(database, chunk):
                database.insert("events", event_columns(missing), token=attempt)
        database.insert("visits", _visits_after(chunk), token=fresh)
    _insert_drops(database, drops, token=token)


def _visits_after(chunk: Sequence[Record]) -> dict[str, list[Any]]:
    """Return the columns of the visits, each after its last event of the chunk."""
    # Dicts keep the order of first appearance, so a repeated chunk gives the same rows.
    latest: dict[int, Visit] = {record.visit.visit_id: record.visit for record in chunk}
    return visit_columns(list(latest.values()))


def _insert_drops(database: Database, drops: Sequence[DropCount], *, token: str) -> None:
    if drops:
        columns = {name: [getattr(count, name) for count in drops] for name in DropCount.__struct_fields__}
        database.insert("drops", columns, token=token)


def days_of(records: Iterable[Record]) -> set[SiteDay]:
    """Return the sites and local days of events and of the starts of their visits."""
    days = {(record.visit.site_id, day) for record in records for day in (record.event.day, record.visit.day)}
    return {(site_id, date_of(day)) for site_id, day in days}


class Flusher:
    """The thread that empties the spool."""

    def __init__(
        self,
        spool: Spool,
        database: Database,
        *,
        before: Callable[[], None] = lambda: None,
        after: Callable[[], None] = lambda: None,
        changing: Callable[[Iterable[SiteDay]], AbstractContextManager[None]] = lambda _days: nullcontext(),
        was_closed: Callable[[SiteDay], bool] = lambda _day: False,
        clock: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """The thread calls all functions. before: before the first segment, until it succeeds; raises
        DatabaseUnavailableError. after: whenever no segment is left. changing: around the inserts of a segment, with
        the sites and local days of its rows. was_closed: True for a day whose rows have other numbers now. clock: epoch
        seconds.
        """
        self._spool = spool
        self._database = database
        self._before = before
        self._is_prepared = False
        self._after = after
        self._changing = changing
        self._was_closed = was_closed
        self._clock = clock
        self.empty_at = 0.0  # when the spool was last found without a sealed segment, epoch seconds; 0: never
        self._attempts: dict[str, int] = {}
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flush", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Flush soon, because a segment was sealed."""
        self._wake.set()

    def seal(self, tally: Tally) -> None:
        """End the segment being written, with the drop counts so far, and flush it soon."""
        counts = tally.take()
        if not self._spool.seal(closing=(drops_payload(counts),) if counts else ()):
            tally.give_back(counts)
        self.wake()

    def stop(self) -> None:
        """Flush the sealed segments once if ClickHouse accepts them, and end the thread."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()

    def flush(self) -> bool:
        """Flush the sealed segments once. True if none is left."""
        if not self._is_prepared:
            try:
                self._before()
            except DatabaseUnavailableError:
                return False
            self._is_prepared = True
        segments = self._spool.sealed()
        for segment in segments:
            if not self._flush_segment(segment):
                self._spool.measure()
                return False
        if segments:
            self._spool.measure()
        self.empty_at = self._clock()
        return True

    def _flush_segment(self, segment: SpoolSegment) -> bool:
        """Insert and delete a segment, or set it aside. False: retry later."""
        insert_segment = insert_missing if segment.is_replay else insert
        try:
            content = read(segment)
            records = self._comparable(content.records) if segment.is_replay else content.records
            with self._changing(days_of(records)):
                insert_segment(self._database, records, content.drops, token=segment.name)
            if content.damaged:
                self._keep_damaged(segment, content.damaged)
        except Exception as error:  # noqa: BLE001 whatever the error, the segment stays until ClickHouse accepts or rejects it
            if not self._is_refused(segment, error):
                return False
            self._set_aside(segment, f"ClickHouse rejects it: {error}")
        else:
            segment.discard()
        self._attempts.pop(segment.name, None)
        return True

    def _comparable(self, records: Sequence[Record]) -> list[Record]:
        """Return the records without those of closed days, which may be stored already."""
        kept = [record for record in records if not any(map(self._was_closed, days_of([record])))]
        if left_out := len(records) - len(kept):
            _log.error("%d events were not stored, because their days were closed before they were replayed.", left_out)
        return kept

    def _is_refused(self, segment: SpoolSegment, error: Exception) -> bool:
        attempts = self._attempts[segment.name] = self._attempts.get(segment.name, 0) + 1
        if attempts == 1:
            _log.warning("ClickHouse did not accept a segment, events wait in the spool: %s", error)
        if attempts < MAX_ATTEMPTS or _is_transient(error):
            return False
        try:
            self._database.query("select 1")
        except (DatabaseUnavailableError, ClickHouseError, OSError):
            return False
        return True

    def _set_aside(self, segment: SpoolSegment, why: str) -> None:
        _log.error("segment set aside as %s: %s. Run `sillage spool list` to see it.", segment.set_aside(), why)

    def _keep_damaged(self, segment: SpoolSegment, damaged: Sequence[bytes]) -> None:
        path = segment.keep_damaged(damaged)
        count = "1 event is" if len(damaged) == 1 else f"{len(damaged)} events are"
        _log.error(
            "a segment is damaged: at least %s missing. Its damaged pieces are in %s, see `sillage spool list`.",
            count,
            path,
        )

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            is_last = self._stopping.is_set()  # read before flushing: segments sealed before the stop must be flushed
            is_empty = False
            try:
                is_empty = self.flush()
                if is_empty:
                    self._after()
            except Exception:  # noqa: BLE001 the thread must survive unexpected errors; the segment stays for the next try
                _log.exception("flushing failed")
            if is_last:
                return
            if not is_empty:
                self._stopping.wait(RETRY_S)
                self._wake.set()


def _is_transient(error: Exception) -> bool:
    """Return True if a retry may succeed: ClickHouse unavailable or busy, disk full, control file locked."""
    if isinstance(error, DatabaseError) and error.code is not None:
        if error.code in TRANSIENT_CODES | FILE_CODES or _SYSTEM_CALL.search(str(error)):
            return True
        return error.code in LIBRARY_CODES and any(words in str(error) for words in _MACHINE_WORDS)
    return isinstance(error, DatabaseUnavailableError | OperationalError | OSError | sqlite3.Error)


def _chunks(records: Sequence[Record]) -> Iterator[list[Record]]:
    rest = iter(records)
    while chunk := list(islice(rest, CHUNK_ROWS)):
        yield chunk
