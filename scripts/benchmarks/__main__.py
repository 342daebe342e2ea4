"""`scripts/bench`: the benchmarks. targets.py defines what each key means.

Absolute values mean little on shared machines, so each figure comes with a reference from the same run, such as a bare
ASGI callable under the same uvicorn that reads and decodes the same bodies and stores nothing.
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
from scripts.benchmarks import event_cost, query_latency, report_pages, several_processes, steady, throughput
from scripts.benchmarks.harness import Figure
from scripts.benchmarks.targets import BY_KEY

ROUNDS, FLOOD_ROUNDS, QUERY_ROUNDS = 18, 26, 5


@click.command()
@click.option("--quick", "rounds", flag_value=3, type=int, help="Run 3 rounds instead of 18. Takes two minutes.")
@click.option("--rounds", type=click.IntRange(min=1), metavar="NUMBER", help="Run this many rounds instead of 18.")
@click.option("--full", is_flag=True, help="Also measure queries on a year of a large site. Takes an hour.")
@click.option("--events", default=18_300_000, show_default=True, metavar="NUMBER", help="Events in that year.")
@click.option("--load", "minutes", type=float, metavar="MINUTES", help="Only load a server so long, beside dashboards.")
@click.option("--workers", type=click.IntRange(0, 64), default=0, metavar="NUMBER", help="Workers of that server.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Also write the figures to this file.")
def bench(
    *, rounds: int | None, full: bool, events: int, minutes: float | None, workers: int, json_file: Path | None
) -> None:
    """Measure throughput, cost per event, latency during a flood and the size of the tracker.

    With --full, also measure query latency and disk space per event. With --load, only show whether memory, parts and
    latencies grow in minutes of full load. Each figure is printed next to its target.

    Example: scripts/bench --quick --json figures.json
    """
    if shutil.which("wrk") is None or shutil.which("taskset") is None:
        raise click.ClickException("wrk and taskset are required (on Debian: apt install wrk util-linux).")
    if (os.cpu_count() or 1) < 2:
        raise click.ClickException("Two cores are required: one for the server, one for the load.")
    if minutes is None:
        figures = _figures(rounds=rounds, full=full, events=events)
    else:
        with _directory() as directory:
            figures = steady.measure(directory, minutes=minutes, workers=workers)
    if json_file:
        json_file.write_text(json.dumps({name: asdict(figure) for name, figure in figures.items()}, indent=2) + "\n")


def _figures(*, rounds: int | None, full: bool, events: int) -> dict[str, Figure]:
    with _directory() as directory:
        figures = throughput.one_core(directory, rounds=rounds or ROUNDS)
    with _directory() as directory:
        figures |= throughput.beside_dashboard(directory, rounds=rounds or ROUNDS)
    with _directory() as directory:
        figures |= event_cost.measure(directory, events=10_000, rounds=rounds or ROUNDS)
    with _directory() as directory:
        figures |= throughput.flooded(directory, rounds=rounds or FLOOD_ROUNDS)
    with _directory() as directory:
        figures |= several_processes.measure(directory, rounds=rounds or ROUNDS)
    figures |= _tracker_size()
    if full:
        with _directory() as directory:
            figures |= query_latency.measure(directory, events=events, rounds=QUERY_ROUNDS)
        with _directory() as directory:
            figures |= report_pages.measure(directory, rounds=QUERY_ROUNDS)
    return figures


@contextmanager
def _directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sillage-bench-") as directory:
        yield Path(directory)


def _tracker_size() -> dict[str, Figure]:
    """Return the size of the tracker script (T9). The references are the sizes of Plausible's."""
    all_features = names.features(f"script.{'.'.join(sorted(names.EXTENSIONS - {'manual', 'local', 'frames'}))}.js")
    figures = {}
    for key, features, reference in (
        ("T9.core", names.TAG, 758),
        ("T9.everything", all_features or names.TAG, 2521),
    ):
        size = len(gzip.compress(variant(features)))
        click.echo(f"{BY_KEY[key].measures}:")
        click.echo(f"{key:<30}{size:>10,} bytes        (target {BY_KEY[key].limit:,})")
        figures[key] = BY_KEY[key].figure(size, reference=reference)
    return figures


if __name__ == "__main__":
    bench()
