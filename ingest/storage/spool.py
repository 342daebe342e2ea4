"""The spool: files of accepted events that wait for ClickHouse and survive a killed process.

All payloads of one event loop turn are written in one call, and requests are answered after it, so the kernel has them
even after `kill -9`. `fdatasync` follows on a timer (power loss), or before each answer with `sync_always`. A segment
is sealed by renaming it, and never changes after that.

A power cut may bring back a deleted file, or its former name. The directory is therefore synced when a file is created
or deleted, and a segment from another process is a replay: its rows may already be stored.
"""

import asyncio
import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from secrets import token_hex

from ingest.storage.frames import Damaged, frame, unframed
from schema.sentence import later
from schema.sites.refused_hits import Cause
from schema.stores.disk import sync

MAX_SEGMENT_FRAMES = 10_000
BUSY_FRAMES = 1000
BUSY_S = 2.0
_PAGE_BYTES = 4096
_OPEN, _SEALED, _SET_ASIDE = ".open", ".segment", ".rejected"
_DAMAGED, _AGAIN = "-damaged", "-again"  # suffixes: unreadable remains, and a segment to replay


class SpoolFullError(Exception):
    """The spool has reached its limit on disk, or the disk is full."""

    def __init__(self, reason: str, cause: Cause, content: bytes = b"") -> None:
        """content: the frames that were not written."""
        super().__init__(reason)
        self.cause = cause
        self.content = content


OnWritten = Callable[[SpoolFullError | None], None]  # None: success


class SpoolSegment:
    """A sealed file of frames."""

    def __init__(self, path: Path, *, is_replay: bool = False) -> None:
        """is_replay: its rows may already be stored, whatever the deduplication log of ClickHouse says."""
        self.path = path
        self.name = path.stem  # globally unique, part of deduplication tokens
        self.is_replay = is_replay

    def payloads(self) -> Iterator[bytes | Damaged]:
        """Yield the payload of each frame, and the damaged pieces between them."""
        return unframed(self.path.read_bytes())

    def discard(self) -> None:
        """Delete the file, once its content is in ClickHouse."""
        self.path.unlink()
        sync(self.path.parent)

    def set_aside(self) -> Path:
        """Rename the file to exclude it from flushing, and return its new path."""
        path = self.path.rename(self.path.with_suffix(_SET_ASIDE))
        sync(path.parent)
        return path

    def keep_damaged(self, pieces: Iterable[bytes]) -> Path:
        """Save the unreadable pieces in a file that is not flushed, and return its path."""
        origin = self.name.removesuffix(_AGAIN).removesuffix(_DAMAGED)
        path = self.path.with_name(f"{origin}{_DAMAGED}{_SET_ASIDE}")
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fdatasync(file.fileno())
        sync(path.parent)
        return path


def segments_set_aside(directory: Path) -> list[SpoolSegment]:
    """Return the segments of a directory that were set aside, oldest first."""
    return [SpoolSegment(path) for path in sorted(directory.glob("*" + _SET_ASIDE))]


def replay(segment: SpoolSegment) -> None:
    """Put a segment that was set aside back in line for flushing, by a running server or the next one."""
    segment.path.rename(segment.path.with_name(f"{segment.name.removesuffix(_AGAIN)}{_AGAIN}{_SEALED}"))
    sync(segment.path.parent)


