"""The periodic jobs of a server. Each runs in a task of its own, so that a slow or failing job delays no other."""

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial

from schema.days.local_day import date_of
from schema.people import accounts
from schema.sites import refused_hits
from schema.stores.control import ControlUnavailableError
from scripts.server.parts import Parts

LINE_EVERY_S = 60.0  # at most, about a job that keeps failing

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    every_s: float  # between the end of a run and the next
    run: Callable[[], Awaitable[object]]


def jobs(parts: Parts) -> tuple[Job, ...]:
    """Return the jobs of a server."""
    return (
        Job("age visits and salts", 0.5, partial(_age, parts)),
        Job("note which salts exist", 1.0, partial(note_salts, parts)),
        Job("seal a segment that is due", 0.5, partial(_seal_if_due, parts)),
        Job("follow edits", 0.5, parts.edits.follow),
        Job("reread files", 0.5, partial(_reread, parts)),
        Job("sync accepted events to disk", 0.5, parts.stores.spool.sync),
        Job("resolve host names", 5.0, partial(_resolve_names, parts)),
        Job("store refused hits", 5.0, partial(store_refused, parts)),
        Job("drop an abandoned snapshot", 60.0, partial(_drop_snapshot, parts)),
        Job("send mail", 30.0, partial(_send_mail, parts)),
        Job("watch visitors", 60.0, partial(_watch, parts)),
        Job("delete unused accounts", 3600.0, partial(_delete_accounts, parts)),
    )


@contextlib.asynccontextmanager
async def beating(jobs: Iterable[Job]) -> AsyncIterator[None]:
    """Run jobs during the block. Its end interrupts a running job."""
    tasks = [asyncio.create_task(_repeat(job)) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _repeat(job: Job) -> None:
    logged_at = -math.inf
    while True:
        try:
            await job.run()
        except ControlUnavailableError as error:
            if time.monotonic() - logged_at >= LINE_EVERY_S:
                logged_at = time.monotonic()
                _log.error("A job waits: %s. %s", job.name, error)
        except Exception:  # noqa: BLE001 without its next run, nothing is flushed and no salt destroyed
            if time.monotonic() - logged_at >= LINE_EVERY_S:
                logged_at = time.monotonic()
                _log.exception("A job failed: %s.", job.name)
        await asyncio.sleep(job.every_s)


async def _age(parts: Parts) -> None:
    """End old visits, destroy old salts, and accept hits again once the spool can store them."""
    now, counting = parts.clock(), parts.counting
    counting.pipeline.tick(now)
    parts.stores.spool.retry()
    counting.refusals.tick(now)
    if evicted := counting.visits.take_evicted():
        _log.warning("%d visits ended early because live_visits_max was exceeded.", evicted)


async def note_salts(parts: Parts) -> None:
    """Store for which days salts exist, so that a restart notices a lost one."""
    if missing := parts.salted_days.missing({site: date_of(day) for site, day in parts.stores.salts.days.items()}):
        await asyncio.to_thread(parts.salted_days.note, missing)


async def _seal_if_due(parts: Parts) -> None:
    if parts.stores.spool.is_due:
        parts.writers.flusher.seal(parts.counting.tally)


async def _reread(parts: Parts) -> None:
    parts.counting.places.refresh()
    parts.lists.look(parts.clock())


async def store_refused(parts: Parts) -> None:
    """Store which hits were refused. On a full disk that fails too, and is tried again."""
    minutes = parts.counting.refusals.take()
    if not minutes:
        return
    try:
        await asyncio.to_thread(refused_hits.add, parts.stores.control, minutes)
    except ControlUnavailableError:
        parts.counting.refusals.give_back(minutes)


async def _delete_accounts(parts: Parts) -> None:
    months = parts.account_months
    if months and await asyncio.to_thread(
        accounts.delete_unused, parts.stores.control, months=months, now=parts.clock()
    ):
        _log.warning("Accounts without a sign-in for %d months were deleted.", months)


async def _send_mail(parts: Parts) -> None:
    await asyncio.to_thread(parts.post.go_round)


async def _watch(parts: Parts) -> None:
    await asyncio.to_thread(parts.post.look)


async def _drop_snapshot(parts: Parts) -> None:
    await asyncio.to_thread(parts.writers.snapshots.drop_if_idle)


async def _resolve_names(parts: Parts) -> None:
    """Resolve the host names of exclusions, which may take seconds."""
    if await asyncio.to_thread(parts.counting.rules.refresh_names):
        await parts.edits.follow(are_names_new=True)
