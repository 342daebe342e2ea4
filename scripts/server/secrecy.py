"""Keep what Sillage knows from the other users of the machine: in memory and on disk.

- A core dump would put the addresses of the moment on the disk. A process of the same user, a debugger or a crash
  reporter, could read them from memory. Linux refuses both to a process that is not dumpable; root can still do it.
- Files that Sillage makes are for their owner alone. ClickHouse and pyarrow make files with the mode that the umask
  leaves, so the umask decides.
"""

import ctypes
import logging
import os
import resource
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

FOR_THE_OWNER = 0o077  # the umask
_PR_SET_DUMPABLE = 4  # linux/prctl.h
_NAMED = 5  # entries in a line of the log

_log = logging.getLogger(__name__)


def hide_memory() -> None:
    """Write no core dump of this process, and on Linux let no other process of its user read its memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def tighten(directory: Path) -> None:
    """Take a data directory and what lies directly in it from everybody but the owner, and log what was open.

    What lies deeper is out of reach then. Links are not followed. What belongs to another user is left, and logged.
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
    """Return the permissions of a file or directory, 0 of a link and of what is gone by now."""
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
