"""Counts of dropped hits by site, local hour, reason and rule."""

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

    def add(self, dropped: Dropped, *, now: float, zone: ZoneInfo | None, count: int = 1) -> None:
        """Count dropped hits. zone: of the site. None: no site, UTC."""
        local = datetime.fromtimestamp(now, zone or UTC)
        key = (dropped.site_id, local.toordinal() - _EPOCH_ORDINAL, local.hour, dropped.reason.value, dropped.rule)
        self._counts[key] = self._counts.get(key, 0) + count

    def take(self) -> list[DropCount]:
        """Return the counts and reset them."""
        counts, self._counts = self._counts, {}
        return [DropCount(*key, count) for key, count in counts.items()]

    def give_back(self, counts: Iterable[DropCount]) -> None:
        """Add counts back that could not be written."""
        for row in counts:
            key = (row.site_id, row.day, row.hour, row.reason, row.rule)
            self._counts[key] = self._counts.get(key, 0) + row.count
