"""The thread that counts days and months when they are over, and again after they change, and closes days."""

import logging
import threading
import time
from collections.abc import Callable

from schema.days.closing import Closing
from schema.days.rollups import Rollups
from schema.measures import goals
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import ClickHouseError, DatabaseUnavailableError, QueryLimitError

LOOK_EVERY_S = 60.0
NOTICE_EVERY_S = 1.0  # changes by a command
MERGE_EVERY_S = 3600.0  # at most

_log = logging.getLogger(__name__)


class RollupJob:
    """Counts the days of all sites, latest first, and then their months, and closes the days that are settled."""

    def __init__(
        self, rollups: Rollups, control: Control, *, clock: Callable[[], float], closing: Closing | None = None
    ) -> None:
        """control: a connection that only rollups and closing write with. clock: epoch seconds. closing: None: days
        stay open.
        """
        self._rollups = rollups
        self._closing = closing
        self._control = control
        self._clock = clock
        self._version = control.version()
        self._stopping = threading.Event()
        self._is_scattered = False  # merging would reduce the number of parts
        self.done_at = 0.0  # when the last whole round ended, epoch seconds; 0: none has
        self._merged_at = -MERGE_EVERY_S  # seconds, monotonic
        self._thread = threading.Thread(target=self._run, name="rollups", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the current day, batch of days to close, or partition to clean."""
        self._stopping.set()
        if self._closing:
            self._closing.stop()
        self._thread.join()

    def go_round(self) -> int:
        """Count what is due, then close what is settled, skipping what fails. Returns how many counts it made."""
        counted = 0
        for site in sites.list_all(self._control, now=self._clock()):
            self._rollups.look(site)
            goals_of_site = goals.list_all(self._control, site.id)
            for day in self._rollups.due(site, goals_of_site):
                if self._stopping.is_set():
                    return counted
                try:
                    counted += self._rollups.count(site, day, goals_of_site)
                except QueryLimitError as error:
                    _log.warning(
                        "%s of %s can't be counted, reports read its events instead: %s", day, site.domain, error
                    )
            counted += self._count_months(site)
        if self._closing:
            self._close(self._closing)
        self._merge(counted)
        return counted

    def _count_months(self, site: Site) -> int:
        counted = 0
        for month in self._rollups.due_months(site):
            if self._stopping.is_set():
                return counted
            try:
                counted += self._rollups.count_month(site, month)
            except QueryLimitError as error:
                _log.warning(
                    "the month %s of %s can't be counted, reports read its days instead: %s", month, site.domain, error
                )
        return counted

    def _close(self, closing: Closing) -> None:
        """Close the days of all sites, after counting: what can't be closed keeps no day from being counted."""
        closing.resume()
        for site in sites.list_all(self._control, now=self._clock()):
            if self._stopping.is_set():
                return
            try:
                closing.close(site)
            except QueryLimitError as error:
                _log.warning("days of %s can't be closed, and keep the numbers of visits: %s", site.domain, error)
        closing.sweep()

    def _merge(self, counted: int) -> None:
        self._is_scattered |= counted > 0
        if self._is_scattered and time.monotonic() - self._merged_at >= MERGE_EVERY_S:
            self._rollups.merge()
            self._is_scattered, self._merged_at = False, time.monotonic()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.go_round()
                self.done_at = self._clock()
            except (ClickHouseError, DatabaseUnavailableError) as error:
                _log.warning("days are not counted, reports read their events instead: %s", error)
            except Exception:  # noqa: BLE001 the thread must survive unexpected errors; days stay due
                _log.exception("counting days failed")
            self._wait()

    def _wait(self) -> None:
        """Wait until the next round is due, or another process changes something."""
        waited_s = 0.0
        while waited_s < LOOK_EVERY_S and not self._stopping.wait(NOTICE_EVERY_S):
            waited_s += NOTICE_EVERY_S
            version = self._control.version()
            if version != self._version:
                self._version = version
                self._rollups.reload()
                return
