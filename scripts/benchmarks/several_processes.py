"""Workers: throughput on two cores beside one process on one core, and a hit's latency while a dashboard is read."""

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import click

from scripts.benchmarks import query_latency, throughput
from scripts.benchmarks.harness import Figure, ServerProcess, server_process
from scripts.benchmarks.load import SERVER_CORE, send
from scripts.benchmarks.targets import BY_KEY

WORKERS = 2
_ALONE, _SEVERAL = "one process on one core", f"{WORKERS} workers on two cores"


def measure(directory: Path, *, rounds: int) -> dict[str, Figure]:
    """Return workers.gain and workers.p99. The servers take turns, and medians count."""
    per_second: dict[str, list[float]] = {_ALONE: [], _SEVERAL: []}
    p99_ms: dict[str, list[float]] = {_ALONE: [], _SEVERAL: []}
    with ExitStack() as running, click.progressbar(range(rounds), label="Workers", file=sys.stderr) as bar:
        servers = {
            _ALONE: _started(running, directory / "alone", workers=0, cores=SERVER_CORE),
            _SEVERAL: _started(running, directory / "several", workers=WORKERS, cores=throughput.BOTH_CORES),
        }
        for _ in bar:
            for name, (own, server) in servers.items():
                throughput.wait_until_stored(own)
                per_second[name].append(send(server.url, is_last=True).per_second)
                throughput.wait_until_stored(own)
                with throughput.reloading_widget(own, []):
                    p99_ms[name].append(send(server.url, connections=1).latency_ms["99%"])
    click.echo(f"load of the machine           {os.getloadavg()[0]:>10.1f}")
    return figures(
        {name: median(values) for name, values in per_second.items()},
        {name: median(values) for name, values in p99_ms.items()},
    )


def figures(per_second: Mapping[str, float], p99_ms: Mapping[str, float]) -> dict[str, Figure]:
    """Print and return the figures. Both are by the kind of server."""
    for name in per_second:
        click.echo(f"{name:<30}{per_second[name]:>10,.0f} events/s     99% of hits within {p99_ms[name]:.1f} ms")
    values = {
        "workers.gain": (per_second[_SEVERAL] / per_second[_ALONE], per_second[_ALONE]),
        "workers.p99": (p99_ms[_SEVERAL], p99_ms[_ALONE]),
    }
    for key, (value, _) in values.items():
        click.echo(
            f"{BY_KEY[key].measures}:\n{key:<30}{value:>10,.2f} {BY_KEY[key].unit}  (target {BY_KEY[key].limit})"
        )
    return {key: BY_KEY[key].figure(value, reference=reference) for key, (value, reference) in values.items()}


def _started(running: ExitStack, directory: Path, *, workers: int, cores: str) -> tuple[Path, ServerProcess]:
    directory.mkdir()
    query_latency.fill(directory, {query_latency.SITE: throughput.PAST_EVENTS}, throughput.PAST_DAYS)
    throughput.make_site(directory)
    command = ["scripts", "serve", "--port", "0", "--data-dir", str(directory), "--workers", str(workers)]
    server = running.enter_context(server_process(*command, cores=cores))
    send(server.url)
    return directory, server
