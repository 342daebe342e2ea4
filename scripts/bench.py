"""`scripts/bench`: what Sillage does on this machine, beside what the same machine could do at best.

Absolute figures say little on shared machines, so each is given as a share of a ceiling taken in the same run: a bare
ASGI callable under the same uvicorn that reads and decodes the same bodies, and stores nothing. The server has one
core and the load generator (wrk) another; ceiling and Sillage take turns, and the medians count. At the end every
answered event must be found: stored, or counted among the dropped.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import click

from schema import exclusions, sites
from schema.control import Control
from schema.database import Database
from scripts import reading
from scripts.measured import Figure, served

LOAD = Path(__file__).with_name("load.lua")
SITE = "bench.example"
EXCLUDED = "198.51.100.0/24"
CONNECTIONS = 64
ROUND_S = 1
SERVER_CORE, LOAD_CORE = "0", "1"
TARGET_SHARE = 0.45
FLOOD_PER_SECOND = 2000  # each with a page of its own, so that all rounds of a long run have 50,000
TARGET_SLOWDOWN = 3.0
READ_ROUNDS = 5


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


@click.command()
@click.option("--quick", is_flag=True, help="Three rounds instead of eighteen: half a minute.")
@click.option("--full", is_flag=True, help="Ask a year of a large site as well: an hour.")
@click.option("--events", default=18_300_000, show_default=True, metavar="NUMBER", help="Events of that year.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the figures to this file, too.")
def bench(*, quick: bool, full: bool, events: int, json_file: Path | None) -> None:
    """Print the accepted events per second beside the ceiling of a bare server, measured in the same run, and how
    much longer a hit takes in a flood; with --full, how long answers take, and what an event takes on the disk.

    Example: scripts/bench --quick --json figures.json
    """
    if shutil.which("wrk") is None or shutil.which("taskset") is None:
        raise click.ClickException("wrk and taskset are needed (on Debian: apt install wrk util-linux)")
    if (os.cpu_count() or 1) < 2:
        raise click.ClickException("two cores are needed: one for the server, one for the load")
    with tempfile.TemporaryDirectory(prefix="sillage-bench-") as directory:
        figures = {"T1": _accepted(Path(directory), rounds=3 if quick else 18)}
    with tempfile.TemporaryDirectory(prefix="sillage-bench-") as directory:
        figures |= _flooded(Path(directory), rounds=3 if quick else 26)
    if full:
        with tempfile.TemporaryDirectory(prefix="sillage-bench-") as directory:
            figures |= reading.measure(Path(directory), events=events, rounds=READ_ROUNDS)
    if json_file:
        json_file.write_text(json.dumps({name: asdict(figure) for name, figure in figures.items()}, indent=2) + "\n")


def _accepted(directory: Path, *, rounds: int) -> Figure:
    """Measure accepted events per second on one core, as a share of the ceiling."""
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
    return Figure(share, "share of the ceiling", round(ceiling), TARGET_SHARE, share >= TARGET_SHARE)


def _flooded(directory: Path, *, rounds: int) -> dict[str, Figure]:
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
    exclusions.add(control, EXCLUDED, site_id=site.id, note="part of the load")
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


if __name__ == "__main__":
    bench()
