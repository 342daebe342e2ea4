"""The days whose events wait in files: in the spool, set aside, or in unfinished imports.

Some of these events may be stored already. Only the numbers of their visits show that, so the days must not be closed
before. After a week, files that nobody sends again no longer count.
"""

from collections.abc import Callable
from pathlib import Path

from ingest.storage.flush import days_of, read
from ingest.storage.spool import Spool, SpoolSegment
from schema.days.local_day import SiteDay

HELD_FOR_S = 7 * 86_400


class WaitingDays:
    """The days of sealed segments and of those set aside. Reads each file once."""

    def __init__(self, spool: Spool, *, clock: Callable[[], float]) -> None:
        """clock: epoch seconds."""
        self._spool = spool
        self._clock = clock
        self._days: dict[Path, frozenset[SiteDay]] = {}

    def __call__(self) -> set[SiteDay]:
        """Return the days of files that exist now. Raises OSError."""
        since = self._clock() - HELD_FOR_S
        segments = [*self._spool.sealed(), *(part for part in self._spool.set_aside() if _is_recent(part.path, since))]
        self._days = {segment.path: self._read(segment) for segment in segments}
        return set[SiteDay]().union(*self._days.values())

    def _read(self, segment: SpoolSegment) -> frozenset[SiteDay]:
        if segment.path in self._days:
            return self._days[segment.path]
        try:
            return frozenset(days_of(read(segment).records))
        except FileNotFoundError:  # flushed since then
            return frozenset()


def _is_recent(path: Path, since: float) -> bool:
    try:
        return path.stat().st_mtime >= since
    except FileNotFoundError:
        return False
