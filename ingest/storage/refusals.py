"""Log lines about hits answered with 503: one at the beginning, one a minute, and one at the end."""

import logging
from collections.abc import Callable

LINE_EVERY_S = 60

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

    def add(self, reason: str) -> None:
        """Count a rejected hit."""
        self._last_reason = reason
        self._new += 1

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
