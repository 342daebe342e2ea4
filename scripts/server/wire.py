"""The composition root: builds all parts from the settings, for production and tests alike."""

import asyncio
import contextlib
import gc
import logging
import math
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount

from dashboard.app import create_app
from ingest.collector import Collector
from ingest.enrich import url, user_agent
from ingest.enrich.place import Places
from ingest.enrich.place_table import files
from ingest.gates import bots, referrer_spam
from ingest.gates.rate_limit import RateLimits
from ingest.gates.recent_hits import RecentHits
from ingest.history.importer import Importer
from ingest.pages import tracker_scripts, visitor_routes
from ingest.pipeline import Pipeline
from ingest.request import body, own_request
from ingest.request.client_ip import TrustedProxies
from ingest.request.sender_keys import SenderKeys
from ingest.storage.drop_counts import Tally
from ingest.storage.flush import Flusher, drops_payload, read
from ingest.storage.refusals import LINE_EVERY_S, Refusals
from ingest.storage.spool import Spool
from ingest.visits.carried import CarriedVisits
from ingest.visits.live_visits import TIMEOUT_S, Visits
from ingest.visits.salts import Salts, memory_backed_file
from schema.days.rollups import Rollups
from schema.measures import rates
from schema.privacy.signed_links import LinkError, Links, Purpose
from schema.records.visit import Visit, recent_visits
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores import key_file
from schema.stores.control import Control
from schema.stores.database import DamagedParts, Database, DatabaseAwayError
from schema.stores.migrate import migrate_clickhouse
from scripts.config.loading import GEO_DIRECTORY, Config, ConfigError
from scripts.server.data_directory import DataDirectory
from scripts.server.edits import AnsweredInEffect, Edited, Edits
from scripts.server.forgetting import Forgetting
from scripts.server.rollup_job import RollupJob
from scripts.server.rules_in_force import RulesInForce
from scripts.server.watched_file import OperatorFile

BEAT_S = 0.5
SYNC_S = 0.5  # older writes are on disk, or being synced
RESOLVE_NAMES_S = 5
THREADS = 40  # at most; a slow query occupies one of them
PURGE_AFTER_S = 10  # by then, the last accepted events of a removed site are in ClickHouse

_log = logging.getLogger(__name__)


