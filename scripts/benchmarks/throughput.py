"""Throughput on one core (T1) and beside a dashboard (T2), and latency during a flood. The load comes from wrk.

Bare server and Sillage take turns, and medians count. In T1, every accepted event must be stored or counted as dropped.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import fmean, median

import click

from schema.exclusions import rules
from schema.sites import sites
from schema.stores.control import Control
from schema.stores.database import Database
from scripts.benchmarks import query_latency
from scripts.benchmarks.harness import Figure, server_process
from scripts.benchmarks.load import (
    LOAD_CORE,
    ROUND_S,
    SERVER_CORE,
    bare_server,
    cost_us,
    measured_round,
    scaled_figure,
    send,
)
from scripts.benchmarks.targets import BY_KEY
from scripts.server.local_socket import OperatorConnection

SITE = "bench.example"
EXCLUDED = "198.51.100.0/24"
BOTH_CORES = "0,1"
PAST_EVENTS, PAST_DAYS = 30_000, 30  # shown by the dashboard
FLOOD_PER_SECOND = 2000  # each to its own page, 50,000 and more in a long run


def one_core(directory: Path, *, rounds: int) -> dict[str, Figure]:
    """Measure accepted events per second on one core, as a share of the bare server's requests (T1).

    The cost includes the work of ClickHouse, which finishes before the next round of the bare server.
    """
    make_site(directory)
    bare, ours = [], []
    with (
        bare_server() as bare_process,
        server_process("scripts", "serve", "--port", "0", "--data-dir", str(directory), cores=SERVER_CORE) as server,
        click.progressbar(range(rounds), label="Rounds", file=sys.stderr) as bar,
    ):
        warm_up = send(server.url)  # warms the caches, as in a server that has been up for a while
        wait_until_stored(directory)
        for _ in bar:
            bare.append(measured_round(bare_process))
            ours.append(measured_round(server, settle=lambda: wait_until_stored(directory)))
    ceiling, accepted = (1e6 / cost_us(side) for side in (bare, ours))
    share = round(accepted / ceiling, 3)
    stored, dropped = _event_counts(directory)
    answered = sum(result.answered for result in (warm_up, *ours))
    click.echo(f"bare uvicorn, one core        {ceiling:>10,.0f} requests/s   (median of {rounds} rounds)")
    click.echo(f"Sillage, storing, one core    {accepted:>10,.0f} events/s")
    click.echo(f"share of the ceiling          {share:>10.2f}              (target {BY_KEY['T1'].limit})")
    click.echo(f"accepted, with warm-up        {answered:>10,}")
    click.echo(f"stored / counted as dropped   {stored:>10,} / {dropped:,}")
    if stored + dropped < answered:
        raise click.ClickException(f"{answered - stored - dropped} accepted events were lost.")
    return {"T1": BY_KEY["T1"].figure(share, reference=round(ceiling), digits=3)}


def beside_dashboard(directory: Path, *, rounds: int) -> dict[str, Figure]:
    """Measure events per second and latencies on two cores, while a dashboard widget reloads all the time (T2)."""
    query_latency.fill(directory, {query_latency.SITE: PAST_EVENTS}, PAST_DAYS)
    make_site(directory)
    widget_ms: list[float] = []
    bare, ours = [], []
    with (
        bare_server() as bare_process,
        server_process("scripts", "serve", "--port", "0", "--data-dir", str(directory), cores=BOTH_CORES) as server,
        click.progressbar(range(rounds), label="Beside a dashboard", file=sys.stderr) as bar,
    ):
        send(server.url)
        for _ in bar:
            wait_until_stored(directory)
            bare.append(measured_round(bare_process))
            with reloading_widget(directory, widget_ms):
                ours.append(send(server.url, is_last=True))
    values = {
        "T2.per_second": median(result.per_second for result in ours),
        "T2.p99": median(result.latency_ms["99%"] for result in ours),
        "T2.widget": median(widget_ms),
    }
    return {key: scaled_figure(BY_KEY[key], value, bare=bare) for key, value in values.items()}


@contextmanager
def reloading_widget(directory: Path, widget_ms: list[float]) -> Iterator[None]:
    """Query a widget in a loop meanwhile, and record the latencies."""
    is_over = threading.Event()

    def reload() -> None:
        with closing(OperatorConnection(directory)) as connection:
            while not is_over.is_set():
                start = time.perf_counter()
                query_latency.run_query(connection, query_latency.WIDGETS["top stats"] | {"date_range": "30d"})
                widget_ms.append(1000 * (time.perf_counter() - start))

    thread = threading.Thread(target=reload)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def flooded(directory: Path, *, rounds: int) -> dict[str, Figure]:
    """Measure how much longer a normal hit takes during a flood."""
    make_site(directory)
    idle, flooded = [], []
    with (
        server_process("scripts", "serve", "--port", "0", "--data-dir", str(directory), cores=SERVER_CORE) as server,
        click.progressbar(range(rounds), label="Flood", file=sys.stderr) as bar,
    ):
        send(server.url)
        for number in bar:
            idle.append(send(server.url, connections=1).latency_ms)
            with _flood(server.url, first=number * FLOOD_PER_SECOND * ROUND_S):
                flooded.append(send(server.url, connections=1).latency_ms)
    return {f"flood.p{percentile}": _slowdown(percentile, idle, flooded) for percentile in ("50", "99")}


@contextmanager
def _flood(url: str, *, first: int) -> Iterator[None]:
    """Flood a server. first: number of the first hit."""
    # `nice`: the flood shares a core with the measuring load, which has priority.
    command = ["taskset", "-c", LOAD_CORE, "nice", sys.executable, "-m", "scripts.benchmarks.attacker"]
    with subprocess.Popen([*command, url, SITE, str(first), str(FLOOD_PER_SECOND)]) as process:  # noqa: S603
        yield
        is_over = process.poll() is not None
        process.kill()
    if is_over:
        raise click.ClickException("The flood stopped early. See its output above.")


def _slowdown(percentile: str, idle: list[dict[str, float]], flooded: list[dict[str, float]]) -> Figure:
    # Not the median: whether a segment is flushed in a round decides on its slowest hits.
    before, during = (fmean(latency_ms[f"{percentile}%"] for latency_ms in side) for side in (idle, flooded))
    target, slowdown = BY_KEY[f"flood.p{percentile}"], during / before
    click.echo(f"a hit while idle, {percentile}%          {before:>10.2f} ms           (mean of {len(idle)} rounds)")
    click.echo(f"the same during a flood       {during:>10.2f} ms")
    click.echo(f"times as long                 {slowdown:>10.2f}              (target {target.limit})")
    return target.figure(slowdown, reference=before)


def make_site(directory: Path) -> None:
    """Add the site of the load, with an exclusion."""
    control = Control(directory / "control.sqlite3", now=time.time())
    site = sites.add(control, SITE, timezone="Europe/Paris", now=time.time())
    rules.add(control, rules.network(EXCLUDED, site_id=site.id, note="part of the load"), who="bench", now=time.time())
    control.close()


def wait_until_stored(directory: Path) -> None:
    """Wait until the spool is empty. Raises ClickException after a minute."""
    until = time.monotonic() + 60
    while any((directory / "spool").iterdir()):
        if time.monotonic() > until:
            raise click.ClickException("The server did not store the accepted events within a minute.")
        time.sleep(0.02)


def _event_counts(directory: Path) -> tuple[int, int]:
    """Return the numbers of stored and dropped events."""
    database = Database(f"chdb://{directory}/clickhouse")
    stored = database.query("select count() from events")[0][0]
    dropped = database.query("select sum(count) from drops")[0][0]
    database.close()
    return int(stored), int(dropped)
