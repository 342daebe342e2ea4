"""The thread that counts days when they are over, and again when they changed."""

import logging
import threading
import time
from collections.abc import Callable

from schema.days.rollups import Rollups
from schema.measures import goals
from schema.sites import sites
from schema.stores.control import Control
from schema.stores.database import ClickHouseError, DatabaseUnavailableError, QueryLimitError

LOOK_EVERY_S = 60.0
NOTICE_EVERY_S = 1.0  # what a command has written down
MERGE_EVERY_S = 3600.0  # at the most

_log = logging.getLogger(__name__)


class RollupJob:
    """Counts the days of all sites, the latest first."""

    def __init__(self, rollups: Rollups, control: Control, *, clock: Callable[[], float]) -> None:
        """control: the connection that rollups writes with, and nobody else."""
        self._rollups = rollups
        self._control = control
        self._clock = clock
        self._version = control.version()
        self._stopping = threading.Event()
        self._is_scattered = False  # the counts are in more parts than they need be
        self._merged_at = -MERGE_EVERY_S  # seconds, monotonic
        self._thread = threading.Thread(target=self._run, name="rollups", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread, after the day it is at."""
        self._stopping.set()
        self._thread.join()

    def go_round(self) -> int:
        """Count the days that are due, and return how many were; on a day that can't be counted go on with the next."""
        counted = 0
        for site in sites.list_all(self._control, now=self._clock()):
            self._rollups.look(site)
            wanted = goals.list_all(self._control, site.id)
            for day in self._rollups.due(site, wanted):
                if self._stopping.is_set():
                    return counted
                try:
                    counted += self._rollups.count(site, day, wanted)
                except QueryLimitError as error:
                    _log.warning("%s of %s can't be counted and is read as it is: %s", day, site.domain, error)
        self._merge(counted)
        return counted

    def _merge(self, counted: int) -> None:
        self._is_scattered |= counted > 0
        if self._is_scattered and time.monotonic() - self._merged_at >= MERGE_EVERY_S:
            self._rollups.merge()
            self._is_scattered, self._merged_at = False, time.monotonic()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.go_round()
            except (ClickHouseError, DatabaseUnavailableError) as error:
                _log.warning("days are not counted, and read as they are: %s", error)
            except Exception:  # noqa: BLE001 the thread must outlive what nobody foresaw; days stay due
                _log.exception("counting days failed")
            self._wait()

    def _wait(self) -> None:
        """Wait until it is time to look again, or another process has changed something."""
        waited_s = 0.0
        while waited_s < LOOK_EVERY_S and not self._stopping.wait(NOTICE_EVERY_S):
            waited_s += NOTICE_EVERY_S
            version = self._control.version()
            if version != self._version:
                self._version = version
                self._rollups.reload()
                return
