"""The thread that makes what is stored follow the retention and the profile of its site."""

import logging
import threading
import time
from collections.abc import Callable

from schema.days.rollups import Rollups
from schema.privacy import conversion, retention
from schema.privacy.profile import Privacy
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import ClickHouseError, Database, DatabaseUnavailableError, QueryLimitError

NOTICE_EVERY_S = 1.0  # edits
AGAIN_EVERY_S = 60.0  # after a change, while rows with the old date may still arrive
AGAIN_FOR_S = 600.0
LOOK_EVERY_S = 3600.0  # at rows that imports, replays and backups bring

_NOT_NOW = (ClickHouseError, DatabaseUnavailableError, QueryLimitError)

_log = logging.getLogger(__name__)


class DeletionJob:
    """Compares the stored rows with the settings: at the start, after a change, and every hour."""

    def __init__(self, control: Control, database: Database, *, rollups: Rollups, clock: Callable[[], float]) -> None:
        """control: a connection that only reads. clock: epoch seconds."""
        self._control = control
        self._database = database
        self._rollups = rollups
        self._clock = clock
        self._version: int | None = None
        self._kept: dict[int, Privacy] = {}  # by site
        self._due_at = self._again_until = time.monotonic()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="deletion", daemon=True)

    def start(self) -> None:
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
        return is_changed

    def _sites(self) -> list[Site]:
        return sites.list_all(self._control, now=self._clock())

    def _is_due(self) -> bool:
        now, version = time.monotonic(), self._control.version()
        if version != self._version:
            kept = {site.id: site.privacy for site in self._sites()}
            if kept != self._kept:
                self._due_at, self._again_until = now, now + AGAIN_FOR_S
            self._version, self._kept = version, kept
        return now >= self._due_at

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._is_due():
                    self.go_round()
                    self._note_round()
            except _NOT_NOW as error:
                _log.warning("rows can't follow the retention now: %s", error)
                self._due_at = time.monotonic() + AGAIN_EVERY_S
            except Exception:  # noqa: BLE001 the thread must survive unexpected errors; the rows stay due
                _log.exception("following the retention failed")
                self._due_at = time.monotonic() + AGAIN_EVERY_S
            self._stopping.wait(NOTICE_EVERY_S)

    def _note_round(self) -> None:
        now = time.monotonic()
        self._due_at = now + (AGAIN_EVERY_S if now < self._again_until else LOOK_EVERY_S)
