"""Visits of today are forgotten when the person who made them asks for it: in memory, on the way, and in ClickHouse."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime

from ingest.own_request import OwnRequest
from ingest.pipeline import Pipeline
from ingest.spool import Spool
from schema.database import ClickHouseError, Database, DatabaseUnavailableError
from schema.forgetting import forget
from schema.sites import Site

WITHIN_S = 10
LOOK_EVERY_S = 0.05

_log = logging.getLogger(__name__)


class Forgetting:
    """Forgets a browser's visits of today, which the salt of the day still tells from others."""

    def __init__(self, pipeline: Pipeline, spool: Spool, database: Database, *, seal: Callable[[], None]) -> None:
        """seal: ends the segment being written, and has it flushed."""
        self._pipeline = pipeline
        self._spool = spool
        self._database = database
        self._seal = seal

    async def of_browser(self, site: Site, own: OwnRequest, *, now: float) -> bool:
        """Delete them once they are all in ClickHouse; False where that can't be done now. now: epoch seconds."""
        numbers, live = self._pipeline.forget(
            site.domain, host=own.host, address=own.address, user_agent=own.user_agent, now=now
        )
        if not await self._all_flushed():
            return False
        try:
            await asyncio.to_thread(
                forget,
                self._database,
                site.id,
                visitors=numbers | {visit.visitor_id for visit in live},
                visits=[visit.visit_id for visit in live],
                today=datetime.fromtimestamp(now, site.zone).date(),
            )
        except (ClickHouseError, DatabaseUnavailableError) as error:
            _log.error("visits that were to be forgotten could not be deleted: %s", error)
            return False
        return True

    async def _all_flushed(self) -> bool:
        """Wait until all that was put down so far is in ClickHouse; False where that takes too long."""
        await self._spool.written()
        self._seal()
        waiting = {segment.name for segment in self._spool.sealed()}
        until = time.monotonic() + WITHIN_S
        while waiting & {segment.name for segment in self._spool.sealed()}:
            if time.monotonic() > until:
                return False
            await asyncio.sleep(LOOK_EVERY_S)
        return True
