"""How many events a server takes in, alone, beside a dashboard, and in a flood, with wrk as those who send them.

Ceiling and server take turns, and the medians count. At the end every answered event must be found: stored, or counted
among the dropped.
"""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click

from schema import exclusions, sites
from schema.control import Control
from schema.database import Database
from scripts import reading
from scripts.measured import Figure, served
from scripts.operator_socket import OperatorConnection

LOAD = Path(__file__).with_name("load.lua")
SITE = "bench.example"
EXCLUDED = "198.51.100.0/24"
CONNECTIONS = 64
ROUND_S = 1
SERVER_CORE, LOAD_CORE = "0", "1"
BOTH_CORES = "0,1"
PAST_EVENTS, PAST_DAYS = 30_000, 30  # of the dashboard
TARGET_SHARE = 0.45
TARGET_BESIDE, TARGET_P99_MS, TARGET_WIDGET_MS = 10_000, 50.0, 25.0
FLOOD_PER_SECOND = 2000  # each with a page of its own, so that all rounds of a long run have 50,000
TARGET_SLOWDOWN = 3.0


_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Round:
    """What wrk saw in one round."""

    answered: int
    seconds: float

    latency_ms: dict[str, float]  # by percentile: "50%"

    @property
    def per_second(self) -> float:
        return self.answered / self.seconds


def alone(directory: Path, *, rounds: int) -> dict[str, Figure]:
    """Measure accepted events per second on one core, as a share of the ceiling: T1."""
    _make_site(directory)
    bare, ours = [], []
    with (
        served("scripts.ceiling", cores=SERVER_CORE) as bare_url,
        served("scripts", "serve", "--port", "0", "--data-dir", str(directory), cores=SERVER_CORE) as our_url,
        click.progressbar(range(rounds), label="Rounds", file=sys.stderr) as bar,
    ):
        _load(our_url, seconds=2)  # caches warm, as in a server that has been up for a while
        for _ in bar:
            bare.append(_load(bare_url, seconds=ROUND_S))
            ours.append(_load(our_url, seconds=ROUND_S))
    ceiling, accepted = (median(each.per_second for each in side) for side in (bare, ours))
    share = round(accepted / ceiling, 3)
    stored, dropped = _kept(directory)
    answered = sum(each.answered for each in ours)
    click.echo(f"bare uvicorn, one core        {ceiling:>10,.0f} requests/s   (median of {rounds} rounds)")
    click.echo(f"Sillage, storing, one core    {accepted:>10,.0f} events/s")
    click.echo(f"share of the ceiling          {share:>10.2f}              (target {TARGET_SHARE})")
    click.echo(f"answered in the rounds        {answered:>10,}")
    click.echo(f"stored / counted as dropped   {stored:>10,} / {dropped:,}   (with warm-up)")
    if stored + dropped < answered:
        raise click.ClickException(f"{answered - stored - dropped} answered events were lost")
    return {"T1": Figure(share, "share of the ceiling", round(ceiling), TARGET_SHARE, share >= TARGET_SHARE)}


def beside_dashboard(directory: Path, *, rounds: int, bare_per_second: float) -> dict[str, Figure]:
    """Measure the same on two cores while somebody reloads a dashboard all the time: T2.

    bare_per_second: the ceiling of one core, the reference.
    """
    reading.fill(directory, {reading.SITE: PAST_EVENTS}, PAST_DAYS)
    _make_site(directory)
    asked_ms: list[float] = []
    with (
        served("scripts", "serve", "--port", "0", "--data-dir", str(directory), cores=BOTH_CORES) as url,
        click.progressbar(range(rounds), label="Beside a dashboard", file=sys.stderr) as bar,
    ):
        _load(url, seconds=2)
        with _asking(directory, asked_ms):
            accepted = [_load(url, seconds=ROUND_S) for _ in bar]
    per_second = median(each.per_second for each in accepted)
    p99, widget = median(each.latency_ms["99%"] for each in accepted), median(asked_ms)
    click.echo(f"beside a dashboard, two cores {per_second:>10,.0f} events/s     (target {TARGET_BESIDE:,})")
    click.echo(f"an accepted event, 99%        {p99:>10.2f} ms           (target {TARGET_P99_MS})")
    click.echo(f"a widget meanwhile, 50%       {widget:>10.2f} ms           (target {TARGET_WIDGET_MS})")
    return {
        "T2.per_second": Figure(
            round(per_second), "events/s", round(bare_per_second), TARGET_BESIDE, per_second >= TARGET_BESIDE
        ),
        "T2.p99": Figure(round(p99, 2), "ms", round(bare_per_second), TARGET_P99_MS, p99 <= TARGET_P99_MS),
        "T2.widget": Figure(
            round(widget, 2), "ms", round(bare_per_second), TARGET_WIDGET_MS, widget <= TARGET_WIDGET_MS
        ),
    }


