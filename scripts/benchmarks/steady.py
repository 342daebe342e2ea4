"""Full load for minutes beside open dashboards: does anything grow? T1, T2, T7 and T8 as a series.

`scripts/bench --load MINUTES` runs it. Each step is a round of the bare server, then half a minute of hits as fast as
the server takes them, while dashboards load whole reports and a widget over and over.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click

from scripts.benchmarks import query_latency, throughput
from scripts.benchmarks.harness import Figure, ServerProcess, server_process
from scripts.benchmarks.load import bare_server, send, send_one
from scripts.benchmarks.targets import BY_KEY

STEP_S = 30
DASHBOARDS = 2  # that load whole reports
HEAD = ("minute", "events/s", "of bare", "p99 ms", "report ms", "widget ms", "MB", "parts", "waiting kB", "load")


@dataclass(frozen=True, slots=True)
class Step:
    """What one step measured."""

    minute: float  # since the start
    per_second: float  # accepted events
    share: float  # of the bare server's requests
    p99_ms: float  # of a hit
    report_ms: float  # a whole report page, median; 0: none was loaded
    widget_ms: float  # median
    memory_mb: float  # resident, of all processes of the server
    parts: int  # of all tables
    waiting_kb: float  # events that wait for ClickHouse
    load: float  # of the machine, its average over a minute

    def row(self) -> str:
        """Return the step as a row of a table in Markdown."""
        cells = (
            f"{self.minute:.1f}",
            f"{self.per_second:,.0f}",
            f"{self.share:.2f}",
            f"{self.p99_ms:.1f}",
            f"{self.report_ms:.0f}",
            f"{self.widget_ms:.0f}",
            f"{self.memory_mb:.0f}",
            str(self.parts),
            f"{self.waiting_kb:,.0f}",
            f"{self.load:.1f}",
        )
        return f"| {' | '.join(cells)} |"


def measure(directory: Path, *, minutes: float, workers: int) -> dict[str, Figure]:
    """Return the figures of a long load, and print its series."""
    query_latency.fill(directory, {query_latency.SITE: throughput.PAST_EVENTS}, throughput.PAST_DAYS)
    throughput.make_site(directory)
    command = ["scripts", "serve", "--port", "0", "--data-dir", str(directory), "--workers", str(workers)]
    with bare_server() as bare, server_process(*command, cores=throughput.BOTH_CORES) as server:
        idle_mb = server.memory_mb()
        steps = _steps(directory, server, bare, minutes)
    started_s = _start_s(command)
    return figures(steps, idle_mb=idle_mb, started_s=started_s)


def figures(steps: Sequence[Step], *, idle_mb: float, started_s: float) -> dict[str, Figure]:
    """Return the figures of a series: its medians, and how much its last third differs from its middle third."""
    third = max(1, len(steps) // 3)
    middle, end = steps[-2 * third : -third] or steps[-third:], steps[-third:]
    growth = {
        "load.memory": median(step.memory_mb for step in end) / median(step.memory_mb for step in middle),
        "load.p99": median(step.p99_ms for step in end) / median(step.p99_ms for step in middle),
    }
    values = {
        "load.share": median(step.share for step in steps),
        "load.per_second": median(step.per_second for step in steps),
        "load.widget": median(step.widget_ms for step in steps),
        "load.parts": max(step.parts for step in steps),
        "T7.idle": idle_mb,
        "T7.busy": max(step.memory_mb for step in steps),
        "load.start": started_s,
        **growth,
    }
    for key, value in values.items():
        click.echo(
            f"{BY_KEY[key].measures}:\n{key:<30}{value:>10,.2f} {BY_KEY[key].unit}  (target {BY_KEY[key].limit:,})"
        )
    return {key: BY_KEY[key].figure(value, reference=steps[0].per_second) for key, value in values.items()}


def _steps(directory: Path, server: ServerProcess, bare: ServerProcess, minutes: float) -> list[Step]:
    begun, steps = time.monotonic(), list[Step]()
    click.echo(f"| {' | '.join(HEAD)} |\n|{'---:|' * len(HEAD)}")
    fetch, _cookie = query_latency.reader(directory, server.url)
    while time.monotonic() - begun < 60 * minutes:
        ceiling = send(bare.url).per_second
        report_ms, widget_ms = list[float](), list[float]()
        with throughput.reloading_widget(directory, widget_ms), _loading(fetch, report_ms):
            result = send(server.url, is_last=True, seconds=STEP_S)
        step = Step(
            minute=(time.monotonic() - begun) / 60,
            per_second=result.per_second,
            share=result.per_second / ceiling,
            p99_ms=result.latency_ms["99%"],
            report_ms=median(report_ms or [0]),
            widget_ms=median(widget_ms),
            memory_mb=server.memory_mb(),
            parts=parts(directory),
            waiting_kb=sum(file.stat().st_size for file in (directory / "spool").iterdir()) / 1000,
            load=os.getloadavg()[0],
        )
        click.echo(step.row())
        steps.append(step)
    return steps


def parts(directory: Path) -> int:
    """Return the number of parts of all tables of the embedded ClickHouse."""
    return sum(1 for file in (directory / "clickhouse").rglob("checksums.txt") if "detached" not in file.parts)


@contextmanager
def _loading(fetch: Callable[[str], None], report_ms: list[float]) -> Iterator[None]:
    """Load whole reports meanwhile, on several dashboards, and record the latencies."""
    is_over = threading.Event()

    def load() -> None:
        while not is_over.is_set():
            start = time.perf_counter()
            fetch("period=30d")
            report_ms.append(1000 * (time.perf_counter() - start))

    threads = [threading.Thread(target=load) for _ in range(DASHBOARDS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def _start_s(command: Sequence[str]) -> float:
    """Return the seconds from the start of the server to its first accepted event."""
    begun = time.monotonic()
    with server_process(*command, cores=throughput.BOTH_CORES) as server:
        send_one(server.url)
        return time.monotonic() - begun
