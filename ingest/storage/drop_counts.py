"""Counts of dropped hits by site, local hour, reason and rule."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from ingest.outcome import Dropped


class DropCount(msgspec.Struct, frozen=True, array_like=True):
    """One row of `drops`. Encoded in spool segments: add fields at the end only, with a default."""

    site_id: int
    day: int  # local day, days since 1970-01-01
    hour: int  # local, 0 to 23
    reason: str
    rule: int
    count: int


_EPOCH_ORDINAL = datetime(1970, 1, 1, tzinfo=UTC).toordinal()


class Tally:
    """Counts since the last `take`."""

    def __init__(self) -> None:
        self._counts: dict[tuple[int, int, int, str, int], int] = {}
        self._taken: Counter[str] = Counter()  # by reason, since the start

    def add(self, dropped: Dropped, *, now: float, zone: ZoneInfo | None, count: int = 1) -> None:
        """Count dropped hits. zone: of the site. None: no site, UTC."""
        local = datetime.fromtimestamp(now, zone or UTC)
        key = (dropped.site_id, local.toordinal() - _EPOCH_ORDINAL, local.hour, dropped.reason.value, dropped.rule)
        self._counts[key] = self._counts.get(key, 0) + count

    def take(self) -> list[DropCount]:
        """Return the counts and reset them."""
        self._taken, counts, self._counts = self.totals(), self._counts, {}
        return [DropCount(*key, count) for key, count in counts.items()]

    def give_back(self, counts: Iterable[DropCount]) -> None:
        """Add counts back that could not be written."""
        for row in counts:
            key = (row.site_id, row.day, row.hour, row.reason, row.rule)
            self._counts[key] = self._counts.get(key, 0) + row.count
            self._taken[row.reason] -= row.count

    def totals(self) -> Counter[str]:
        """Return the counts since the start, by reason."""
        totals = Counter(self._taken)
        for key, count in list(self._counts.items()):  # another thread may ask
            totals[key[3]] += count
        return totals