class Sillage:
    """All parts of a server. The lifespan of `app` starts and stops them."""

    def __init__(self, config: Config, *, clock: Callable[[], float] = time.time) -> None:
        """Open all stores. The data directory must exist.

        Raises ConfigError, KeyFileError, MigrationError, DatabaseUnavailableError, sqlite3.Error, OSError.
        """
        self._clock = clock
        self._directory = DataDirectory(config.data_dir)
        self.control = Control(config.data_dir / "control.sqlite3", now=clock())
        self.database = Database(config.database, memory_bytes=config.memory_mb * 1_048_576)
        self._damaged_parts: list[DamagedParts] = []
        self._migrate_if_there()
        self.spool = Spool(
            config.data_dir / "spool", max_bytes=config.spool_max_mb * 1_048_576, sync_always=config.fsync == "always"
        )
        self._refusals = Refusals(lambda: self.spool.refusal)
        self.salts_file = _salts_file(config)
        self._salts = Salts(self.salts_file)
        self._carried = CarriedVisits(self.salts_file and self.salts_file.with_name("carried"))
        self._visits = Visits(capacity=config.live_visits_max, carried=self._carried)
        self._places = _places(config)
        trusted = TrustedProxies(config.trusted_proxies)
        self.tally = Tally()
        recent_hits = RecentHits()
        self.rules = RulesInForce(
            self.control,
            data_dir=config.data_dir,
            file=config.exclusions_file,
            places=self._places,
            recent_hits=recent_hits,
            max_share=config.excluded_share,
            clock=clock,
        )
        self.pipeline = self._pipeline(config, trusted, recent_hits)
        self._spam_file = OperatorFile(config.referrer_spam_file, referrer_spam.read, called="referrer spam list")
        self._rates_file = OperatorFile(config.currency_rates_file, rates.read, called="exchange rate table")
        self._rates = rates.NO_RATES
        self._days = Control(config.data_dir / "control.sqlite3", now=clock())
        self.rollups = Rollups(self._days, self.database, clock=clock)
        self._rollup_job = RollupJob(self.rollups, self._days, clock=clock)
        self.flusher = Flusher(
            self.spool, self.database, before=self._migrate, after=self._purge, changing=self.rollups.changing
        )
        self.importer = Importer(
            self.control,
            self.database,
            config.data_dir / "imports",
            changing=self.rollups.changing,
            clock=clock,
        )
        self._forgetting = Forgetting(
            self.pipeline, self.spool, self.database, seal=self._seal, changing=self.rollups.changing
        )
        self.links = Links(key_file.read(config.data_dir, key_file.LINKS))
        self._watch = Control(config.data_dir / "control.sqlite3", now=clock())
        self.edits = Edits(self._watch, self.rules, apply=self._apply, clock=clock)
        self.app = self._collector(config, trusted)

    def _pipeline(self, config: Config, trusted: TrustedProxies, recent_hits: RecentHits) -> Pipeline:
        pipeline = Pipeline(
            salts=self._salts,
            visits=self._visits,
            places=self._places,
            limits=RateLimits(
                client_per_minute=config.client_hits_per_minute,
                site_per_minute=config.site_hits_per_minute,
                trusted=trusted,
            ),
            tally=self.tally,
            recent_hits=recent_hits,
        )
        pipeline.refuse_referrers(referrer_spam.built_in())
        return pipeline

    def _collector(self, config: Config, trusted: TrustedProxies) -> Collector:
        return Collector(
            Starlette(
                routes=[
                    *tracker_scripts.routes(
                        refusal=lambda: self.spool.refusal,
                        base_url=config.base_url,
                        site_of_script=lambda script_id: sites.by_script_id(self.control, script_id, now=self._clock()),
                    ),
                    visitor_routes.routes(self._visitor_pages(trusted)),
                    Mount("/", AnsweredInEffect(self._dashboard(config, trusted), follow=self.edits.follow)),
                ],
                lifespan=self._lifespan,
            ),
            pipeline=self.pipeline,
            spool=self.spool,
            tally=self.tally,
            trusted=trusted,
            refusals=self._refusals,
            clock=self._clock,
        )

    def _visitor_pages(self, trusted: TrustedProxies) -> visitor_routes.Wiring:
        return visitor_routes.Wiring(
            site_of_host=self.pipeline.site_of_host,
            site_of_link=self._site_of_link,
            own_request=lambda request: own_request.read(
                request.scope, trusted, header_names=self.pipeline.header_names
            ),
            simulate=self.rules.simulate,
            is_within_limit=lambda own: self.pipeline.is_within_limit(own.address, now=self._clock()),
            forget=lambda site, own: self._forgetting.of_browser(site, own, now=self._clock()),
        )

    def _dashboard(self, config: Config, trusted: TrustedProxies) -> Starlette:
        return create_app(
            control=self.control,
            database=self.database,
            base_url=config.base_url,
            script_integrity=tracker_scripts.script_integrity(),
            credits_due=lambda: [(publisher.credit, publisher.url) for publisher in self._places.publishers],
            rates=lambda: self._rates,
            rolled=self.rollups.of_site,
            import_events=self.importer.run,
            rules=self.rules,
            links=self.links,
            problems=self._problems,
            excluded_share=config.excluded_share,
            client_address=lambda scope: own_request.address(scope, trusted),
            browser_key=key_file.read(config.data_dir, key_file.BROWSERS),
            event_schema=body.schema(),
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "work"))
        self._refill()
        self.edits.follow_now()
        self._reread()
        url.warm()
        user_agent.warm()
        bots.warm()
        self.flusher.start()
        self.flusher.wake()
        self._rollup_job.start()
        tasks = [asyncio.create_task(work) for work in (self._beat(), self._sync(), self._resolve_names())]
        # Freeze what exists now: scanning it in every collection would add a fifth to the work per event.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 50, 50)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._forgetting.stop()
            self._seal()
            self.spool.close()
            if lost := self.tally.take():
                _log.error("%d dropped hits are missing from the drop counts.", sum(row.count for row in lost))
            await asyncio.to_thread(self.importer.stop)
            await asyncio.to_thread(self.flusher.stop)
            await asyncio.to_thread(self._rollup_job.stop)

    def _apply(self, edited: Edited) -> None:
        self.pipeline.apply(edited.sites, edited.exclusions)
        self.app.accept_keys(SenderKeys(edited.keys, edited.sites))

    def _reread(self) -> None:
        """Apply the operator's referrer spam list and exchange rates if they changed."""
        if spam := self._spam_file.look(self._clock()):
            self.pipeline.refuse_referrers(spam)
        self._rates = self._rates_file.look(self._clock()) or self._rates

    def close(self) -> None:
        """Release files and connections, after `app` has shut down or instead of starting it."""
        self.database.close()
        self.control.close()
        self._watch.close()
        self._days.close()
        self._salts.close()
        self._carried.close()
        self._directory.release()

    async def _resolve_names(self) -> None:
        """Resolve the host names of exclusions, outside the beat because DNS may be slow."""
        while True:
            try:
                if await asyncio.to_thread(self.rules.refresh_names):
                    await self.edits.follow(are_names_new=True)
            except Exception:  # noqa: BLE001 one odd DNS answer must not stop all later updates
                _log.exception("The host names of exclusions could not be resolved.")
            await asyncio.sleep(RESOLVE_NAMES_S)

    async def _beat(self) -> None:
        """Run the periodic steps. A failing step must not keep the others from running."""
        logged_at: dict[str, float] = {}
        while True:
            await asyncio.sleep(BEAT_S)
            for part in (self._tick, self._flush, self._follow_edits):
                try:
                    await part()
                except Exception:  # noqa: BLE001 without the beat, nothing is flushed and no salt destroyed
                    name, now = part.__name__, time.monotonic()
                    if now - logged_at.get(name, -math.inf) >= LINE_EVERY_S:
                        logged_at[name] = now
                        _log.exception("The beat failed in %s.", name)

    async def _tick(self) -> None:
        now = self._clock()
        self.pipeline.tick(now)
        self.spool.retry()
        self._refusals.tick(now)
        if evicted := self._visits.take_evicted():
            _log.warning("%d visits ended early because live_visits_max was exceeded.", evicted)

    async def _flush(self) -> None:
        if self.spool.is_due:
            self._seal()

    async def _follow_edits(self) -> None:
        await self.edits.follow()
        self._places.refresh()
        self._reread()

    async def _sync(self) -> None:
        """Sync accepted events to disk, outside the beat so that no slow step delays it."""
        while True:
            await asyncio.sleep(SYNC_S)
            try:
                await self.spool.sync()
            except Exception:  # noqa: BLE001 later events must reach the disk even if earlier ones did not
                _log.exception("Accepted events could not be synced to disk.")

    def _seal(self) -> None:
        counts = self.tally.take()
        if not self.spool.seal(closing=(drops_payload(counts),) if counts else ()):
            self.tally.give_back(counts)
        self.flusher.wake()

    def _problems(self) -> list[str]:
        """Return the problems that affect the statistics, in sentences."""
        problems = [str(parts) for parts in self._damaged_parts]
        if reason := self.spool.refusal:
            problems.append(f"Hits are being rejected and will be missing here: {reason.removesuffix('.')}.")
        if count := len(self.spool.set_aside()):
            files = "1 file of events was" if count == 1 else f"{count} files of events were"
            problems.append(f"{files} set aside and not counted. `sillage spool list` shows the content.")
        return problems

    def _site_of_link(self, purpose: Purpose, token: str) -> Site:
        site = sites.by_id(self.control, self.links.site_of(purpose, token, now=self._clock()), now=self._clock())
        if site is None:
            raise LinkError(is_over=True)
        return site

    def _migrate(self) -> None:
        migrate_clickhouse(self.database, now=self._clock())
        self._damaged_parts = self.database.damaged_parts()
        for problem in map(str, self._damaged_parts):
            _log.error("%s", problem)

    def _migrate_if_there(self) -> None:
        """Migrate ClickHouse to the current schema. If it is unreachable, the flusher does so later."""
        try:
            self._migrate()
        except DatabaseAwayError as error:
            _log.warning("%s Until it responds, accepted events wait on disk.", error)

    def _refill(self) -> None:
        """Restore the visits that were active before a restart, from ClickHouse and the spool."""
        now = int(self._clock())
        active: list[Visit] = []
        with contextlib.suppress(DatabaseAwayError):
            active += recent_visits(self.database, since=now - TIMEOUT_S)
        for segment in reversed(self.spool.sealed()):
            if segment.path.stat().st_mtime < now - TIMEOUT_S:
                break
            active += [record.visit for record in read(segment).records]
        self._visits.restore(active, now=now)

    def _purge(self) -> None:
        """Delete the events of removed sites."""
        for site_id in sites.removed_ids(self.control, before=self._clock() - PURGE_AFTER_S):
            for table in ("events", "visits", "drops", "daily_events", "daily_visits"):
                self.database.command(
                    f"alter table {table} delete where site_id = {{site:UInt32}} settings mutations_sync = 1",
                    {"site": site_id},
                )
            sites.forget(self.control, site_id)


def _places(config: Config) -> Places:
    if config.geo_file != config.data_dir / GEO_DIRECTORY and not files(config.geo_file):
        _log.warning("There is no location database at %s. The built-in one provides countries only.", config.geo_file)
    places = Places(config.geo_file)
    places.refresh()
    return places


def _salts_file(config: Config) -> Path | None:
    """Return the file of the salts, or None for process memory. Raises ConfigError if salt_dir is unusable."""
    if config.salt_dir is not None and config.salt_dir.resolve().is_relative_to(config.data_dir.resolve()):
        raise ConfigError(
            f"The salt directory {config.salt_dir} is in the data directory, and so in its backups. "
            "Choose one in memory, such as /dev/shm, with SILLAGE_SALT_DIR."
        )
    file = memory_backed_file(config.data_dir, directory=config.salt_dir)
    if file is None and config.salt_dir is not None:
        raise ConfigError(
            f"The salt directory {config.salt_dir} can't be used. It must exist, be writable, and contain nothing that "
            "other users can change."
        )
    if file is None:
        _log.warning("No in-memory storage was found. A restart creates new salts and counts the day's visitors twice.")
    return file