@contextmanager
def _asking(directory: Path, asked_ms: list[float]) -> Iterator[None]:
    """Ask for a widget again and again meanwhile, and note how long each answer takes."""
    is_over = threading.Event()

    def ask() -> None:
        with closing(OperatorConnection(directory)) as connection:
            while not is_over.is_set():
                start = time.perf_counter()
                reading.ask(connection, reading.WIDGETS["top stats"] | {"date_range": "30d"})
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
        served("scripts", "serve", "--port", "0", "--data-dir", str(directory), cores=SERVER_CORE) as url,
        click.progressbar(range(rounds), label="Flood", file=sys.stderr) as bar,
    ):
        _load(url, seconds=2)
        for number in bar:
            idle.append(_load(url, seconds=ROUND_S, connections=1).latency_ms)
            with _flood(url, first=number * FLOOD_PER_SECOND * ROUND_S):
                flooded.append(_load(url, seconds=ROUND_S, connections=1).latency_ms)
    return {f"flood.p{name}": _slowdown(f"{name}%", idle, flooded) for name in ("50", "99")}


@contextmanager
def _flood(url: str, *, first: int) -> Iterator[None]:
    """Flood a server with hits that are numbered from `first` on."""
    # Those who measure go before those who flood, for they share a core.
    command = ["taskset", "-c", LOAD_CORE, "nice", sys.executable, "-m", "scripts.flood"]
    with subprocess.Popen([*command, url, SITE, str(first), str(FLOOD_PER_SECOND)]) as process:  # noqa: S603
        yield
        is_over = process.poll() is not None
        process.kill()
    if is_over:
        raise click.ClickException("the flood broke off; what it said stands above")


def _slowdown(percentile: str, idle: list[dict[str, float]], flooded: list[dict[str, float]]) -> Figure:
    before, during = (median(each[percentile] for each in side) for side in (idle, flooded))
    slowdown = round(during / before, 2)
    click.echo(f"a hit by itself, {percentile}           {before:>10.2f} ms           (median of {len(idle)} rounds)")
    click.echo(f"the same in a flood           {during:>10.2f} ms")
    click.echo(f"times as long                 {slowdown:>10.2f}              (target {TARGET_SLOWDOWN})")
    return Figure(slowdown, "times the idle latency", round(before, 3), TARGET_SLOWDOWN, slowdown <= TARGET_SLOWDOWN)


def _make_site(directory: Path) -> None:
    control = Control(directory / "control.sqlite3")
    site = sites.add(control, SITE, timezone="Europe/Paris")
    exclusions.add(control, exclusions.network(EXCLUDED, site_id=site.id, note="part of the load"), who="bench")
    control.close()


def _load(url: str, *, seconds: int, connections: int = CONNECTIONS) -> Round:
    """Let wrk send for some seconds. Raises ClickException where an answer was no 2xx."""
    command = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    report = subprocess.run([*command, "-s", str(LOAD), url], capture_output=True, text=True, check=True).stdout  # noqa: S603
    if "Non-2xx" in report or "Socket errors" in report:
        raise click.ClickException(f"not every event was accepted:\n{report}")
    found = re.search(r"(\d+) requests in ([\d.]+)(m?s)", report)
    if found is None:
        raise click.ClickException(f"wrk said something unexpected:\n{report}")
    latencies = re.findall(r"(\d+%) +([\d.]+)(us|ms|s)\b", report, re.MULTILINE)
    return Round(
        int(found[1]),
        float(found[2]) / (1000 if found[3] == "ms" else 1),
        {percentile: float(number) * _MS[unit] for percentile, number, unit in latencies},
    )


def _kept(directory: Path) -> tuple[int, int]:
    """Return how many events are stored, and how many counted as dropped."""
    database = Database(f"chdb://{directory}/clickhouse")
    stored = database.query("select count() from events")[0][0]
    dropped = database.query("select sum(count) from drops")[0][0]
    database.close()
    return int(stored), int(dropped)
