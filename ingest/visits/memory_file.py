"""A small file in memory-backed storage, for content that must survive the process but never reach a disk.

Old content is overwritten in place. Each write checks the directory first, because every user of the machine can write
to /dev/shm. A failed write raises nothing: the content stays in process memory, one warning is logged, and
`needs_writing` becomes true.
"""

import logging
import os
import stat
from contextlib import suppress
from pathlib import Path

from ingest.visits.memory_lock import MemoryLock

_FLAGS = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC

_log = logging.getLogger(__name__)


class MemoryFile:
    """A file with one writer, in a private directory."""

    def __init__(self, path: Path, *, holds: str, otherwise: str) -> None:
        """holds, otherwise: for the log, the content (plural), and the effect of a restart without it."""
        self._path = path
        self._holds = holds
        self._otherwise = otherwise
        self._device = path.parent.stat().st_dev if path.parent.exists() else None
        self._file: int | None = None  # open, so that it can be overwritten even after its directory is deleted
        self._lock: MemoryLock | None = None  # of its pages, without what was appended since
        self._is_saved = True  # the file has the latest content

    @property
    def needs_writing(self) -> bool:
        """True if a write failed or the file was deleted."""
        return not self._is_saved or (self._file is not None and not self._is_in_place(self._file))

    def read(self) -> bytes:
        """Return the content. It is empty if the file is missing, or unreadable, which is logged."""
        try:
            self._keep(_opened(self._path))
            return _content(self._file) if self._file is not None else b""
        except FileNotFoundError:
            return b""
        except OSError as error:
            self.warn_unreadable(error.strerror)
            return b""

    def write(self, content: bytes, *, wipe: bool) -> bool:
        """Replace the content. False if that failed.

        wipe: destroy the old content even if the new content can't be written.
        """
        try:
            fresh = self._written(content)
        except OSError as error:
            if wipe:
                self._overwrite(content)
            self._note_failure(error)
            return False
        if self._file is not None:
            _wipe(self._file)
        self._keep(fresh)
        self._note_success()
        return True

    def append(self, content: bytes) -> None:
        """Append to the content in one system call. After a failure, wait for the next `write`."""
        if not self._is_saved:
            return
        if self._file is None:
            self.write(content, wipe=False)
            return
        try:
            if os.pwrite(self._file, content, os.fstat(self._file).st_size) < len(content):
                raise OSError(0, "no room for all of it")
        except OSError as error:
            self._note_failure(error)

    def close(self) -> None:
        """Close the file without deleting it."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def warn_unreadable(self, why: str | None) -> None:
        _log.warning("the %s in %s can't be read (%s): %s", self._holds, self._path, why, self._otherwise)

    def _keep(self, file: int) -> None:
        """Use another open file from now on, with its pages locked in memory where the system allows it."""
        if self._lock is not None:
            self._lock.release()
        self._file, self._lock = file, MemoryLock(file)

    def _written(self, content: bytes) -> int:
        """Replace the file, and return the open new one. Raises OSError and leaves the old file untouched."""
        directory = self._opened_directory()
        fresh = self._path.with_suffix(".new").name
        try:
            with suppress(FileNotFoundError):  # left by a process that was killed here
                _remove(os.open(fresh, _FLAGS, dir_fd=directory), fresh, directory)
            file = os.open(fresh, _FLAGS | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=directory)
            try:
                _write_all(file, content)
                os.rename(fresh, self._path.name, src_dir_fd=directory, dst_dir_fd=directory)
            except OSError:
                _remove(file, fresh, directory)
                raise
        finally:
            os.close(directory)
        return file

    def _opened_directory(self) -> int:
        """Open the directory, creating it if necessary. Raises OSError if it is not safe to write to."""
        path = self._path.parent
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        status = os.fstat(directory)
        try:
            if not is_private(status):
                raise PermissionError(0, "other users can access it")
            # After an unmount, the same path is on the disk.
            if status.st_dev != self._device and mount_of(path) not in memory_mounts():
                raise PermissionError(0, "it is no longer in memory")
        except OSError:
            os.close(directory)
            raise
        return directory

    def _overwrite(self, content: bytes) -> None:
        """Overwrite the old content in place, with the new content if it fits, else with zeros."""
        if self._file is None:
            return
        size = os.fstat(self._file).st_size
        kept = content if len(content) <= size else b""
        try:
            is_whole = os.pwrite(self._file, kept.ljust(size, b"\0"), 0) == size
        except OSError:
            is_whole = False
        with suppress(OSError):
            os.ftruncate(self._file, len(kept) if is_whole else 0)

    def _is_in_place(self, file: int) -> bool:
        try:
            status = self._path.lstat()
        except OSError:
            return False
        return os.path.samestat(status, os.fstat(file))

    def _note_failure(self, error: OSError) -> None:
        if self._is_saved:
            _log.warning(
                "the %s can't be saved in %s (%s) and stay in process memory for now: %s",
                self._holds,
                self._path.parent,
                error.strerror,
                self._otherwise,
            )
        self._is_saved = False

    def _note_success(self) -> None:
        if not self._is_saved:
            _log.warning("the %s are saved in %s again", self._holds, self._path.parent)
        self._is_saved = True


def is_private(status: os.stat_result) -> bool:
    """True for a directory of this user that no other user can read or write."""
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077


def memory_mounts() -> set[Path]:
    """Return the mount points of memory-backed file systems."""
    try:
        lines = Path("/proc/self/mounts").read_text().splitlines()
    except OSError:
        return set()
    fields = [line.split() for line in lines]
    return {Path(field[1]) for field in fields if field[2] in ("tmpfs", "ramfs")}


def mount_of(path: Path) -> Path:
    """Return the mount point of the file system of a path."""
    path = path.resolve()
    while not path.is_mount():
        path = path.parent
    return path


def _opened(path: Path) -> int:
    try:
        return os.open(path, _FLAGS)
    except PermissionError:
        path.chmod(0o600)  # the directory belongs to this user, so the file does too
        return os.open(path, _FLAGS)


def _content(file: int) -> bytes:
    return os.pread(file, os.fstat(file).st_size, 0)


def _write_all(file: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]


def _remove(file: int, name: str, directory: int) -> None:
    """Overwrite, close and delete a file."""
    _wipe(file)
    with suppress(OSError):
        os.unlink(name, dir_fd=directory)


def _wipe(file: int) -> None:
    """Overwrite a file with zeros in place, and close it."""
    with suppress(OSError):
        os.pwrite(file, b"\0" * os.fstat(file).st_size, 0)
    os.close(file)
