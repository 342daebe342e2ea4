"""`scripts/bench`: what Sillage does on this machine, beside what the same machine could do at best.

Absolute figures say little on shared machines, so each stands beside a reference taken in the same run, as a bare ASGI
callable under the same uvicorn that reads and decodes the same bodies, and stores nothing.
"""

import gzip
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from ingest.tracker import names
from ingest.tracker.variant import variant
from scripts.benchmarks import event_cost, query_latency, throughput
from scripts.benchmarks.harness import Figure

READ_ROUNDS = 5


@click.command()
@click.option("--quick", is_flag=True, help="Three rounds instead of eighteen: two minutes.")
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
    with _directory() as directory:
        figures = throughput.alone(directory, rounds=3 if quick else 18)
    with _directory() as directory:
        figures |= throughput.beside_dashboard(directory, rounds=3 if quick else 18)
    with _directory() as directory:
        figures |= event_cost.measure(directory, events=10_000, rounds=3 if quick else 18)
    with _directory() as directory:
        figures |= throughput.flooded(directory, rounds=3 if quick else 26)
    figures |= _tracker()
    if full:
        with _directory() as directory:
            figures |= query_latency.measure(directory, events=events, rounds=READ_ROUNDS)
    if json_file:
        json_file.write_text(json.dumps({name: asdict(figure) for name, figure in figures.items()}, indent=2) + "\n")


@contextmanager
def _directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sillage-bench-") as directory:
        yield Path(directory)


def _tracker() -> dict[str, Figure]:
    """Return what browsers load: T9. The references are the sizes of Plausible's."""
    every = names.features(f"script.{'.'.join(sorted(names.EXTENSIONS - {'manual', 'local'}))}.js")
    figures = {}
    for name, features, reference, target in (
        ("T9.core", names.TAG, 758, 700),
        ("T9.everything", every or names.TAG, 2521, 1500),
    ):
        size = len(gzip.compress(variant(features)))
        click.echo(f"{name:<30}{size:>10,} bytes        (target {target:,})")
        figures[name] = Figure(size, "bytes, gzip", reference, target, size <= target)
    return figures


if __name__ == "__main__":
    bench()
