"""The state of the running server and its machine, for the page about the server and for `sillage doctor`."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from http import HTTPStatus
from importlib.metadata import version
from urllib.parse import urlsplit

import msgspec

from dashboard.access import openid
from dashboard.mail import mailer
from dashboard.outbound.request import Limits
from dashboard.services import WEBHOOKS, Outgoing, ServerState
from schema.mail import deliveries
from schema.privacy.audits import Finding
from schema.sentence import Sentence, Size
from schema.sites import sites
from schema.stores.database import ClickHouseError, Database, DatabaseUnavailableError, QueryLimitError
from schema.stores.table_sizes import TableSize, table_sizes
from scripts.backup import last
from scripts.config import machine
from scripts.config.loading import Config
from scripts.server import checks
from scripts.server.metrics import resident_bytes
from scripts.server.parts import Parts

PATH = "/state"  # on the operator's socket

_MEBIBYTE = 1_048_576


class Shown(msgspec.Struct, frozen=True):
    """A finding, as `sillage doctor` gets it."""

    key: str
    state: str
    sentence: str


def of(parts: Parts, config: Config) -> ServerState:
    """Return the present state. It asks ClickHouse: call it in a thread."""
    sizes, clickhouse = _asked(parts.stores.database)
    return ServerState(
        version=version("sillage"),
        started_at=parts.started_at,
        findings=[*_of_machine(parts, config), *_of_parts(parts, config), clickhouse, _tables(parts, sizes)],
        tables=sizes,
        outgoing=outgoing(config),
    )


def answer(state: Callable[[], ServerState]) -> Callable[[str], tuple[HTTPStatus, bytes]]:
    """Return what answers `sillage doctor` with the findings."""

    def call(_name: str) -> tuple[HTTPStatus, bytes]:
        shown = [Shown(finding.key, finding.state.value, str(finding.sentence)) for finding in state().findings]
        return HTTPStatus.OK, msgspec.json.encode(shown)

    return call


def outgoing(config: Config) -> list[Outgoing]:
    """Return the connections to other machines that these settings allow, each with its limit."""
    limits = Limits()
    connections = [
        Outgoing(
            Sentence("Home page of a site, to find the snippet"),
            Sentence("the domains of sites"),
            Sentence(
                "%(seconds)d seconds and %(size)s, never in private networks",
                {"seconds": int(limits.timeout_s), "size": Size(limits.max_bytes)},
            ),
        ),
        Outgoing(
            Sentence("Host names in exclusions"),
            Sentence("the DNS server of this machine"),
            Sentence("names that rules contain, looked up every few minutes"),
        ),
    ]
    address = urlsplit(config.database)
    if not config.database.startswith("chdb:"):
        limit = Sentence("time and memory of each query: memory_mb is %(memory)d", {"memory": config.memory_mb})
        connections.insert(0, Outgoing(Sentence("Statistics"), address.hostname or "", limit))
    if config.mail_host is not None:
        limit = Sentence("%(seconds)d seconds for a message", {"seconds": int(mailer.LONGEST_S)})
        connections.append(Outgoing(Sentence("Mail"), config.mail_host, limit))
    if config.oidc_issuer is not None:
        limit = Sentence("%(seconds)d seconds for a request", {"seconds": int(openid.LIMITS.timeout_s)})
        connections.append(Outgoing(Sentence("Sign-in"), urlsplit(config.oidc_issuer).hostname or "", limit))
    seconds = Sentence("%(seconds)d seconds, never in private networks", {"seconds": int(WEBHOOKS.timeout_s)})
    if config.webhook_targets == "any":
        seconds = Sentence("%(seconds)d seconds, also in private networks", {"seconds": int(WEBHOOKS.timeout_s)})
    connections.append(Outgoing(Sentence("Webhooks"), Sentence("the addresses of alerts"), seconds))
    return connections


def _of_machine(parts: Parts, config: Config) -> list[Finding]:
    usage = shutil.disk_usage(config.data_dir)
    total_bytes = machine.memory_bytes()
    stored = sites.list_all(parts.stores.control, now=parts.clock())
    missing = sorted({site.timezone for site in stored if not machine.is_timezone(site.timezone)})
    return [
        checks.disk(free_bytes=usage.free, total_bytes=usage.total),
        checks.memory(
            resident_bytes=resident_bytes(), available_bytes=machine.available_bytes(), total_bytes=total_bytes
        ),
        checks.clock(is_synchronized=machine.is_clock_synchronized(), ahead_s=_newest(parts) - parts.clock()),
        checks.time_zones(own=config.timezone, missing=missing),
    ]


def _of_parts(parts: Parts, config: Config) -> list[Finding]:
    spool, now = parts.stores.spool, parts.clock()
    made_at = last.made_at(config.data_dir)
    return [
        checks.spool(
            refusal=spool.refusal,
            waiting_bytes=spool.size_bytes,
            max_bytes=config.spool_max_mb * _MEBIBYTE,
            oldest_s=max((now - at for at in _begun(parts)), default=0),
            set_aside=len(spool.set_aside()),
        ),
        checks.workers(
            configured=config.workers,
            running=len(parts.workers) if parts.workers else 0,
            restarts=parts.workers.restarts if parts.workers else 0,
        ),
        checks.backup(made_at=made_at, now=now),
        checks.mail(
            config.mail_host,
            waiting=deliveries.waiting(parts.stores.control),
            lost=deliveries.lost(parts.stores.control, since=now - deliveries.REPORTED_FOR_S),
        ),
    ]


def _tables(parts: Parts, sizes: Sequence[TableSize]) -> Finding:
    done_at = parts.writers.rollup_job.done_at
    return checks.tables(sizes, counted_s=parts.clock() - done_at if done_at else None)


def _begun(parts: Parts) -> list[float]:
    """Return when each file of waiting events was last written, in epoch seconds."""
    times = []
    for segment in parts.stores.spool.sealed():
        with suppress(FileNotFoundError):  # just flushed
            times.append(segment.path.stat().st_mtime)
    return times


def _newest(parts: Parts) -> float:
    """Return the time of the newest live visit, in epoch seconds."""
    return float(parts.counting.visits.newest)


def _asked(database: Database) -> tuple[list[TableSize], Finding]:
    """Return the tables, and whether ClickHouse answers."""
    try:
        sizes = table_sizes(database)
        return sizes, checks.clickhouse(version=str(database.query("select version()")[0][0]), error="")
    except QueryLimitError:
        return [], checks.clickhouse(version="", error="it needs too long or too much memory.")
    except (ClickHouseError, DatabaseUnavailableError) as error:
        return [], checks.clickhouse(version="", error=str(error))
