"""A file that the operator supplies, followed while the server runs: made-up referrers, rates of currencies.

As long as the file can't be used, what was read from it last stays in force, at first what Sillage has of itself.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

LOOK_EVERY_S = 3

Content = TypeVar("Content")

_log = logging.getLogger(__name__)


class OperatorFile(Generic[Content]):
    """A file that may come, change and go."""

    def __init__(
        self, path: Path | None, read: Callable[[str], Content], *, called: str, may_be_missing: bool = False
    ) -> None:
        """path: None where the operator has none. read: raises ValueError on a text that can't be used.

        may_be_missing: nobody has said that it is there; once it was seen, it is missed.
        """
        self._path = path
        self._read = read
        self._called = called
        self.problem = ""  # why what is in force is not what the file holds; empty: it is
        self._may_be_missing = may_be_missing
        self._is_put_off = False  # and the log says so
        self._looked_at = float("-inf")
        self._seen: tuple[int, ...] | None = None  # what changes when the file does; empty: it could not be found

    def look(self, now: float) -> Content | None:
        """Return what the file holds where it is new; None where it is not, or can't be used, which is logged once.

        now: epoch seconds. The file is looked at every few seconds, however often this is called.
        """
        if self._path is None or abs(now - self._looked_at) < LOOK_EVERY_S:
            return None
        self._looked_at = now
        seen = _mark(self._path)
        if seen == self._seen:
            return None
        self._is_put_off &= self._seen is None
        self._seen = seen
        if not seen and self._may_be_missing:
            return None
        self._may_be_missing = False
        return self._usable(self._path)

    def look_again(self) -> None:
        """Take the file for new: what it could not be used for may have changed."""
        self._looked_at, self._seen = float("-inf"), None

    def put_off(self, why: str) -> None:
        """Take the file for new at the next look: what it holds could not be put in force. why: a sentence."""
        self._seen = None
        self.problem = f"{self._path} can't be put in force: {why} What was in force before stays so."
        if not self._is_put_off:
            _log.error("the %s %s can't be put in force yet: %s", self._called, self._path, why)
        self._is_put_off = True

    def _usable(self, path: Path) -> Content | None:
        self.problem = ""
        try:
            return self._read(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as error:  # not there, no text, not what it should be
            why = error.strerror if isinstance(error, OSError) else error
            self.problem = f"{path} can't be used: {why}; what was in force before stays so."
            _log.error("the %s %s can't be used: %s; what was in force before stays so", self._called, path, why)
            return None


def _mark(path: Path) -> tuple[int, ...]:
    try:
        stat = path.stat()
    except OSError:
        return ()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
