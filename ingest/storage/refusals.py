"""Hits answered with 503: log lines about them, and their number by site and minute.

The log gets a line at the beginning, one a minute, and one at the end.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable

from ingest.storage.spool import SpoolFullError
from schema.sites.refused_hits import MINUTE_S, Cause, RefusedMinute

LINE_EVERY_S = 60
MAX_MINUTES = 20_000  # of sites, that wait to be stored; beyond it, hits are counted in the last minute of their site
_Key = tuple[int, int, Cause]  # site id, minute

_log = logging.getLogger(__name__)


class Refusals:
    """Counts hits answered with 503."""

    def __init__(self, reason: Callable[[], str]) -> None:
        """reason: returns why hits are rejected now. Empty: they are accepted."""
        self._reason = reason
        self._last_reason = ""
        self._new = 0  # hits since the last line
        self._logged = 0  # hits in the lines since the beginning
        self._is_logged = False  # the beginning is logged, the end is not
        self._logged_at = float("-inf")  # epoch seconds
        self._totals: Counter[Cause] = Counter()  # since the start
        self._minutes: Counter[_Key] = Counter()  # not stored yet
        self._last: dict[int, _Key] = {}  # of each site
        self._lost: SpoolFullError | None = None  # the write whose events were counted last

    def add(self, reason: str, *, cause: Cause) -> None:
        """Count a rejected hit."""
        self._last_reason = reason
        self._new += 1
        self._totals[cause] += 1

    def of_sites(self, site_ids: Iterable[int], *, cause: Cause, now: float) -> None:
        """Count a hit that each of these sites lacks. now: epoch seconds."""
        minute = int(now) // MINUTE_S * MINUTE_S
        for site_id in site_ids:
            key = (site_id, minute, cause)
            if key not in self._minutes and len(self._minutes) >= MAX_MINUTES:
                key = self._last.get(site_id, key)
            self._minutes[key] += 1
            self._last[site_id] = key

    def is_new(self, error: SpoolFullError) -> bool:
        """Return True the first time that this failed write is passed: all its hits are answered with it."""
        is_new, self._lost = error is not self._lost, error
        return is_new

    def take(self) -> list[RefusedMinute]:
        """Return what is to be stored, and begin anew."""
        minutes, self._minutes, self._last = self._minutes, Counter(), {}
        return [RefusedMinute(*key, hits) for key, hits in minutes.items()]

    def give_back(self, minutes: Iterable[RefusedMinute]) -> None:
        """Add what could not be stored."""
        for row in minutes:
            self._minutes[row[:3]] += row.hits

    def totals(self) -> Counter[Cause]:
        """Return the rejected hits since the start, by cause."""
        return Counter(self._totals)

    def tick(self, now: float) -> None:
        """Log a line if one is due. now: epoch seconds."""
        reason = self._reason()
        is_news = self._new or (reason and not self._is_logged)
        if is_news and not 0 <= now - self._logged_at < LINE_EVERY_S:
            _log.error("hits are rejected (%d since the last such line): %s", self._new, reason or self._last_reason)
            self._is_logged, self._logged_at = True, now
            self._logged, self._new = self._logged + self._new, 0
        if self._is_logged and not reason:
            _log.warning("hits are accepted again; %d were rejected", self._logged + self._new)
            self._is_logged, self._logged, self._new = False, 0, 0
