"""The operator's list of made-up referrers, followed while the server runs.

As long as the file can't be used, the last good list stays in force, at first the built-in one.
"""

import logging
from pathlib import Path

from ingest.referrer_spam import ReferrerSpam, read

LOOK_EVERY_S = 3

_log = logging.getLogger(__name__)


class SpamFile:
    """A file that may come, change and go."""

    def __init__(self, path: Path | None) -> None:
        """path: None where the operator has none."""
        self._path = path
        self._looked_at = float("-inf")
        self._seen: tuple[int, ...] | None = None  # what changes when the file does; empty: it could not be found

    def look(self, now: float) -> ReferrerSpam | None:
        """Return the list where it is new; None where it is not, or can't be used, which is logged once.

        now: epoch seconds. The file is looked at every few seconds, however often this is called.
        """
        if self._path is None or abs(now - self._looked_at) < LOOK_EVERY_S:
            return None
        self._looked_at = now
        seen = _mark(self._path)
        if seen == self._seen:
            return None
        self._seen = seen
        return _usable(self._path)


def _mark(path: Path) -> tuple[int, ...]:
    try:
        stat = path.stat()
    except OSError:
        return ()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _usable(path: Path) -> ReferrerSpam | None:
    try:
        return read(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:  # not there, no text, no list
        why = error.strerror if isinstance(error, OSError) else error
        _log.error("the list of made-up referrers %s can't be used: %s; the one before stays in force", path, why)
        return None
