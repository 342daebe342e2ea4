"""How many events a server takes in, alone, beside a dashboard, and in a flood, with wrk as those who send them.

Ceiling and server take turns, and the medians count. At the end every answered event must be found: stored, or counted
among the dropped.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from statistics import fmean, median

import click

from schema.exclusions import rules
from schema.sites import sites
from schema.stores.control import Control
from schema.stores.database import Database
from scripts.benchmarks import query_latency
from scripts.benchmarks.harness import Figure, served
from scripts.benchmarks.load import LOAD_CORE, ROUND_S, SERVER_CORE, at_this_speed, bare_server, cost_us, send, weighed
from scripts.server.local_socket import OperatorConnection

SITE = "bench.example"
EXCLUDED = "198.51.100.0/24"
BOTH_CORES = "0,1"
PAST_EVENTS, PAST_DAYS = 30_000, 30  # of the dashboard
TARGET_SHARE = 0.45
TARGET_BESIDE, TARGET_P99_MS, TARGET_WIDGET_MS = 10_000, 50.0, 25.0
FLOOD_PER_SECOND = 2000  # each with a page of its own, so that all rounds of a long run have 50,000
TARGET_SLOWDOWN = 3.0


def alone(directory: Path, *, rounds: int) -> dict[str, Figure]:
    """Measure accepted events per second of one core, as a share of the ceiling: T1.

    What ClickHouse does with the events of a round counts, and is over before the bare server has its turn.
    """
    _make_site(directory)
    bare, ours = [], []
    with (
        bare_server() as bare_one,
        served("scripts", "serve", "--port", "0", "--data-dir", str(directory), cores=SERVER_CORE) as server,
        click.progressbar(range(rounds), label="Rounds", file=sys.stderr) as bar,
    ):
        warm_up = send(server.url)  # caches warm, as in a server that has been up for a while
        _wait_until_stored(directory)
        for _ in bar:
            bare.append(weighed(bare_one))
            ours.append(weighed(server, settle=lambda: _wait_until_stored(directory)))
    ceiling, accepted = (1e6 / cost_us(side) for side in (bare, ours))
    share = round(accepted / ceiling, 3)
    stored, dropped = _kept(directory)
    answered = sum(each.answered for each in (warm_up, *ours))
    click.echo(f"bare uvicorn, one core        {ceiling:>10,.0f} requests/s   (median of {rounds} rounds)")
    click.echo(f"Sillage, storing, one core    {accepted:>10,.0f} events/s")
    click.echo(f"share of the ceiling          {share:>10.2f}              (target {TARGET_SHARE})")
    click.echo(f"answered, with warm-up        {answered:>10,}")
    click.echo(f"stored / counted as dropped   {stored:>10,} / {dropped:,}")
    if stored + dropped < answered:
        raise click.ClickException(f"{answered - stored - dropped} answered events were lost")
    return {"T1": Figure(share, "share of the ceiling", round(ceiling), TARGET_SHARE, share >= TARGET_SHARE)}


def beside_dashboard(directory: Path, *, rounds: int) -> dict[str, Figure]:
    """Measure the same on two cores while somebody reloads a dashboard all the time: T2."""
    query_latency.fill(directory, {query_latency.SITE: PAST_EVENTS}, PAST_DAYS)
    _make_site(directory)
    asked_ms: list[float] = []
    bare, ours = [], []
    with (
        bare_server() as bare_one,
        served("scripts", "serve", "--port", "0", "--data-dir", str(directory), cores=BOTH_CORES) as server,
        click.progressbar(range(rounds), label="Beside a dashboard", file=sys.stderr) as bar,
    ):
        send(server.url)
        for _ in bar:
            _wait_until_stored(directory)
            bare.append(weighed(bare_one))
            with _asking(directory, asked_ms):
                ours.append(send(server.url, is_last=True))
    per_second = median(each.per_second for each in ours)
    p99 = median(each.latency_ms["99%"] for each in ours)
    told = partial(at_this_speed, bare=bare)
    return {
        "T2.per_second": told("beside a dashboard, two cores", per_second, "events/s", target=TARGET_BESIDE),
        "T2.p99": told("an accepted event, 99%", p99, "ms", target=TARGET_P99_MS),
        "T2.widget": told("a widget meanwhile, 50%", median(asked_ms), "ms", target=TARGET_WIDGET_MS),
    }


@contextmanager
def _asking(directory: Path, asked_ms: list[float]) -> Iterator[None]:
    """Ask for a widget again and again meanwhile, and note how long each answer takes."""
    is_over = threading.Event()

    def ask() -> None:
        with closing(OperatorConnection(directory)) as connection:
            while not is_over.is_set():
                start = time.perf_counter()
                query_latency.ask(connection, query_latency.WIDGETS["top stats"] | {"date_range": "30d"})
                asked_ms.append(1000 * (time.perf_counter() - start))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def flooded(directory: Path, *, rounds: int) -> dict[str, Figure]:
    """Measure how much longer an ordinary hit takes while the server is flooded."""
    _make_site(directory)
    idle, flooded = [], []
    with (
        served("scripts", "serve", "--port", "0", "--data-dir", str(directory), cores=SERVER_CORE) as server,
        click.progressbar(range(rounds), label="Flood", file=sys.stderr) as bar,
    ):
        send(server.url)
        for number in bar:
            idle.append(send(server.url, connections=1).latency_ms)
            with _flood(server.url, first=number * FLOOD_PER_SECOND * ROUND_S):
                flooded.append(send(server.url, connections=1).latency_ms)
    return {f"flood.p{name}": _slowdown(f"{name}%", idle, flooded) for name in ("50", "99")}


@contextmanager
def _flood(url: str, *, first: int) -> Iterator[None]:
    """Flood a server with hits that are numbered from `first` on."""
    # Those who measure go before those who flood, for they share a core.
    command = ["taskset", "-c", LOAD_CORE, "nice", sys.executable, "-m", "scripts.benchmarks.attacker"]
    with subprocess.Popen([*command, url, SITE, str(first), str(FLOOD_PER_SECOND)]) as process:  # noqa: S603
        yield
        is_over = process.poll() is not None
        process.kill()
    if is_over:
        raise click.ClickException("the flood broke off; what it said stands above")


def _slowdown(percentile: str, idle: list[dict[str, float]], flooded: list[dict[str, float]]) -> Figure:
    # Not the median: the slowest hits of a round are slow where a segment is flushed meanwhile, and else quick.
    before, during = (fmean(each[percentile] for each in side) for side in (idle, flooded))
    slowdown = round(during / before, 2)
    click.echo(f"a hit by itself, {percentile}           {before:>10.2f} ms           (mean of {len(idle)} rounds)")
    click.echo(f"the same in a flood           {during:>10.2f} ms")
    click.echo(f"times as long                 {slowdown:>10.2f}              (target {TARGET_SLOWDOWN})")
    return Figure(slowdown, "times the idle latency", round(before, 3), TARGET_SLOWDOWN, slowdown <= TARGET_SLOWDOWN)


def _make_site(directory: Path) -> None:
    control = Control(directory / "control.sqlite3")
    site = sites.add(control, SITE, timezone="Europe/Paris", now=time.time())
    rules.add(control, rules.network(EXCLUDED, site_id=site.id, note="part of the load"), who="bench")
    control.close()


def _wait_until_stored(directory: Path) -> None:
    """Wait until nothing is left in the spool. Raises ClickException where that takes a minute."""
    until = time.monotonic() + 60
    while any((directory / "spool").iterdir()):
        if time.monotonic() > until:
            raise click.ClickException("the server did not store what it accepted within a minute")
        time.sleep(0.02)


def _kept(directory: Path) -> tuple[int, int]:
    """Return how many events are stored, and how many counted as dropped."""
    database = Database(f"chdb://{directory}/clickhouse")
    stored = database.query("select count() from events")[0][0]
    dropped = database.query("select sum(count) from drops")[0][0]
    database.close()
    return int(stored), int(dropped)
