"""The hourly limit on the requests of each API key, counted in memory."""

import threading
from collections.abc import Callable

from schema.rate_limit import RateLimit

HOUR_S = 3600


class KeyLimits:
    """Counts the requests of each key."""

    def __init__(self, clock: Callable[[], float], *, per_hour: int) -> None:
        """per_hour: 0 means no limit."""
        self._clock = clock
        self._limit = RateLimit(per_hour, period_s=HOUR_S) if per_hour else None
        self._lock = threading.Lock()

    def take(self, key_id: int) -> int:
        """Count a request and return 0, or return the seconds until the next one is allowed."""
        if self._limit is None:
            return 0
        with self._lock:
            return self._limit.take(key_id, now=self._clock())
