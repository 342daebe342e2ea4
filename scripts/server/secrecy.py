"""Protect memory, files and the log from what must not be in them.

- A core dump would write current IP addresses to the disk, and a debugger of the same user could read them from memory.
  Linux prevents both for a process that is not dumpable. Root can still do it.
- Files of Sillage are private to their owner. ClickHouse and pyarrow create files with default modes, so the umask
  decides.
- The text of an error may quote the request, such as an address that can't be parsed. Errors of requests are therefore
  logged without their texts.
"""

import ctypes
import logging
import os
import resource
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from traceback import format_tb

FOR_THE_OWNER = 0o077  # the umask
_PR_SET_DUMPABLE = 4  # linux/prctl.h
_NAMED = 5  # entries in a line of the log
_ANSWERING = frozenset({"asyncio", "dashboard.app", "uvicorn.error"})  # loggers of errors in requests

_log = logging.getLogger(__name__)


def hide_memory() -> None:
    """Disable core dumps and, on Linux, reading the memory of this process."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def without_error_text(record: logging.LogRecord) -> bool:
    """Keep a record, but only the types of its errors and where they were raised. A filter for handlers of the log.

    Errors of jobs keep their texts: jobs don't see requests.
    """
    if record.name in _ANSWERING and record.exc_info and record.exc_info[1]:
        record.exc_text = "".join(_raised(record.exc_info[1], seen=set())).rstrip()
    return True


def _raised(error: BaseException, seen: set[int]) -> Iterator[str]:
    """Yield the lines of an error, after those of the errors that led to it."""
    if id(error) in seen:
        return
    seen.add(id(error))
    context = None if error.__suppress_context__ else error.__context__
    for other in (error.__cause__ or context, *getattr(error, "exceptions", ())):
        if other is not None:
            yield from _raised(other, seen)
    yield from format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}\n"


def tighten(directory: Path) -> None:
    """Make a data directory and its direct entries private to the owner, and log which were not.

    Deeper files are then out of reach. Links are not followed. Files of other users are only logged.
    """
    open_to_others = [path for path in _entries(directory) if _mode(path) & FOR_THE_OWNER]
    tightened = [path for path in open_to_others if _tightened(path)]
    left = [path for path in open_to_others if path not in tightened]
    if tightened:
        _log.warning("other users could read %s: now only the owner can", _names(tightened))
    if left:
        _log.warning(
            "other users can read %s, which this process does not own: run `chmod go-rwx` on it as its owner",
            _names(left),
        )


def _entries(directory: Path) -> Iterator[Path]:
    yield directory
    yield from sorted(path for path in directory.iterdir() if path.is_file() or path.is_dir())


def _mode(path: Path) -> int:
    """Return the permissions of a file or directory. 0 for a link or a missing file."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return 0
    return 0 if stat.S_ISLNK(status.st_mode) else stat.S_IMODE(status.st_mode)


def _tightened(path: Path) -> bool:
    try:
        if path.stat().st_uid != os.geteuid():
            return False
        path.chmod(_mode(path) & ~FOR_THE_OWNER)
    except OSError:
        return False
    return True


def _names(paths: Iterable[Path]) -> str:
    names = [str(path) for path in paths]
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
