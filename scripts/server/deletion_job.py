"""The thread that makes what is stored follow the retention and profile of its site, and erases what users choose."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from datetime import date
from functools import partial
from typing import Any

from schema.days.rollups import Rollups
from schema.privacy import conversion, erasing, erasures, retention
from schema.privacy.erasures import Erasure
from schema.privacy.profile import Privacy
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control, ControlUnavailableError
from schema.stores.database import ClickHouseError, Database, DatabaseUnavailableError, QueryLimitError

NOTICE_EVERY_S = 1.0  # edits
AGAIN_EVERY_S = 60.0  # after a change, while rows with the old date may still arrive
AGAIN_FOR_S = 600.0
LOOK_EVERY_S = 3600.0  # at rows that imports, replays and backups bring

_NOT_NOW = (ClickHouseError, ControlUnavailableError, DatabaseUnavailableError, QueryLimitError)

_log = logging.getLogger(__name__)


class DeletionJob:
    """Compares the stored rows with the settings at the start, after a change, and every hour. Erases at once."""

    def __init__(
        self,
        control: Control,
        database: Database,
        *,
        rollups: Rollups,
        end_visits: Callable[[int, list[int]], Coroutine[Any, Any, bool]],
        clock: Callable[[], float],
    ) -> None:
        """control: a connection of its own. clock: epoch seconds.

        end_visits: in the event loop, ends live visits of a site. True once all events so far are in ClickHouse.
        """
        self._control = control
        self._database = database
        self._rollups = rollups
        self._end_visits = end_visits
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._version: int | None = None
        self._kept: dict[int, Privacy] = {}  # by site
        self._due_at = self._again_until = time.monotonic()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="deletion", daemon=True)

    def start(self) -> None:
        """Start the thread, in the event loop that handles hits."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the current statement."""
        self._stopping.set()
        self._thread.join()

    def go_round(self) -> bool:
        """Rewrite the rows that differ from the settings of their site. False: none did. Raises as a query does."""
        is_changed = False
        for site in self._sites():
            if self._stopping.is_set():
                break
            if retention.conform(self._database, site, forget_months=self._rollups.forget_months):
                _log.info("The stored rows of %s now follow its retention.", site.domain)
                is_changed = True
            if conversion.conform(self._control, self._database, site, forget_months=self._rollups.forget_months):
                _log.info("What is stored of %s now follows its profile.", site.domain)
                is_changed = True
            erasures.drop_old(self._control, site, now=self._clock())
        return is_changed

    def erase(self) -> None:
        """Carry out the erasures that wait. Raises as a query does."""
        for erasure in erasures.waiting(self._control):
            if self._stopping.is_set():
                return
            erasing.carry_out(
                self._database,
                erasure,
                changing=self._rollups.changing,
                forget_months=self._rollups.forget_months,
                end_visits=self._ended,
                note=partial(self._note_step, erasure),
                final=erasures.final_days(self._control, erasure.site_id),
            )
            _log.info("Erasure %d is done.", erasure.id)

    def _note_step(self, erasure: Erasure, step: int, days: tuple[date, ...]) -> None:
        erasures.advance(self._control, erasure.id, step=step, days=days)

    def _ended(self, site_id: int, visit_ids: list[int]) -> None:
        if self._loop is None:
            return
        ended = asyncio.run_coroutine_threadsafe(self._end_visits(site_id, visit_ids), self._loop)
        if not ended.result():
            raise DatabaseUnavailableError("Accepted events wait to be stored.")

    def _sites(self) -> list[Site]:
        return sites.list_all(self._control, now=self._clock())

    def _is_due(self) -> bool:
        now, version = time.monotonic(), self._control.version()
        if version != self._version:
            kept = {site.id: site.privacy for site in self._sites()}
            if kept != self._kept:
                self._due_at, self._again_until = now, now + AGAIN_FOR_S
            if erasures.waiting(self._control):
                self._due_at = now
            self._version, self._kept = version, kept
        return now >= self._due_at

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._is_due():
                    self.go_round()
                    self.erase()
                    self._note_round()
            except _NOT_NOW as error:
                _log.warning("nothing can be deleted now, and is tried again: %s", error)
                self._due_at = time.monotonic() + AGAIN_EVERY_S
            except Exception:  # noqa: BLE001 the thread must survive unexpected errors; the rows stay due
                _log.exception("deleting failed")
                self._due_at = time.monotonic() + AGAIN_EVERY_S
            self._stopping.wait(NOTICE_EVERY_S)

    def _note_round(self) -> None:
        now = time.monotonic()
        self._due_at = now + (AGAIN_EVERY_S if now < self._again_until else LOOK_EVERY_S)
