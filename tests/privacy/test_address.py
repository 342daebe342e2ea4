"""P1: a visitor's address never reaches a disk or a log."""

import json
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from schema.exclusions import rules
from schema.privacy.profile import EXEMPT, Privacy
from schema.sites import sites
from schema.stores.control import Control
from scripts.audit import traces
from tests.clickhouse.front import Front
from tests.privacy import canaries
from tests.privacy.raising import Raising
from tests.schema.http_stand_in import StandIn
from tests.server import Server

SETTINGS = {"log_level": "debug", "trusted_proxies": canaries.TRUSTED}
# Modules that remember what they have worked out, and so are not asked again. None is given an address.
REMEMBERED = {
    "ingest.enrich.channel._Origin",
    "ingest.enrich.place_table",
    "ingest.enrich.source",
    "ingest.enrich.url",
    "ingest.enrich.url_parts",
    "ingest.gates.referrer_spam.ReferrerSpam",
}
OF_PIECES = {"ingest.collector.Collector._post", "ingest.collector.read_body"}  # not of a request that arrived in one
TABLES = ("events", "visits", "drops", "migrations")


@pytest.fixture(autouse=True)
def core_dumps() -> Iterator[None]:
    """Let the machine write core dumps, as many do: a server must see to it that there is none of it."""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, before)


def a_server(data_dir: Path, *, within: Sequence[str] = (), **settings: str) -> Server:
    """Return a server, not started, that knows the sites and excludes every canary from one of them."""
    data_dir.mkdir(mode=0o700)
    control = Control(data_dir / "control.sqlite3", now=time.time())
    sites.add(control, canaries.COUNTED, timezone="Europe/Paris", now=time.time())
    excluding = sites.add(control, canaries.EXCLUDING, timezone="Europe/Paris", now=time.time())
    exempt = Privacy(profile=EXEMPT, retention_months=13, declared_events=(canaries.DECLARED,))
    sites.add(control, canaries.EXEMPT, timezone="Europe/Paris", now=time.time(), privacy=exempt)
    for network in canaries.NETWORKS:
        rules.add(
            control, rules.network(network, site_id=excluding.id, note="the office"), who="a test", now=time.time()
        )
    control.close()
    return Server(data_dir, sites=[], settings=SETTINGS | settings, within=within)


def everything(server: Server) -> list[Path]:
    return [server.data_dir, server.log, server.temporary, server.working_dir, server.salt_dir]


def traces_of_all(places: list[Path]) -> list[tuple[str, str, str]]:
    """Return which address is where, and how."""
    return traces.of_addresses(canaries.ALL, places)


def unpacked(data_dir: Path, file: Path) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of a stopped server, by table, and write them to a file: on disk they are compressed."""
    program = """
import json, sys
from schema import exclusions, sites
from schema.stores.control import Control
from schema.stores.database import Database
database = Database(f"chdb://{sys.argv[1]}/clickhouse")
def rows(table):
    return [json.loads(row[0]) for row in database.query(f"select formatRow('JSONEachRow', *) from {table}")]
print(json.dumps({table: rows(table) for table in sys.argv[2:]}))
"""
    command = [sys.executable, "-c", program, str(data_dir), *TABLES]
    file.write_text(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    tables: dict[str, list[dict[str, Any]]] = json.loads(file.read_text())
    return tables


def test_no_visitor_s_address_is_anywhere_after_a_crash(tmp_path: Path) -> None:
    with a_server(tmp_path / "data", client_hits_per_minute="40") as server:
        statuses = {tuple(canaries.visit(server.url, address)) for address in canaries.ALL}
        server.restart()  # what was sent so far is in ClickHouse
        for address in canaries.ALL:
            canaries.visit(server.url, address)
        server.kill(signal.SIGABRT)
    tables = unpacked(server.data_dir, tmp_path / "tables.json")

    assert len(statuses) == 1, "all are answered alike"
    assert Counter(row["reason"] for row in tables["drops"]).keys() >= {
        "bot_search",
        "excluded",
        "prefetch",
        "rate_limited_client",
        "spam_referrer",
        "undeclared_event",
        "gpc",
        "opted_out",
        "redacted_email",
        "unknown_site",
    }
    seen = {row["visitor_id"] for row in tables["events"] if (row["site_id"], row["name"]) == (1, "Signup")}
    assert len(seen) == len(canaries.ALL) + 1, "each is another, and so is the proxy, which stands for a broken chain"
    assert traces_of_all([*everything(server), tmp_path / "tables.json"]) == []


def test_no_visitor_s_address_is_anywhere_while_clickhouse_is_away(tmp_path: Path, front: Front) -> None:
    with StandIn(front) as clickhouse, a_server(tmp_path / "data", database=clickhouse.url) as server:
        clickhouse.go_away()
        for address in canaries.ALL:
            canaries.visit(server.url, address)
        server.kill(signal.SIGABRT)

    assert [file for file in (server.data_dir / "spool").iterdir() if file.stat().st_size > 0] != []
    assert traces_of_all(everything(server)) == []


def test_an_address_in_the_log_would_be_found(tmp_path: Path) -> None:
    """The twin: one canary's line among all that a server leaves."""
    server = Server(tmp_path / "data")
    server.data_dir.mkdir()
    server.log.write_text(f"INFO: {canaries.FORWARDED[0]} - GET /\n")

    assert {(canaries.FORWARDED[0], "text")} == {
        hit[:2] for hit in traces_of_all(everything(server)) if hit[1] == "text"
    }


def test_no_visitor_s_address_is_anywhere_after_every_step_of_a_request_has_failed(tmp_path: Path) -> None:
    """The errors quote addresses, as errors of parsers do."""
    raising = Raising(tmp_path / "order")
    with a_server(tmp_path / "data", within=raising.within) as server:
        steps = raising.steps(server.url)
        outcomes = {step: (has_raised, statuses) for step, has_raised, statuses in raising.failing(server.url, steps)}
        server.kill(signal.SIGABRT)

    missed = {step for step, (has_raised, _) in outcomes.items() if not has_raised}
    assert len(outcomes) - len(missed) > 100
    assert {step for step in missed - OF_PIECES if step.rpartition(".")[0] not in REMEMBERED} == set()
    assert [step for step in outcomes.keys() - missed - OF_PIECES if not outcomes[step][1] & {400, 500}] == []
    assert server.log.read_text().count("ValueError") > 100
    assert traces_of_all(everything(server)) == []
