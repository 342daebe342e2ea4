"""A file supplied by the operator and reread when it changes, such as a referrer spam list or exchange rates.

While the file is unusable, its last usable version stays in effect, or at first Sillage's default.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from schema.sentence import Sentence, SentenceError

LOOK_EVERY_S = 3

Content = TypeVar("Content")

_log = logging.getLogger(__name__)


class OperatorFile(Generic[Content]):
    """A file that may appear, change and disappear."""

    def __init__(
        self, path: Path | None, read: Callable[[str], Content], *, called: str, may_be_missing: bool = False
    ) -> None:
        """path: None if there is no file. read: raises ValueError for unusable text. called: for log lines.

        may_be_missing: a missing file is not a problem, unless it was there before.
        """
        self._path = path
        self._read = read
        self._called = called
        self.problem: Sentence | None = None  # why the file is not in effect
        self._may_be_missing = may_be_missing
        self._is_put_off = False  # and logged
        self._checked_at = float("-inf")
        self._version: tuple[int, ...] | None = None  # changes with the file; empty if it is missing

    def look(self, now: float) -> Content | None:
        """Return the content if it is new and usable, else None. An unusable file is logged once.

        now: epoch seconds. The file is checked every few seconds at most.
        """
        if self._path is None or abs(now - self._checked_at) < LOOK_EVERY_S:
            return None
        self._checked_at = now
        version = _version(self._path)
        if version == self._version:
            return None
        self._is_put_off &= self._version is None
        self._version = version
        if not version and self._may_be_missing:
            return None
        self._may_be_missing = False
        return self._usable(self._path)

    def look_again(self) -> None:
        """Read the file again at the next look, since the reason why it was unusable may be gone."""
        self._checked_at, self._version = float("-inf"), None

    def put_off(self, reason: str) -> None:
        """Read the file again at the next look, since its content could not be applied. reason: a sentence."""
        self._version = None
        self.problem = Sentence(
            "%(file)s can't be applied: %(reason)s The previous version stays in effect.",
            {"file": str(self._path), "reason": reason},
        )
        if not self._is_put_off:
            _log.error("The %s %s can't be applied yet: %s", self._called, self._path, reason)
        self._is_put_off = True

    def _usable(self, path: Path) -> Content | None:
        self.problem = None
        try:
            return self._read(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as error:  # missing, not text, invalid
            self.problem = Sentence(
                "%(file)s can't be used: %(reason)s. The previous version stays in effect.",
                {"file": str(path), "reason": _reason(error)},
            )
            _log.error("The %s %s", self._called, self.problem)
            return None


def _reason(error: OSError | ValueError) -> Sentence | str:
    """Return why a file is unusable, without a full stop."""
    if isinstance(error, SentenceError):
        return error.sentence
    return str(error.strerror if isinstance(error, OSError) else error).removesuffix(".")


def _version(path: Path) -> tuple[int, ...]:
    try:
        stat = path.stat()
    except OSError:
        return ()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
