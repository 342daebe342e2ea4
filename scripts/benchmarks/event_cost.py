"""CPU time per event in the collector, from the request body to the record in the spool (T3).

The collector is called directly, without a server. There are two workloads: typical traffic, and traffic with a new
visitor in every event and a new user agent in one of ten. They take turns with the bare server, which measures the
current speed of the machine. A third measurement compares typical traffic with many exclusions and with few.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import MutableMapping
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import click

from ingest.collector import ACCEPTED, Collector
from ingest.gates.exclusions import Exclusions
from schema.exclusions.condition import restored
from schema.exclusions.rules import Exclusion, Rule
from schema.sites import sites
from schema.stores.control import Control
from scripts.benchmarks.harness import Figure
from scripts.benchmarks.load import bare_server, measured_round, scaled_figure
from scripts.benchmarks.targets import BY_KEY
from scripts.config import loading
from scripts.server import lifecycle, wire
from scripts.server.parts import Parts

SITE = "bench.example"
BATCH = 64  # events per turn of the event loop
WARM_UP_EVENTS = 5_000
FEW_RULES, MANY_RULES = 10, 100_000
RULE_ROUNDS = 5
_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
)

Scope = MutableMapping[str, Any]
Request = tuple[Scope, bytes]


def measure(directory: Path, *, events: int, rounds: int) -> dict[str, Figure]:
    """Return the cost per event of each workload. events: per round."""
    control = Control(directory / "control.sqlite3", now=time.time())
    sites.add(control, SITE, timezone="Europe/Paris", now=time.time())
    control.close()
    parts = wire.build(loading.load({"data_dir": str(directory), "client_hits_per_minute": "0"}))
    try:
        parts.edits.follow_now()
        figures = _measure_workloads(parts, events=events, rounds=rounds)
        return figures | _measure_many_rules(parts, events, rounds=min(RULE_ROUNDS, 2 * rounds))
    finally:
        lifecycle.close(parts)


def _measure_workloads(parts: Parts, *, events: int, rounds: int) -> dict[str, Figure]:
    costs: dict[str, list[float]] = {name: [] for name in WORKLOADS}
    bare = []
    with (
        bare_server() as bare_process,
        click.progressbar(range(rounds), label="Cost per event", file=sys.stderr) as bar,
    ):
        for number in bar:
            bare.append(measured_round(bare_process))
            for name, make in WORKLOADS.items():
                first = number * (WARM_UP_EVENTS + events)
                requests = [make(serial) for serial in range(first, first + WARM_UP_EVENTS + events)]
                costs[name].append(asyncio.run(_cost_us(parts.app, requests)))
    return {name: scaled_figure(BY_KEY[name], median(costs[name]), bare=bare) for name in WORKLOADS}


def _measure_many_rules(parts: Parts, events: int, *, rounds: int) -> dict[str, Figure]:
    """Return the cost per event with many exclusions, relative to few. No hit matches any of them."""
    stored_sites = sites.list_all(parts.stores.control, now=time.time())
    requests = [_typical(number) for number in range(WARM_UP_EVENTS + events)]
    costs: dict[int, list[float]] = {FEW_RULES: [], MANY_RULES: []}
    compiled = {
        count: Exclusions(
            Exclusion(number + 1, Rule(None, restored({"network": f"{_unused_address(number)}/32"})), 0)
            for number in range(count)
        )
        for count in costs
    }
    for _ in range(rounds):
        for count, rules in compiled.items():
            parts.counting.pipeline.apply(stored_sites, rules)
            costs[count].append(asyncio.run(_cost_us(parts.app, requests)))
    few, many = (median(costs[count]) for count in (FEW_RULES, MANY_RULES))
    target = BY_KEY["T3.many_rules"]
    limit = few * target.limit
    click.echo(f"{target.measures}:")
    click.echo(f"{target.key:<30}{many:>10.1f} {target.unit}  (target {limit:.1f}; with {FEW_RULES} rules {few:.1f})")
    return {target.key: target.figure(many, reference=few, limit=limit, digits=1)}


async def _cost_us(collector: Collector, requests: list[Request]) -> float:
    await _take(collector, requests[:WARM_UP_EVENTS])
    gc.collect()
    gc.freeze()  # as the server does
    start = time.process_time()
    await _take(collector, requests[WARM_UP_EVENTS:])
    return 1e6 * (time.process_time() - start) / (len(requests) - WARM_UP_EVENTS)


async def _take(collector: Collector, requests: list[Request]) -> None:
    """Pass the requests to the collector. Raises ClickException if it drops one."""
    dropped = 0
    for first in range(0, len(requests), BATCH):
        for scope, body in requests[first : first + BATCH]:
            dropped += collector.take(scope, body) is not ACCEPTED
        await asyncio.sleep(0)  # lets the spool write
    if dropped:
        raise click.ClickException(f"{dropped} of {len(requests)} events were not counted.")


def _typical(number: int) -> Request:
    """Return one of three events of a visit: a page view, its engagement, and a page view or custom event."""
    pick = Random(number // 3)  # noqa: S311 (not secret; the same every time)
    visitor, page, kind = pick.randrange(100_000), pick.randrange(500), number % 3
    body: dict[str, Any] = {"d": SITE, "u": f"https://{SITE}/section-{number % 23}/page-{page}", "v": 33}
    if kind == 1:
        body |= {"n": "engagement", "sd": number % 101, "e": number % 60_000}
    elif kind == 2 and page % 3 == 0:
        body |= {"n": "Signup", "p": {"plan": f"p{number % 5}", "serial": str(number)}}
    else:
        body |= {"n": "pageview", "r": pick.choice(["", "https://www.google.com/", "https://t.co/abc"])}
    return _request(body, address=_address(visitor), agent=_AGENT.format(100 + visitor % 2000))


def _new_visitor(number: int) -> Request:
    body = {
        "d": SITE,
        "n": "pageview",
        "u": f"https://{SITE}/page-{number % 500}",
        "r": "https://www.bing.com/",
        "v": 33,
    }
    agent = _AGENT.format(3000 + number // 10) if number % 10 == 0 else _AGENT.format(100 + number % 40)
    return _request(body, address=_address(1_000_000 + number), agent=agent)


WORKLOADS = {"T3.mixed": _typical, "T3.new_visitors": _new_visitor}


def _address(visitor: int) -> str:
    return f"{11 + visitor % 80}.{visitor % 251}.{visitor // 251 % 251}.{visitor // 63_001 % 251}"


def _unused_address(number: int) -> str:
    """Return an address between those of the visitors."""
    return f"{11 + number % 80}.{number // 80 % 251}.{number // 20_080 % 251}.255"


def _request(body: dict[str, Any], *, address: str, agent: str) -> Request:
    headers = [
        (b"host", b"stats.example"),
        (b"content-type", b"text/plain"),
        (b"user-agent", agent.encode()),
        (b"x-forwarded-for", address.encode()),
    ]
    scope = {"type": "http", "method": "POST", "path": "/api/event", "headers": headers, "client": ("127.0.0.1", 9)}
    return scope, json.dumps(body).encode()
