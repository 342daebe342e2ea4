"""The composition root: builds all parts from the settings, for production and tests alike."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from dashboard.access.ways_in import WaysIn
from dashboard.app import create_app
from dashboard.mail.post import Post
from dashboard.services import WEBHOOKS, ServerState, provide, services_of
from ingest.collector import Collector
from ingest.enrich import user_agent
from ingest.enrich.place import Places
from ingest.enrich.place_table import files
from ingest.gates.rate_limit import RateLimits
from ingest.gates.recent_hits import RecentHits
from ingest.gates.strays import RecentStrays
from ingest.history.importer import Importer
from ingest.pages import tracker_scripts, visitor_routes
from ingest.pipeline import Pipeline
from ingest.request import body, own_request
from ingest.request.client_ip import TrustedProxies
from ingest.request.sender_keys import SenderKeys
from ingest.storage.drop_counts import Tally
from ingest.storage.flush import Flusher
from ingest.storage.refusals import Refusals
from ingest.storage.spool import Spool
from ingest.storage.waiting import WaitingDays
from ingest.visits.carried import CarriedVisits
from ingest.visits.live_visits import Visits
from ingest.visits.salts import Salts, memory_backed_file
from schema.days.closing import Closing
from schema.days.rollups import Rollups
from schema.privacy import erasures
from schema.privacy.lost_salts import SaltedDays
from schema.privacy.signed_links import Links, site_of_link
from schema.sites import sites
from schema.sites.purge import purge
from schema.stores import key_file
from schema.stores.cluster import open_database
from schema.stores.control import Control
from scripts.config import openid
from scripts.config.installation import installation
from scripts.config.loading import GEO_DIRECTORY, Config, ConfigError
from scripts.config.mail import mailer
from scripts.server import backup_answers, health, lifecycle, metrics, server_state
from scripts.server.data_directory import DataDirectory
from scripts.server.deletion_job import DeletionJob
from scripts.server.edits import AnsweredInEffect, Edited, Edits
from scripts.server.forgetting import Forgetting
from scripts.server.operator_lists import OperatorLists
from scripts.server.parts import Counting, Parts, Stores, Writers
from scripts.server.problems import Problems
from scripts.server.rollup_job import RollupJob
from scripts.server.rules_in_force import RulesInForce
from scripts.server.workers import Workers

Clock = Callable[[], float]

_log = logging.getLogger(__name__)


def build(config: Config, *, clock: Clock = time.time, workers: Workers | None = None) -> Parts:
    """Open all stores and connect the parts, which `lifecycle` starts and stops. The data directory must exist.

    Raises ConfigError, KeyFileError, MigrationError (of the control file), sqlite3.Error, OSError.
    """
    stores = _stores(config, clock)
    counting = _counting(config, stores, clock=clock)
    writers = _writers(config, stores, counting=counting, clock=clock, migrate=lambda: lifecycle.migrate(parts))
    problems = Problems(stores.database, stores.spool)
    lists = _lists(config, counting)
    edits = Edits(stores.watched_control, counting.rules, apply=lambda edited: _apply(edited, parts), clock=clock)
    links = Links(key_file.read(config.data_dir, key_file.LINKS))
    dashboard = _dashboard(
        config,
        stores,
        counting=counting,
        writers=writers,
        problems=problems,
        lists=lists,
        links=links,
        state=lambda: server_state.of(parts, config),
        clock=clock,
    )
    routes = [
        *health.routes(
            refusal=lambda: stores.spool.refusal,
            metrics=lambda: metrics.text(metrics.of(parts)),
            token_file=config.metrics_token_file,
        ),
        *_scripts(config, stores, strays=counting.strays, clock=clock),
        _visitor_pages(stores, counting, forgetting=writers.forgetting, links=links, clock=clock),
        Mount("/", AnsweredInEffect(dashboard, follow=edits.follow)),
    ]
    parts: Parts = Parts(
        clock=clock,
        started_at=clock(),
        account_months=config.account_months,
        salted_days=SaltedDays(stores.control),
        stores=stores,
        counting=counting,
        writers=writers,
        problems=problems,
        lists=lists,
        edits=edits,
        workers=workers,
        post=Post(services_of(dashboard)),
        app=Collector(
            Starlette(routes=routes, lifespan=lambda _app: lifecycle.running(parts)),
            pipeline=counting.pipeline,
            spool=stores.spool,
            tally=counting.tally,
            trusted=counting.trusted,
            refusals=counting.refusals,
            clock=clock,
        ),
    )
    return parts


def _apply(edited: Edited, parts: Parts) -> None:
    parts.counting.pipeline.apply(edited.sites, edited.exclusions)
    parts.app.accept_keys(SenderKeys(edited.keys, edited.sites))
    parts.lists.change_spam(edited.spam_referrers)


def _stores(config: Config, clock: Clock) -> Stores:
    directory = DataDirectory(config.data_dir)
    control = config.data_dir / "control.sqlite3"
    salts_file = _salts_file(config)
    return Stores(
        directory=directory,
        control=Control(control, now=clock()),
        watched_control=Control(control, now=clock()),
        days_control=Control(control, now=clock()),
        deletion_control=Control(control, now=clock()),
        database=open_database(config.database, cluster=config.cluster, memory_bytes=config.memory_mb * 1_048_576),
        spool=Spool(
            config.data_dir / "spool", max_bytes=config.spool_max_mb * 1_048_576, sync_always=config.fsync == "always"
        ),
        salts=Salts(salts_file),
        carried=CarriedVisits(salts_file and salts_file.with_name("carried")),
    )


def _counting(config: Config, stores: Stores, *, clock: Clock) -> Counting:
    trusted, tally = TrustedProxies(config.trusted_proxies), Tally()
    recent_hits, strays = RecentHits(), RecentStrays()
    visits = Visits(capacity=config.live_visits_max, carried=stores.carried)
    places = _places(config)
    limits = RateLimits(
        client_per_minute=config.client_hits_per_minute, site_per_minute=config.site_hits_per_minute, trusted=trusted
    )
    return Counting(
        trusted=trusted,
        visits=visits,
        places=places,
        tally=tally,
        refusals=Refusals(lambda: stores.spool.refusal),
        rules=RulesInForce(
            stores.control,
            data_dir=config.data_dir,
            file=config.exclusions_file,
            places=places,
            recent_hits=recent_hits,
            strays=strays,
            max_share=config.excluded_share,
            clock=clock,
        ),
        pipeline=Pipeline(
            salts=stores.salts,
            visits=visits,
            places=places,
            limits=limits,
            tally=tally,
            recent_hits=recent_hits,
            strays=strays,
        ),
        strays=strays,
    )


def _writers(
    config: Config, stores: Stores, *, counting: Counting, clock: Clock, migrate: Callable[[], None]
) -> Writers:
    rollups = Rollups(stores.days_control, stores.database, clock=clock)
    changing = rollups.changing
    flusher = Flusher(
        stores.spool,
        stores.database,
        before=migrate,
        after=lambda: purge(stores.control, stores.database, now=clock()),
        changing=changing,
        was_closed=rollups.was_closed,
        clock=clock,
    )
    importer = Importer(
        stores.control,
        stores.database,
        config.data_dir / "imports",
        changing=changing,
        is_closed=rollups.is_closed,
        clock=clock,
    )
    waiting = WaitingDays(stores.spool, clock=clock)
    closing = Closing(
        rollups,
        stores.days_control,
        stores.database,
        clock=clock,
        held=lambda: waiting() | importer.unfinished_days() | erasures.unfinished_days(stores.days_control),
    )
    forgetting = Forgetting(
        counting.pipeline,
        stores.spool,
        stores.database,
        seal=lambda: flusher.seal(counting.tally),
        changing=changing,
    )
    return Writers(
        rollups=rollups,
        rollup_job=RollupJob(rollups, stores.days_control, clock=clock, closing=closing),
        deletion_job=DeletionJob(
            stores.deletion_control, stores.database, rollups=rollups, end_visits=forgetting.end_visits, clock=clock
        ),
        flusher=flusher,
        importer=importer,
        forgetting=forgetting,
        snapshots=backup_answers.of_server(
            stores.control, stores.database, rollups, temporary=stores.directory.temporary
        ),
    )


def _lists(config: Config, counting: Counting) -> OperatorLists:
    return OperatorLists(
        spam_file=config.referrer_spam_file,
        rates_file=config.currency_rates_file,
        refuse_referrers=counting.pipeline.refuse_referrers,
    )


def _scripts(config: Config, stores: Stores, *, strays: RecentStrays, clock: Clock) -> Sequence[BaseRoute]:
    return tracker_scripts.routes(
        refusal=lambda: stores.spool.refusal,
        base_url=config.base_url,
        note_load=strays.note_script,
        site_of_script=lambda script_id: sites.by_script_id(stores.control, script_id, now=clock()),
    )


def _visitor_pages(
    stores: Stores, counting: Counting, *, forgetting: Forgetting, links: Links, clock: Clock
) -> BaseRoute:
    pipeline = counting.pipeline
    return visitor_routes.routes(
        visitor_routes.Wiring(
            site_of_host=pipeline.site_of_host,
            site_of_link=lambda purpose, token: site_of_link(stores.control, links, purpose, token, now=clock()),
            own_request=lambda request: own_request.read(
                request.scope, counting.trusted, header_names=pipeline.header_names
            ),
            simulate=counting.rules.simulate,
            is_within_limit=lambda own: pipeline.is_within_limit(own.address, now=clock()),
            forget=lambda site, own: forgetting.of_browser(site, own, now=clock()),
        )
    )


def _dashboard(
    config: Config,
    stores: Stores,
    *,
    counting: Counting,
    writers: Writers,
    problems: Problems,
    lists: OperatorLists,
    links: Links,
    state: Callable[[], ServerState],
    clock: Clock,
) -> Starlette:
    app = create_app(
        control=stores.control,
        database=stores.database,
        base_url=config.base_url,
        script_integrity=tracker_scripts.script_integrity(),
        credits_due=lambda: [(publisher.credit, publisher.url) for publisher in counting.places.publishers],
        rates=lists.rates,
        rolled=writers.rollups.of_site,
        import_events=writers.importer.run,
        rules=counting.rules,
        links=links,
        problems=problems.sentences,
        excluded_share=config.excluded_share,
        client_address=lambda scope: own_request.address(scope, counting.trusted),
        browser_key=key_file.read(config.data_dir, key_file.BROWSERS),
        event_schema=body.schema(),
        installation=installation(config, has_memory_file=stores.salts.has_file),
        mailer=mailer(config, clock=clock),
        ways_in=_ways_in(config, clock),
        server_state=state,
    )
    if config.webhook_targets == "any":
        provide(app, replace(services_of(app), webhook_limits=replace(WEBHOOKS, allows=lambda _address: True)))
    return app


def _ways_in(config: Config, clock: Clock) -> WaysIn:
    key = key_file.read(config.data_dir, key_file.TWO_FACTOR)
    return WaysIn(
        provider=openid.provider(config, key=key, clock=clock),
        needs_two_factor=config.two_factor == "required",
        secrets_key=key,
        browser_of=user_agent.browser_and_system,
    )


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
