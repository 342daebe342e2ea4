"""What an event costs the process that takes it, from the request's body to its record in the spool: T3.

The collector is called without a server in front, and the time of the processor counts. Two crowds: one like
real traffic, and one where each event has a visitor nobody saw before, and one in ten a user agent nobody sent before.
They take turns with the bare server, which tells how fast the machine is at that moment.
Then the first crowd again, past many exclusions and past few: no event is to cost more for there being many.
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

from ingest.collector import Collector
from ingest.gates.exclusions import Exclusions
from schema.exclusions import rules as exclusions
from schema.exclusions.rules import Exclusion
from schema.sites import sites
from schema.stores.control import Control
from scripts.benchmarks.harness import Figure
from scripts.benchmarks.load import at_this_speed, bare_server, weighed
from scripts.config import loading
from scripts.server.wire import Sillage

SITE = "bench.example"
AT_ONCE = 64  # events a turn of the loop
WARM_UP_EVENTS = 5_000
FEW_RULES, MANY_RULES = 10, 100_000
RULE_ROUNDS = 5
MOST_GROWTH = 1.25  # of two figures of one run, more would be no chance
_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
)

Scope = MutableMapping[str, Any]
Request = tuple[Scope, bytes]


def measure(directory: Path, *, events: int, rounds: int) -> dict[str, Figure]:
    """Return what an event of either crowd costs, and its reference: a request to the bare server.

    events: of a round.
    """
    control = Control(directory / "control.sqlite3")
    sites.add(control, SITE, timezone="Europe/Paris", now=time.time())
    control.close()
    parts = Sillage(loading.load({"data_dir": str(directory), "client_hits_per_minute": "0"}))
    try:
        parts.refresh()
        return _crowds(parts, events=events, rounds=rounds) | _past_rules(parts, events)
    finally:
        parts.close()


def _crowds(parts: Sillage, *, events: int, rounds: int) -> dict[str, Figure]:
    costs: dict[str, list[float]] = {name: [] for name in CROWDS}
    bare = []
    with (
        bare_server() as bare_one,
        click.progressbar(range(rounds), label="Own work", file=sys.stderr) as bar,
    ):
        for number in bar:
            bare.append(weighed(bare_one))
            for name, (make, _) in CROWDS.items():
                first = number * (WARM_UP_EVENTS + events)
                requests = [make(serial) for serial in range(first, first + WARM_UP_EVENTS + events)]
                costs[name].append(asyncio.run(_cost_us(parts.app, requests)))
    return {
        name: at_this_speed(name, median(costs[name]), "us an event", target=target, bare=bare)
        for name, (_, target) in CROWDS.items()
    }


def _past_rules(parts: Sillage, events: int) -> dict[str, Figure]:
    """Return what an event costs where there are many rules, beside few, each of a network that none comes from."""
    known = sites.list_all(parts.control, now=time.time())
    requests = [_mixed(number) for number in range(WARM_UP_EVENTS + events)]
    costs: dict[int, list[float]] = {FEW_RULES: [], MANY_RULES: []}
    compiled = {
        count: Exclusions(Exclusion(number + 1, exclusions.network(_rule(number)), 0) for number in range(count))
        for count in costs
    }
    for _ in range(RULE_ROUNDS):
        for count, rules in compiled.items():
            parts.pipeline.apply(known, rules)
            costs[count].append(asyncio.run(_cost_us(parts.app, requests)))
    few, many = (median(costs[count]) for count in (FEW_RULES, MANY_RULES))
    name, target = "T3.many_rules", few * MOST_GROWTH
    click.echo(f"{name:<30}{many:>10.1f} us an event  (target {target:.1f}; with {FEW_RULES} rules {few:.1f})")
    return {name: Figure(round(many, 1), "us an event", round(few, 1), round(target, 1), many <= target)}


async def _cost_us(collector: Collector, requests: list[Request]) -> float:
    await _take(collector, requests[:WARM_UP_EVENTS])
    gc.collect()
    gc.freeze()  # as the server does
    start = time.process_time()
    await _take(collector, requests[WARM_UP_EVENTS:])
    return 1e6 * (time.process_time() - start) / (len(requests) - WARM_UP_EVENTS)


async def _take(collector: Collector, requests: list[Request]) -> None:
    """Let the collector take all of them. Raises ClickException where it does not count them."""
    dropped = 0
    for first in range(0, len(requests), AT_ONCE):
        for scope, body in requests[first : first + AT_ONCE]:
            dropped += collector.take(scope, body)
        await asyncio.sleep(0)  # in which the spool writes
    if dropped:
        raise click.ClickException(f"{dropped} of {len(requests)} events were not counted")


def _mixed(number: int) -> Request:
    """Three events a visit: a page view, how it was read, and another page view or a custom event."""
    pick = Random(number // 3)  # noqa: S311 - the same every time
    visitor, page, kind = pick.randrange(100_000), pick.randrange(500), number % 3
    body: dict[str, Any] = {"d": SITE, "u": f"https://{SITE}/section-{number % 23}/page-{page}", "v": 33}
    if kind == 1:
        body |= {"n": "engagement", "sd": number % 101, "e": number % 60_000}
    elif kind == 2 and page % 3 == 0:
        body |= {"n": "Signup", "p": {"plan": f"p{number % 5}", "serial": str(number)}}
    else:
        body |= {"n": "pageview", "r": pick.choice(["", "https://www.google.com/", "https://t.co/abc"])}
    return _request(body, address=_address(visitor), agent=_AGENT.format(100 + visitor % 2000))


def _new(number: int) -> Request:
    body = {
        "d": SITE,
        "n": "pageview",
        "u": f"https://{SITE}/page-{number % 500}",
        "r": "https://www.bing.com/",
        "v": 33,
    }
    agent = _AGENT.format(3000 + number // 10) if number % 10 == 0 else _AGENT.format(100 + number % 40)
    return _request(body, address=_address(1_000_000 + number), agent=agent)


CROWDS = {"T3.mixed": (_mixed, 15.0), "T3.new_visitors": (_new, 25.0)}  # and their targets


def _address(visitor: int) -> str:
    return f"{11 + visitor % 80}.{visitor % 251}.{visitor // 251 % 251}.{visitor // 63_001 % 251}"


def _rule(number: int) -> str:
    """Return an address between those of visitors."""
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
