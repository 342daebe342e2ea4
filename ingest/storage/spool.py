"""Accepted events on their way to ClickHouse: segment files that survive a killed process.

What is appended during one turn of the event loop goes to the file in one write, and only then are the requests
answered: after `kill -9` the kernel still has it. `fdatasync` follows on a timer (power loss), or before each answer
with `sync_always`. A segment is sealed by renaming it; a sealed one never changes.

A power cut may bring back a file that was deleted, or the name that it had before. So the directory is synced where a
file is new or gone, and a segment that another process has left is a replay: its rows may be stored already.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from secrets import token_hex

from ingest.storage.frames import Damaged, frame, unframed
from schema.stores.disk import sync

MAX_SEGMENT_FRAMES = 10_000
BUSY_FRAMES = 1000
BUSY_S = 2.0
_PAGE_BYTES = 4096
_OPEN, _SEALED, _SET_ASIDE = ".open", ".segment", ".rejected"
_DAMAGED, _AGAIN = "-damaged", "-again"  # end of the name of what is left of a segment, and of what is to be replayed


class SpoolFullError(Exception):
    """The spool has reached its limit on disk, or the disk is full."""


Told = Callable[[SpoolFullError | None], None]  # None: it is written


class SpoolSegment:
    """A sealed file of frames."""

    def __init__(self, path: Path, *, is_replay: bool = False) -> None:
        """is_replay: rows of it may be stored already, whatever the deduplication log of ClickHouse says."""
        self.path = path
        self.name = path.stem  # unique for ever: deduplication tokens are made of it
        self.is_replay = is_replay

    def payloads(self) -> Iterator[bytes | Damaged]:
        """Yield the payload of each frame, and what is damaged between them."""
        return unframed(self.path.read_bytes())

    def discard(self) -> None:
        """Delete the file: what it held is in ClickHouse."""
        self.path.unlink()
        sync(self.path.parent)

    def set_aside(self) -> Path:
        """Keep the file where it is not read again, and return its new path."""
        path = self.path.rename(self.path.with_suffix(_SET_ASIDE))
        sync(path.parent)
        return path

    def keep_damaged(self, pieces: Iterable[bytes]) -> Path:
        """Keep what could not be read of the segment where it is not read again, and return the path."""
        origin = self.name.removesuffix(_AGAIN).removesuffix(_DAMAGED)
        path = self.path.with_name(f"{origin}{_DAMAGED}{_SET_ASIDE}")
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fdatasync(file.fileno())
        sync(path.parent)
        return path


def segments_set_aside(directory: Path) -> list[SpoolSegment]:
    """Return the segments of a spool's directory that were set aside, oldest first."""
    return [SpoolSegment(path) for path in sorted(directory.glob("*" + _SET_ASIDE))]


def replay(segment: SpoolSegment) -> None:
    """Let a segment that was set aside be read again, by the server that runs or the next one."""
    segment.path.rename(segment.path.with_name(f"{segment.name.removesuffix(_AGAIN)}{_AGAIN}{_SEALED}"))
    sync(segment.path.parent)


