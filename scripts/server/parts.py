"""What a running server consists of, as values that do not change. `wire.build` makes them."""

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.mail.post import Post
from ingest.collector import Collector
from ingest.enrich.place import Places
from ingest.gates.strays import RecentStrays
from ingest.history.importer import Importer
from ingest.pipeline import Pipeline
from ingest.request.client_ip import TrustedProxies
from ingest.storage.drop_counts import Tally
from ingest.storage.flush import Flusher
from ingest.storage.refusals import Refusals
from ingest.storage.spool import Spool
from ingest.visits.carried import CarriedVisits
from ingest.visits.live_visits import Visits
from ingest.visits.salts import Salts
from schema.days.rollups import Rollups
from schema.privacy.lost_salts import SaltedDays
from schema.stores.control import Control
from schema.stores.database import Database
from scripts.server.backup_answers import Snapshots
from scripts.server.data_directory import DataDirectory
from scripts.server.deletion_job import DeletionJob
from scripts.server.edits import Edits
from scripts.server.forgetting import Forgetting
from scripts.server.operator_lists import OperatorLists
from scripts.server.problems import Problems
from scripts.server.rollup_job import RollupJob
from scripts.server.rules_in_force import RulesInForce
from scripts.server.workers import Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Open files and connections, which `lifecycle.close` releases."""

    directory: DataDirectory
    control: Control
    watched_control: Control  # only reads: a connection notices the commits of others alone
    days_control: Control  # only rollups write with it
    deletion_control: Control  # only the deletion job uses it
    database: Database
    spool: Spool
    salts: Salts
    carried: CarriedVisits


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """Parts that decide on a hit, in memory."""

    trusted: TrustedProxies
    visits: Visits
    places: Places
    tally: Tally
    refusals: Refusals
    rules: RulesInForce
    pipeline: Pipeline
    strays: RecentStrays


@dataclass(frozen=True, slots=True, kw_only=True)
class Writers:
    """Parts that write to ClickHouse, each in threads of its own."""

    rollups: Rollups
    rollup_job: RollupJob
    deletion_job: DeletionJob
    flusher: Flusher
    importer: Importer
    forgetting: Forgetting
    snapshots: Snapshots


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """All parts of a server. The lifespan of `app` starts and stops them (see lifecycle.py)."""

    clock: Callable[[], float]  # epoch seconds
    started_at: float  # epoch seconds
    account_months: int  # after so many without a sign-in, an account is deleted; 0: never
    stores: Stores
    counting: Counting
    writers: Writers
    salted_days: SaltedDays
    problems: Problems
    lists: OperatorLists
    edits: Edits
    workers: Workers | None  # None: the server reads hits itself
    post: Post
    app: Collector
