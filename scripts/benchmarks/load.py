"""Load from wrk, and the cost of a request.

The cost is CPU time rather than wall time: it depends less on neighbours on a shared machine and on the speed of wrk.
"""

import re
import subprocess
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from urllib.request import Request, urlopen

import click

from scripts.benchmarks.harness import Figure, ServerProcess, server_process
from scripts.benchmarks.targets import BARE_US, Target

CONNECTIONS = 64
ROUND_S = 2
SERVER_CORE, LOAD_CORE = "0", "1"
_SCRIPT = Path(__file__).with_name("load.lua")
_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Round:
    """The result of one round of wrk."""

    answered: int
    seconds: float
    latency_ms: dict[str, float]  # by percentile: "50%"
    cpu_us: float = 0.0  # of the server per request; 0: not measured

    @property
    def per_second(self) -> float:
        return self.answered / self.seconds


def bare_server() -> AbstractContextManager[ServerProcess]:
    """Run the server that only reads and decodes the body, on one core."""
    return server_process("scripts.benchmarks.bare_server", cores=SERVER_CORE)


def measured_round(server: ServerProcess, *, settle: Callable[[], None] = lambda: None) -> Round:
    """Return a round with the cost of a request. settle: waits until the server has finished its deferred work."""
    before = server.cpu_s()
    result = send(server.url)
    settle()
    return replace(result, cpu_us=1e6 * (server.cpu_s() - before) / result.answered)


def cost_us(rounds: Iterable[Round]) -> float:
    """Return the CPU time of a request, the median of the rounds."""
    return median(result.cpu_us for result in rounds)


def scaled_figure(target: Target, value: float, *, bare: Iterable[Round]) -> Figure:
    """Print and return a figure, with its target scaled to the speed of this machine.

    bare: rounds of the bare server, which measure the speed.
    """
    bare_us = cost_us(bare)
    slowdown = bare_us / BARE_US
    limit = target.limit / slowdown if target.is_minimum else target.limit * slowdown
    click.echo(f"{target.measures}:")
    click.echo(f"{target.key:<30}{value:>10,.1f} {target.unit:<13}(target {target.limit:,.0f}, here {limit:,.1f})")
    return target.figure(value, reference=round(1e6 / bare_us), limit=limit, digits=1)


def send_one(url: str) -> None:
    """Send a hit. Raises URLError if it is not accepted."""
    body = b'{"n": "pageview", "d": "bench.example", "u": "https://bench.example/"}'
    with urlopen(Request(f"{url}/api/event", body, {"Content-Type": "text/plain"}), timeout=60):  # noqa: S310
        pass


def send(url: str, *, connections: int = CONNECTIONS, is_last: bool = False, seconds: int = ROUND_S) -> Round:
    """Run wrk for a round. is_last: at low priority. Raises ClickException if a response is not 2xx."""
    command = ["taskset", "-c", LOAD_CORE, *(["nice"] if is_last else []), "wrk", "-t1", f"-c{connections}"]
    command += [f"-d{seconds}s", "--latency"]
    report = subprocess.run([*command, "-s", str(_SCRIPT), url], capture_output=True, text=True, check=True).stdout  # noqa: S603
    if "Non-2xx" in report or "Socket errors" in report:
        raise click.ClickException(f"Not every event was accepted:\n{report}")
    match = re.search(r"(\d+) requests in ([\d.]+)(m?s)", report)
    if match is None:
        raise click.ClickException(f"Unexpected output of wrk:\n{report}")
    latencies = re.findall(r"(\d+%) +([\d.]+)(us|ms|s)\b", report, re.MULTILINE)
    return Round(
        int(match[1]),
        float(match[2]) / (1000 if match[3] == "ms" else 1),
        {percentile: float(number) * _MS[unit] for percentile, number, unit in latencies},
    )
