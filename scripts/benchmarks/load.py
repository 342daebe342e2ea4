"""Requests for a server under measurement: wrk, as those who send events, and the bare server that stands beside ours.

What a request costs is told by the processor's time, not by the clock: neighbours on a shared machine, and a wrk that
can't send any faster, change it less.
"""

import re
import subprocess
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import click

from scripts.benchmarks.harness import Figure, Served, served

CONNECTIONS = 64
ROUND_S = 2
SERVER_CORE, LOAD_CORE = "0", "1"
# Of the processor's time, that a bare request takes on the machine for which targets that are times were set.
BARE_US = 27.0
_SCRIPT = Path(__file__).with_name("load.lua")
_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Round:
    """What wrk saw in one round."""

    answered: int
    seconds: float
    latency_ms: dict[str, float]  # by percentile: "50%"
    cpu_us: float = 0.0  # of the server, for a request; where it was asked for

    @property
    def per_second(self) -> float:
        return self.answered / self.seconds


def bare_server() -> AbstractContextManager[Served]:
    """Run the server that reads and decodes a body and does no more, on one core."""
    return served("scripts.benchmarks.bare_server", cores=SERVER_CORE)


def weighed(server: Served, *, settle: Callable[[], None] = lambda: None) -> Round:
    """Return a round with what a request costs. settle: waits until the server has done all that it put off."""
    before = server.cpu_s()
    seen = send(server.url)
    settle()
    return replace(seen, cpu_us=1e6 * (server.cpu_s() - before) / seen.answered)


def cost_us(rounds: Iterable[Round]) -> float:
    """Return the processor's time for a request, the median of some rounds."""
    return median(each.cpu_us for each in rounds)


def at_this_speed(what: str, value: float, unit: str, *, target: float, bare: Iterable[Round]) -> Figure:
    """Return a figure whose target was set on another machine, judged at the speed of this one, and print it.

    unit: of a time, or of a rate, which ends in /s. bare: rounds of the bare server, which tell the speed.
    """
    bare_us = cost_us(bare)
    is_rate = unit.endswith("/s")
    here = target * BARE_US / bare_us if is_rate else target * bare_us / BARE_US
    click.echo(f"{what:<30}{value:>10,.1f} {unit:<13}(target {target:,.0f}, here {here:,.1f})")
    is_met = value >= here if is_rate else value <= here
    return Figure(round(value, 1), unit, round(1e6 / bare_us), round(here, 1), is_met)


def send(url: str, *, connections: int = CONNECTIONS, is_last: bool = False) -> Round:
    """Let wrk send for a round. is_last: with what others leave of its core. Raises ClickException where an answer
    was no 2xx.
    """
    command = ["taskset", "-c", LOAD_CORE, *(["nice"] if is_last else []), "wrk", "-t1", f"-c{connections}"]
    command += [f"-d{ROUND_S}s", "--latency"]
    report = subprocess.run([*command, "-s", str(_SCRIPT), url], capture_output=True, text=True, check=True).stdout  # noqa: S603
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
