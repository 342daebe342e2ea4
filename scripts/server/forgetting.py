"""Delete today's visits on request of the visitor: in memory, in the spool, and in ClickHouse.

Anyone can send such requests, as often as they like. They are therefore batched and run in a separate thread: a batch
costs one query, plus one mutation per table if it finds visits. Waiting requests contain visitor ids only, which are
computed at once. No address is kept.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

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
MAX_WAITING = 200  # requests, besides those of the running batch

_NOT_NOW = (ClickHouseError, DatabaseUnavailableError, QueryLimitError, SpoolFullError)

_log = logging.getLogger(__name__)


class Forgetting:
    """Deletes visits of today, which the current salt still identifies. For one event loop."""

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
        """seal: ends the segment being written and flushes it. changing: around writes, with the days that change.

        every_s: time to collect a batch. within_s: maximum wait of a request.
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
        """Delete the visits of a browser. False if that is not possible now. now: epoch seconds."""
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

    async def end_visits(self, site_id: int, visit_ids: Collection[int]) -> bool:
        """End live visits of a site. True once all events accepted so far are in ClickHouse."""
        self._pipeline.end_visits(site_id, visit_ids)
        return await self._all_flushed()

    async def stop(self) -> None:
        """Stop after the running batch. Requests that wait get False."""
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
            site.day_of(now),
            # A visit across midnight keeps its old visitor id, whose salt may be destroyed.
            frozenset(numbers | {visit.visitor_id for visit in live}),
            frozenset(visit.visit_id for visit in live),
        )

    async def _work(self) -> None:
        """Run batches until no request waits."""
        while self._waiting:
            await asyncio.sleep(self._every_s)
            batch, self._waiting = self._waiting, {}
            is_done = await self._carry_out(list(batch.values()))
            for answer in batch:
                if not answer.done():
                    answer.set_result(is_done)
        self._worker = None

    async def _carry_out(self, visitors: list[Visitor]) -> bool:
        """Delete the visits of a batch. False if that is not possible now."""
        try:
            if not await self._all_flushed():
                return False
            await asyncio.get_running_loop().run_in_executor(self._thread, self._delete, visitors)
        except _NOT_NOW as error:
            _log.error("visits could not be deleted on request: %s", error)
            return False
        except Exception:  # noqa: BLE001 the next batch must run, whatever failed in this one
            _log.exception("visits could not be deleted on request")
            return False
        return True

    def _delete(self, visitors: list[Visitor]) -> None:
        """Delete the stored visits of visitors, if any."""
        if rows := find(self._database, visitors):
            # A visit across midnight has rows of yesterday, which may already be counted.
            with self._changing({(row.site_id, row.day) for row in rows}):
                forget(self._database, rows)

    async def _all_flushed(self) -> bool:
        """Wait until all events so far are in ClickHouse. False if that takes too long."""
        await self._spool.written()
        while not self._spool.is_due:  # requests must not split a busy spool into small segments
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
