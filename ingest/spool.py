"""Accepted events on their way to ClickHouse: segment files that survive a killed process.

A frame is its payload's length and CRC-32 (both unsigned 32 bits, little endian), then the payload. What is appended
during one turn of the event loop goes to the file in one write, and only then are the requests answered: after
`kill -9` the kernel still has it. `fdatasync` follows on a timer (power loss), or before each answer with
`sync_always`. A segment is sealed by renaming it; a sealed one never changes.
"""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from secrets import token_hex
from struct import Struct
from zlib import crc32

_FRAME = Struct("<II")
MAX_SEGMENT_FRAMES = 10_000
BUSY_FRAMES = 1000
BUSY_S = 2.0
_OPEN, _SEALED, _SET_ASIDE = ".open", ".segment", ".rejected"

_log = logging.getLogger(__name__)


class SpoolFullError(Exception):
    """The spool has reached its limit on disk, or the disk is full."""


Told = Callable[[SpoolFullError | None], None]  # None: it is written


class Segment:
    """A sealed file of frames."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.stem  # unique for ever: deduplication tokens are made of it

    def payloads(self) -> Iterator[bytes]:
        """Yield each whole frame's payload. A torn frame, left by a crash in the middle of a write, ends it."""
        content = memoryview(self.path.read_bytes())
        place = 0
        while place + _FRAME.size <= len(content):
            size, checksum = _FRAME.unpack_from(content, place)
            payload = content[place + _FRAME.size : place + _FRAME.size + size]
            # A power cut can leave zeros at the end of a file, and they are a frame of nothing with the right checksum.
            if not size or len(payload) < size or crc32(payload) != checksum:
                return
            yield bytes(payload)
            place += _FRAME.size + size

    def discard(self) -> None:
        """Delete the file: what it held is in ClickHouse."""
        self.path.unlink()

    def set_aside(self) -> Path:
        """Keep the file where it is not read again, and return its new place."""
        return self.path.rename(self.path.with_suffix(_SET_ASIDE))