class Spool:
    """The segment being written, and those that wait. `append`, `written` and `seal` belong to the event loop."""

    def __init__(self, directory: Path, *, max_bytes: int, sync_always: bool = False) -> None:
        """Open the directory; a segment left open by a killed process is synced and sealed."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._run = token_hex(4)  # ends the names of the segments that this process writes
        self._max_bytes = max_bytes
        self._sync_always = sync_always
        self._file: int | None = None
        self._path = directory
        self._frames = 0
        self._bytes = 0  # of the segment being written
        self._begun_at = 0.0  # likewise, by the monotonic clock
        self._waiting_bytes = 0  # of sealed segments, as of the last look
        self._synced = True
        self._is_listed = True  # the directory on the disk names the file
        self._unsynced: list[int] = []  # files of sealed segments
        self._failure: OSError | None = None  # of the last write
        self._failed_bytes = 0  # of that write
        self._buffer: list[bytes] = []
        self._turn: asyncio.Handle | None = None  # in which the buffer will be written
        self._told: list[Told] = []  # then, without a turn of the loop for each
        self._answer: asyncio.Future[None] | None = None  # of that turn, where somebody awaits it
        self._syncing: set[asyncio.Future[None]] = set()  # the loop itself would let them be collected
        for path in directory.glob("*" + _OPEN):
            _sync_and_close([os.open(path, os.O_RDONLY)])
            path.rename(path.with_suffix(_SEALED))
        sync(directory)
        self.measure()
        self._try_disk()

    @property
    def refusal(self) -> str:
        """Why events are refused at present, without a full stop; empty: they are accepted."""
        if self.is_full:
            return "ClickHouse does not take the events that wait, and they have reached the limit spool_max_mb"
        return _refusal(self._failure) if self._failure else ""

    @property
    def is_refusing(self) -> bool:
        """True when no more events should be appended: until segments have been flushed, or `retry` found room."""
        return self._failure is not None or self._waiting_bytes + self._bytes >= self._max_bytes

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
        self._buffer.append(frame(payload))
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

    def seal(self, *, closing: tuple[bytes, ...] = ()) -> bool:
        """End the segment being written, after some last payloads; nothing happens when there is nothing in it.

        False: the last payloads could not be written, and the segment ended without them, for a full disk is the very
        time when segments must be flushed.
        """
        is_whole = True
        if closing:
            content = b"".join(map(frame, closing))
            try:
                self._write(content)
            except OSError as error:
                is_whole, self._failure, self._failed_bytes = False, error, len(content)
        if self._file is not None:
            self._end_segment(self._file)
        return is_whole

    def retry(self) -> None:
        """Find out, after a write that failed, whether the disk takes one of that size again; called now and then."""
        if self._failure:
            self._try_disk()

    async def sync(self) -> None:
        """Have the kernel bring what was written to the disk, in a thread."""
        if files := self._files_to_sync():
            await self._sync_in_thread(files)

    def sealed(self) -> list[SpoolSegment]:
        """Return the segments to be flushed, oldest first."""
        paths = sorted(self._directory.glob("*" + _SEALED))
        return [SpoolSegment(path, is_replay=not path.stem.endswith(self._run)) for path in paths]

    def set_aside(self) -> list[SpoolSegment]:
        """Return the segments that were set aside, oldest first."""
        return segments_set_aside(self._directory)

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
        _sync_and_close(self._files_to_sync(), self._directory)

    def _write_turn(self) -> None:
        frames, told = self._buffer, self._told
        self._buffer, self._told, self._answer, self._turn = [], [], None, None
        content = b"".join(frames)
        try:
            self._write(content)
        except OSError as error:
            self._failed_bytes = len(content)
            self._tell(told, error)
            return
        self._frames += len(frames)
        if self._sync_always and self._file is not None:
            task = asyncio.ensure_future(self._tell_once_synced(told, self._files_to_sync()))
            self._syncing.add(task)
            task.add_done_callback(self._syncing.discard)
        else:
            self._tell(told, None)
        if self._frames >= MAX_SEGMENT_FRAMES:
            self.seal()

    def _tell(self, told: Iterable[Told], error: OSError | None) -> None:
        self._failure = error
        refusal = SpoolFullError(_refusal(error)) if error else None
        for each in told:
            each(refusal)

    def _try_disk(self) -> None:
        """Write and delete a file, as large as what could not be written last, and note whether that works."""
        path = self._directory / "trial"
        try:
            with path.open("wb", buffering=0) as file:
                rest = memoryview(bytes(max(_PAGE_BYTES, self._failed_bytes)))
                while rest:
                    rest = rest[file.write(rest) :]
                if self._sync_always:
                    os.fdatasync(file.fileno())
            self._failure = None
        except OSError as error:
            self._failure = error
        finally:
            with contextlib.suppress(OSError):
                path.unlink()

    def _write(self, content: bytes) -> None:
        """Write whole frames or, raising OSError, none of them."""
        if self._file is None:
            self._begun_at = time.monotonic()
            self._path = self._directory / f"{time.time_ns():020d}-{self._run}{_OPEN}"
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            self._is_listed = False
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
        if self._synced:
            os.close(file)
        else:
            self._unsynced.append(file)
        self._waiting_bytes += self._bytes
        self._file, self._frames, self._bytes, self._synced = None, 0, 0, True
        self._path.rename(self._path.with_suffix(_SEALED))

    def _files_to_sync(self) -> list[int]:
        """Return what has been written and not synced, for whoever syncs and closes it."""
        files, self._unsynced = self._unsynced, []
        if self._file is not None and not self._synced:
            files.append(os.dup(self._file))  # the segment may be sealed and closed meanwhile
        self._synced = True
        return files

    async def _sync_in_thread(self, files: list[int]) -> None:
        path, is_listed = self._path, self._is_listed
        await asyncio.to_thread(_sync_and_close, files, None if is_listed else self._directory)
        self._is_listed = self._is_listed or path == self._path

    async def _tell_once_synced(self, told: Iterable[Told], files: list[int]) -> None:
        try:
            await self._sync_in_thread(files)
        except OSError as error:
            self._tell(told, error)
        else:
            self._tell(told, None)


def _settle(answer: "asyncio.Future[None]", error: SpoolFullError | None) -> None:
    if answer.done():  # who waited has given up
        return
    if error is None:
        answer.set_result(None)
    else:
        answer.set_exception(error)


def _refusal(error: OSError) -> str:
    return f"the spool can't be written: {error.strerror}"


def _sync_and_close(files: Iterable[int], directory: Path | None = None) -> None:
    """Bring files to the disk, and the directory that lists them."""
    with contextlib.ExitStack() as opened:
        for file in files:
            opened.callback(os.close, file)
        for file in files:
            os.fdatasync(file)
        if directory is not None:
            sync(directory)
