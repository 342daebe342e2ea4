"""`sillage spool`: events that were set aside because they are damaged or ClickHouse rejected them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from ingest.storage.flush import read
from ingest.storage.spool import SpoolSegment, replay, segments_set_aside
from scripts.config import loading
from scripts.console import tables
from scripts.console.errors import Refusal

_NOTHING = "Nothing is set aside."


@click.group()
def spool() -> None:
    """List, replay and discard events that could not be stored."""


@spool.command("list")
@tables.as_json
@click.pass_obj
def list_all(options: Mapping[str, str] | None, *, as_json: bool) -> None:
    """List the files of events that are damaged or that ClickHouse rejected.

    EVENTS is the number of readable events. DAMAGED is the number of unreadable pieces, of at least one event each.

    Example: sillage spool list
    """
    rows = [_row(segment) for segment in segments_set_aside(_directory(options))]
    tables.show(rows, as_json=as_json, empty=_NOTHING)


@spool.command("replay")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.pass_obj
def replay_some(options: Mapping[str, str] | None, names: Sequence[str]) -> None:
    """Retry storing the files that were set aside: those named, or all.

    The server stores them within seconds if it is running, else when it starts. Events that are already stored are
    skipped. Files that still can't be stored are set aside again.

    Example: sillage spool replay
    """
    _for_each(options, names, replay, done="Queued for replay")


@spool.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--yes", is_flag=True, help="Skip the confirmation.")
@click.pass_obj
def discard(options: Mapping[str, str] | None, names: Sequence[str], *, yes: bool) -> None:
    """Delete files that were set aside. Their events are lost.

    Example: sillage spool discard 01764500000000000000-5f0c2a91 --yes
    """
    chosen = _chosen(_directory(options), names)
    if not yes:
        events = sum(len(read(segment).records) for segment in chosen)
        click.confirm(f"Delete {_files(len(chosen))} with {events} readable events?", abort=True, err=True)
    _for_each(options, names, SpoolSegment.discard, done="Deleted")


def _for_each(
    options: Mapping[str, str] | None, names: Sequence[str], act: Callable[[SpoolSegment], None], *, done: str
) -> None:
    segments = _chosen(_directory(options), names)
    for segment in segments:
        act(segment)
    click.echo(f"{done}: {_files(len(segments))}." if segments else _NOTHING)


def _chosen(directory: Path, names: Sequence[str]) -> list[SpoolSegment]:
    """Return the named segments, or all if there are no names. Raises Refusal."""
    segments = {segment.name: segment for segment in segments_set_aside(directory)}
    if unknown := [name for name in names if name not in segments]:
        raise Refusal(f"{unknown[0]} is not set aside. `sillage spool list` shows the files.")
    return [segments[name] for name in names] if names else list(segments.values())


def _row(segment: SpoolSegment) -> tables.Row:
    content = read(segment)
    created_ns = int(segment.name.partition("-")[0])
    return {
        "name": segment.name,
        "begun": f"{datetime.fromtimestamp(created_ns / 1e9, UTC):%Y-%m-%d %H:%MZ}",
        "events": len(content.records),
        "damaged": len(content.damaged),
        "bytes": segment.path.stat().st_size,
    }


def _directory(options: Mapping[str, str] | None) -> Path:
    return loading.load(options).data_dir / "spool"


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