class Spool:
    """The segment being written and the sealed ones. Call `append`, `written` and `seal` in the event loop."""

    def __init__(self, directory: Path, *, max_bytes: int, sync_always: bool = False) -> None:
        """Open the directory, and sync and seal segments left open by a killed process."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._run = token_hex(4)  # suffix of the names of segments of this process
        self._max_bytes = max_bytes
        self._sync_always = sync_always
        self._file: int | None = None
        self._path = directory
        self.accepted = 0  # payloads written since the start
        self._frames = 0
        self._bytes = 0  # of the segment being written
        self._begun_at = 0.0  # of that segment, monotonic clock
        self._waiting_bytes = 0  # of sealed segments, when last measured
        self._synced = True
        self._is_listed = True  # the file's name is synced
        self._unsynced: list[int] = []  # files of sealed segments
        self._failure: OSError | None = None  # of the last write
        self._failed_bytes = 0  # of that write
        self._buffer: list[bytes] = []
        self._turn: asyncio.Handle | None = None  # that will write the buffer
        self._callbacks: list[OnWritten] = []  # called after that write
        self._answer: asyncio.Future[None] | None = None  # awaits that write
        self._syncing: set[asyncio.Future[None]] = set()  # protects tasks from garbage collection
        for path in directory.glob("*" + _OPEN):
            _sync_and_close([os.open(path, os.O_RDONLY)])
            path.rename(path.with_suffix(_SEALED))
        sync(directory)
        self.measure()
        self._try_disk()

    @property
    def refusal(self) -> str:
        """Why events are rejected now, without a full stop. Empty: they are accepted."""
        if self.is_full:
            return later("ClickHouse does not accept events, and the waiting ones have reached the limit spool_max_mb")
        return _refusal(self._failure) if self._failure else ""

    @property
    def cause(self) -> Cause:
        """Return why events are rejected now."""
        return Cause.LIMIT if self._failure is None else _cause(self._failure)

    @property
    def is_refusing(self) -> bool:
        """True if no events should be appended until segments are flushed, or `retry` succeeds."""
        return self._failure is not None or self._waiting_bytes + self._bytes >= self._max_bytes

    @property
    def is_full(self) -> bool:
        """True if the limit on disk is reached, and segments must be flushed first."""
        return self._waiting_bytes + self._bytes >= self._max_bytes

    @property
    def size_bytes(self) -> int:
        """Return the size of all segments that wait, and of the one being written."""
        return self._waiting_bytes + self._bytes

    @property
    def is_due(self) -> bool:
        """True if the segment should be sealed. A segment that fills quickly waits for more events, BUSY_S at most.

        A row costs a quarter as much in an insert of ten thousand rows as in an insert of a thousand.
        """
        return self._frames < BUSY_FRAMES or time.monotonic() - self._begun_at >= BUSY_S

    def append(self, payload: bytes) -> None:
        """Add a payload to the write at the end of this event loop turn. See `written`."""
        self._buffer.append(frame(payload))
        if self._turn is None:
            self._turn = asyncio.get_running_loop().call_soon(self._write_turn)

    def written(self) -> "asyncio.Future[None]":
        """Return a future that is done once all payloads so far are written. It raises SpoolFullError."""
        if self._turn is None:
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            done.set_result(None)
            return done
        if self._answer is None:
            self._answer = asyncio.get_running_loop().create_future()
            self._callbacks.append(partial(_settle, self._answer))
        return self._answer

    def once_written(self, callback: OnWritten) -> None:
        """Call back once all payloads so far are written, or the write failed. callback: must not raise."""
        if self._turn is None:
            asyncio.get_running_loop().call_soon(callback, None)
        else:
            self._callbacks.append(callback)

    def seal(self, *, closing: tuple[bytes, ...] = ()) -> bool:
        """End the segment being written, if any. closing: last payloads.

        False: the last payloads could not be written. The segment is sealed anyway, because a full disk needs flushing.
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
        """After a failed write, test whether the disk accepts one of that size again. Called regularly."""
        if self._failure:
            self._try_disk()

    async def sync(self) -> None:
        """Sync written events to the disk, in a thread."""
        if files := self._files_to_sync():
            await self._sync_in_thread(files)

    def sealed(self) -> list[SpoolSegment]:
        """Return the segments to flush, oldest first."""
        paths = sorted(self._directory.glob("*" + _SEALED))
        return [SpoolSegment(path, is_replay=not path.stem.endswith(self._run)) for path in paths]

    def set_aside(self) -> list[SpoolSegment]:
        """Return the segments that were set aside, oldest first."""
        return segments_set_aside(self._directory)

    def measure(self) -> None:
        """Measure the sealed segments. Called after segments were deleted."""
        sizes = []
        for segment in self.sealed():
            try:
                sizes.append(segment.path.stat().st_size)
            except FileNotFoundError:  # just flushed
                continue
        self._waiting_bytes = sum(sizes)

    def close(self) -> None:
        """Write the buffer and seal."""
        if self._turn is not None:
            self._turn.cancel()
            self._write_turn()
        self.seal()
        _sync_and_close(self._files_to_sync(), self._directory)

    def _write_turn(self) -> None:
        frames, callbacks = self._buffer, self._callbacks
        self._buffer, self._callbacks, self._answer, self._turn = [], [], None, None
        content = b"".join(frames)
        try:
            self._write(content)
        except OSError as error:
            self._failed_bytes = len(content)
            self._call_back(callbacks, error, content)
            return
        self._frames += len(frames)
        self.accepted += len(frames)
        if self._sync_always and self._file is not None:
            task = asyncio.ensure_future(self._call_back_once_synced(callbacks, self._files_to_sync()))
            self._syncing.add(task)
            task.add_done_callback(self._syncing.discard)
        else:
            self._call_back(callbacks, None)
        if self._frames >= MAX_SEGMENT_FRAMES:
            self.seal()

    def _call_back(self, callbacks: Iterable[OnWritten], error: OSError | None, content: bytes = b"") -> None:
        self._failure = error
        refusal = SpoolFullError(_refusal(error), _cause(error), content) if error else None
        for callback in callbacks:
            callback(refusal)

    def _try_disk(self) -> None:
        """Write and delete a file as large as the last failed write, and store whether that worked."""
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
        """Write all frames, or none of them and raise OSError."""
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
        """Remove the remains of a failed write, because frames after a torn one can't be read."""
        try:
            os.ftruncate(file, self._bytes)
        except OSError:
            # The disk rejects every change: further events go into another segment.
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
        """Return the files with unsynced writes. The caller syncs and closes them."""
        files, self._unsynced = self._unsynced, []
        if self._file is not None and not self._synced:
            files.append(os.dup(self._file))  # the segment may be sealed and closed before that
        self._synced = True
        return files

    async def _sync_in_thread(self, files: list[int]) -> None:
        path, is_listed = self._path, self._is_listed
        await asyncio.to_thread(_sync_and_close, files, None if is_listed else self._directory)
        self._is_listed = self._is_listed or path == self._path

    async def _call_back_once_synced(self, callbacks: Iterable[OnWritten], files: list[int]) -> None:
        try:
            await self._sync_in_thread(files)
        except OSError as error:
            self._call_back(callbacks, error)
        else:
            self._call_back(callbacks, None)


def _settle(answer: "asyncio.Future[None]", error: SpoolFullError | None) -> None:
    if answer.done():  # the waiting task was cancelled
        return
    if error is None:
        answer.set_result(None)
    else:
        answer.set_exception(error)


def _refusal(error: OSError) -> str:
    return f"the spool can't be written: {error.strerror}"


def _cause(error: OSError) -> Cause:
    return Cause.DISK_FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else Cause.DISK


def _sync_and_close(files: Iterable[int], directory: Path | None = None) -> None:
    """Bring files to the disk, and the directory that lists them."""
    with contextlib.ExitStack() as opened:
        for file in files:
            opened.callback(os.close, file)
        for file in files:
            os.fdatasync(file)
        if directory is not None:
            sync(directory)
