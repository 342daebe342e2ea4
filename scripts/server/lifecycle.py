"""From the first start of a server's parts to their end: prepare, restore, warm, start, stop, close."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

from ingest.enrich import url, user_agent
from ingest.gates import bots
from ingest.storage.flush import read
from ingest.visits.live_visits import TIMEOUT_S
from schema.days.local_day import date_of, local_day
from schema.privacy import lost_salts
from schema.records.visit import Visit, recent_visits
from schema.sites import sites
from schema.stores import snapshot
from schema.stores.database import DatabaseAwayError
from schema.stores.migrate import migrate_clickhouse
from scripts.server import heartbeat
from scripts.server.http_server import freeze
from scripts.server.parts import Parts

THREADS = 40  # at most; a slow query occupies one of them

_log = logging.getLogger(__name__)


def prepare(parts: Parts) -> None:
    """Migrate ClickHouse before the start. If it is unreachable, the flusher does so later.

    Raises MigrationError, DatabaseUnavailableError.
    """
    try:
        migrate(parts)
    except DatabaseAwayError as error:
        _log.warning("%s Until it responds, accepted events wait on disk.", error)


def migrate(parts: Parts) -> None:
    """Migrate ClickHouse to the current schema, and log what it could not read."""
    migrate_clickhouse(parts.stores.database, now=parts.clock())
    snapshot.drop(parts.stores.database)  # of a backup that a crash interrupted
    parts.problems.look_for_damage()


@contextlib.asynccontextmanager
async def running(parts: Parts) -> AsyncIterator[None]:
    """Accept events and write them during the block. Then write what was accepted, and end all threads."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "work"))
    restore(parts)
    warm()
    start(parts)
    try:
        async with heartbeat.beating(heartbeat.jobs(parts)):
            freeze()
            yield
    finally:
        await stop(parts)


def restore(parts: Parts) -> None:
    """Put into effect what was in effect before a restart: active visits, edits of users, lists of the operator."""
    now = int(parts.clock())
    parts.counting.visits.restore(_active_visits(parts, since=now - TIMEOUT_S), now=now)
    note_lost_salts(parts)
    parts.edits.follow_now()
    parts.lists.look(parts.clock())


def note_lost_salts(parts: Parts) -> None:
    """Mark today for sites that had a salt for it, have events, and no salt any more. Call before salts are made."""
    stores, now = parts.stores, parts.clock()
    today = {site.id: local_day(now, site.zone) for site in sites.list_all(stores.control, now=now)}
    lost = [
        (site_id, date_of(day.number))
        for site_id, day in today.items()
        if parts.salted_days.had_salt(site_id, date_of(day.number)) and not stores.salts.has(site_id, day)
    ]
    with contextlib.suppress(DatabaseAwayError):
        if lost and (marked := lost_salts.with_events(stores.database, lost)):
            _log.warning("The salts of %d sites were lost: visitors of today may count twice.", len(marked))
            lost_salts.mark(stores.control, marked)


def _active_visits(parts: Parts, *, since: int) -> list[Visit]:
    """Return the visits with events since a time, from ClickHouse and the spool."""
    active: list[Visit] = []
    with contextlib.suppress(DatabaseAwayError):
        active += recent_visits(parts.stores.database, since=since)
    for segment in reversed(parts.stores.spool.sealed()):
        if segment.path.stat().st_mtime < since:
            break
        active += [record.visit for record in read(segment).records]
    return active


def warm() -> None:
    """Load what the first hit would wait for."""
    url.warm()
    user_agent.warm()
    bots.warm()


def start(parts: Parts) -> None:
    """Start the threads that write to ClickHouse."""
    parts.writers.flusher.start()
    parts.writers.flusher.wake()
    parts.writers.rollup_job.start()
    parts.writers.deletion_job.start()


async def stop(parts: Parts) -> None:
    """Write what was accepted, and end the threads."""
    stores, writers, tally = parts.stores, parts.writers, parts.counting.tally
    await asyncio.to_thread(parts.post.stop)
    await writers.forgetting.stop()
    await heartbeat.note_salts(parts)
    await heartbeat.store_refused(parts)
    writers.flusher.seal(tally)
    stores.spool.close()
    if lost := tally.take():
        _log.error("%d dropped hits are missing from the drop counts.", sum(row.count for row in lost))
    for part in (writers.importer, writers.flusher, writers.rollup_job, writers.deletion_job):
        await asyncio.to_thread(part.stop)


def close(parts: Parts) -> None:
    """Release files and connections, after the server has stopped or instead of starting it."""
    stores = parts.stores
    for store in (
        stores.database,
        stores.control,
        stores.watched_control,
        stores.days_control,
        stores.deletion_control,
        stores.salts,
        stores.carried,
    ):
        store.close()
    stores.directory.release()