class Spool:
    """The segment being written, and those that wait. `append`, `written` and `seal` belong to the event loop."""

    def __init__(self, directory: Path, *, max_bytes: int, sync_always: bool = False) -> None:
        """Open the directory; a segment left open by a killed process is sealed."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._max_bytes = max_bytes
        self._sync_always = sync_always
        self._file: int | None = None
        self._path = directory
        self._frames = 0
        self._bytes = 0  # of the segment being written
        self._begun_at = 0.0  # likewise, by the monotonic clock
        self._waiting_bytes = 0  # of sealed segments, as of the last look
        self._synced = True
        self._buffer: list[bytes] = []
        self._turn: asyncio.Handle | None = None  # in which the buffer will be written
        self._told: list[Told] = []  # then, without a turn of the loop for each
        self._answer: asyncio.Future[None] | None = None  # of that turn, where somebody awaits it
        self._syncing: set[asyncio.Future[None]] = set()  # the loop itself would let them be collected
        for path in directory.glob("*" + _OPEN):
            path.rename(path.with_suffix(_SEALED))
        self.measure()

    @property
    def is_full(self) -> bool:
        """True when no more events should be accepted until segments have been flushed."""
        return self._waiting_bytes + self._bytes >= self._max_bytes

    @property
    def is_due(self) -> bool:
        """False where the segment being written fills so quickly that it is worth waiting for more, BUSY_S at most.

        In an insert of ten thousand rows a row costs a quarter of what it does in one of a thousand.
        """
        return self._frames < BUSY_FRAMES or time.monotonic() - self._begun_at >= BUSY_S

    def append(self, payload: bytes) -> None:
        """Put a payload down for the write at the end of this turn of the event loop; see `written`."""
        self._buffer.append(_frame(payload))
        if self._turn is None:
            self._turn = asyncio.get_running_loop().call_soon(self._write_turn)

    def written(self) -> "asyncio.Future[None]":
        """Return the future that is done once everything appended so far is written. Raises SpoolFullError there."""
        if self._turn is None:
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            done.set_result(None)
            return done
        if self._answer is None:
            self._answer = asyncio.get_running_loop().create_future()
            self._told.append(partial(_settle, self._answer))
        return self._answer

    def once_written(self, told: Told) -> None:
        """Have it told once everything appended so far is written, or why it could not be. told: raises nothing."""
        if self._turn is None:
            asyncio.get_running_loop().call_soon(told, None)
        else:
            self._told.append(told)

    def seal(self, *, closing: tuple[bytes, ...] = ()) -> None:
        """End the segment being written, after some last payloads; nothing happens when there is nothing in it.

        Last payloads that can't be written are lost: a full disk is the very time when segments must be flushed.
        """
        if closing:
            try:
                self._write(b"".join(map(_frame, closing)))
            except OSError as error:
                _log.error("the last words of a segment are lost: %s", error.strerror)
        if self._file is not None:
            self._end_segment(self._file)

    async def sync(self) -> None:
        """Have the kernel bring what was written to the disk, in a thread."""
        if self._file is None or self._synced:
            return
        self._synced = True
        # A copy, for the segment may be sealed and closed meanwhile.
        await _sync_and_close(os.dup(self._file))

    def sealed(self) -> list[Segment]:
        """Return the segments to be flushed, oldest first."""
        return [Segment(path) for path in sorted(self._directory.glob("*" + _SEALED))]

    def rejected(self) -> list[Path]:
        """Return the segments that were set aside."""
        return sorted(self._directory.glob("*" + _SET_ASIDE))

    def measure(self) -> None:
        """Look up how much waits on disk; called after segments were discarded."""
        sizes = []
        for segment in self.sealed():
            try:
                sizes.append(segment.path.stat().st_size)
            except FileNotFoundError:  # flushed meanwhile
                continue
        self._waiting_bytes = sum(sizes)

    def close(self) -> None:
        """Write what is buffered and seal."""
        if self._turn is not None:
            self._turn.cancel()
            self._write_turn()
        self.seal()

    def _write_turn(self) -> None:
        frames, told = self._buffer, self._told
        self._buffer, self._told, self._answer, self._turn = [], [], None, None
        try:
            self._write(b"".join(frames))
        except OSError as error:
            _tell(told, error)
            return
        self._frames += len(frames)
        if self._sync_always and self._file is not None:
            task = asyncio.ensure_future(_tell_once_synced(told, os.dup(self._file)))
            self._syncing.add(task)
            task.add_done_callback(self._syncing.discard)
        else:
            _tell(told, None)
        if self._frames >= MAX_SEGMENT_FRAMES:
            self.seal()

    def _write(self, content: bytes) -> None:
        """Write whole frames or, raising OSError, none of them."""
        if self._file is None:
            self._begun_at = time.monotonic()
            self._path = self._directory / f"{time.time_ns():020d}-{token_hex(4)}{_OPEN}"
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        rest = memoryview(content)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError:
            self._cut_off(self._file)
            raise
        self._bytes += len(content)
        self._synced = False

    def _cut_off(self, file: int) -> None:
        """Take back what a failed write left, for no frame can be read behind a torn one."""
        try:
            os.ftruncate(file, self._bytes)
        except OSError:
            # The disk takes nothing at all: whatever is written next goes into another segment.
            with contextlib.suppress(OSError):
                self._end_segment(file)

    def _end_segment(self, file: int) -> None:
        self._waiting_bytes += self._bytes
        self._file, self._frames, self._bytes, self._synced = None, 0, 0, True
        try:
            self._path.rename(self._path.with_suffix(_SEALED))
        finally:
            os.close(file)


def _frame(payload: bytes) -> bytes:
    return _FRAME.pack(len(payload), crc32(payload)) + payload


def _settle(answer: "asyncio.Future[None]", error: SpoolFullError | None) -> None:
    if answer.done():  # who waited has given up
        return
    if error is None:
        answer.set_result(None)
    else:
        answer.set_exception(error)


def _tell(told: Iterable[Told], error: OSError | None) -> None:
    refusal = None if error is None else SpoolFullError(f"the spool can't be written: {error.strerror}")
    for each in told:
        each(refusal)


async def _tell_once_synced(told: Iterable[Told], file: int) -> None:
    try:
        await _sync_and_close(file)
    except OSError as error:
        _tell(told, error)
    else:
        _tell(told, None)


async def _sync_and_close(file: int) -> None:
    try:
        await asyncio.to_thread(os.fdatasync, file)
    finally:
        os.close(file)
