"""Visits of today are forgotten when the person who made them asks for it: in memory, on the way, and in ClickHouse.

Anybody can ask, under as many made-up names as he likes. So requests wait for one another and are carried out together,
a batch a beat, in a thread of their own: a batch costs one question, and where it finds visits one mutation a table.
What waits are numbers of visitors, which are worked out at once; no address is kept.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime

from ingest.pipeline import Pipeline
from ingest.request.own_request import OwnRequest
from ingest.storage.spool import Spool, SpoolFullError
from schema.days.local_day import SiteDay
from schema.privacy.forgetting import Visitor, find, forget
from schema.sites.sites import Site
from schema.stores.database import ClickHouseError, Database, DatabaseUnavailableError, QueryLimitError

EVERY_S = 0.5
WITHIN_S = 10.0
LOOK_EVERY_S = 0.05
MAX_WAITING = 200  # requests; as many again may be under way

_NOT_NOW = (ClickHouseError, DatabaseUnavailableError, QueryLimitError, SpoolFullError)

_log = logging.getLogger(__name__)


class Forgetting:
    """Forgets browsers' visits of today, which the salt of the day still tells from others. For one event loop."""

    def __init__(
        self,
        pipeline: Pipeline,
        spool: Spool,
        database: Database,
        *,
        seal: Callable[[], object],
        changing: Callable[[Iterable[SiteDay]], AbstractContextManager[None]],
        every_s: float = EVERY_S,
        within_s: float = WITHIN_S,
    ) -> None:
        """seal: ends the segment being written, and has it flushed. changing: around a change of sites' local days.

        every_s: how long a batch is collected. within_s: how long a request waits.
        """
        self._pipeline = pipeline
        self._spool = spool
        self._database = database
        self._seal = seal
        self._changing = changing
        self._every_s = every_s
        self._within_s = within_s
        self._waiting: dict[asyncio.Future[bool], Visitor] = {}
        self._worker: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "forget")
        self._is_stopping = False

    async def of_browser(self, site: Site, own: OwnRequest, *, now: float) -> bool:
        """Delete them once they are all in ClickHouse; False where that can't be done now. now: epoch seconds."""
        if self._is_stopping or len(self._waiting) >= MAX_WAITING:
            return False
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[answer] = self._visitor(site, own, now)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        try:
            return await asyncio.wait_for(answer, self._within_s)
        except TimeoutError:
            return False
        finally:
            self._waiting.pop(answer, None)

    async def stop(self) -> None:
        """End after the batch that is being deleted; who waits behind it is told that it can't be done now."""
        self._is_stopping = True
        if self._worker is not None:
            await self._worker
        await asyncio.to_thread(self._thread.shutdown)

    def _visitor(self, site: Site, own: OwnRequest, now: float) -> Visitor:
        numbers, live = self._pipeline.forget(
            site.domain, host=own.host, address=own.address, user_agent=own.user_agent, now=now
        )
        return Visitor(
            site.id,
            datetime.fromtimestamp(now, site.zone).date(),
            # A visit over midnight keeps its number, whose salt may be gone.
            frozenset(numbers | {visit.visitor_id for visit in live}),
            frozenset(visit.visit_id for visit in live),
        )

    async def _work(self) -> None:
        """Carry out batches until nobody waits."""
        while self._waiting:
            await asyncio.sleep(self._every_s)
            batch, self._waiting = self._waiting, {}
            is_done = await self._carry_out(list(batch.values()))
            for answer in batch:
                if not answer.done():
                    answer.set_result(is_done)
        self._worker = None

    async def _carry_out(self, visitors: list[Visitor]) -> bool:
        """Forget a batch of visitors; False where that can't be done now."""
        try:
            if not await self._all_flushed():
                return False
            await asyncio.get_running_loop().run_in_executor(self._thread, self._delete, visitors)
        except _NOT_NOW as error:
            _log.error("visits that were to be forgotten could not be deleted: %s", error)
            return False
        except Exception:  # noqa: BLE001 the next batch must be carried out, whatever was wrong with this one
            _log.exception("visits that were to be forgotten could not be deleted")
            return False
        return True

    def _delete(self, visitors: list[Visitor]) -> None:
        """Delete what is stored of visitors; of strangers that is nothing."""
        if rows := find(self._database, visitors):
            # A visit over midnight has rows of yesterday, which may be counted already.
            with self._changing({(row.site_id, row.day) for row in rows}):
                forget(self._database, rows)

    async def _all_flushed(self) -> bool:
        """Wait until all that was put down so far is in ClickHouse; False where that takes too long."""
        await self._spool.written()
        while not self._spool.is_due:  # strangers must not cut a busy spool into small segments
            if self._is_stopping:
                return False
            await asyncio.sleep(LOOK_EVERY_S)
        self._seal()
        loop = asyncio.get_running_loop()
        until = loop.time() + self._within_s
        waiting = [segment.path for segment in self._spool.sealed()]
        while waiting := [path for path in waiting if path.exists()]:
            if self._is_stopping or loop.time() > until:
                return False
            await asyncio.sleep(LOOK_EVERY_S)
        return True
