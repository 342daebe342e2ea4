"""`sillage backup`: copy everything to a directory or a bucket, while the server runs or not."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from scripts.backup import last, making, options, sealing, source, targets
from scripts.backup.manifest import BackupError
from scripts.backup.targets import Target
from scripts.config import loading
from scripts.config.loading import Config
from scripts.console.sizes import readable


@click.command()
@options.of_target
@click.option("--keep", type=click.IntRange(min=1), metavar="N", help="Remove all but the newest N backups afterwards.")
@click.pass_obj
def backup(
    settings: Mapping[str, str] | None,
    place: str,
    passphrase_file: Path | None,
    s3_endpoint: str | None,
    s3_credentials: Path | None,
    keep: int | None,
) -> None:
    """Copy everything to a directory or a bucket, while the server runs.

    DIRECTORY may be s3://bucket/prefix. The copy has statistics, settings, accounts and keys. It is consistent, and
    contains neither salts nor events that wait on disk. With --passphrase-file it is encrypted in the format of age.
    `sillage restore --verify` checks it.

    Example: sillage backup /var/backups/sillage --passphrase-file /etc/sillage/passphrase --keep 14
    """
    config = loading.load(settings)
    target = options.target(place, s3_endpoint=s3_endpoint, s3_credentials=s3_credentials)
    passphrase = sealing.passphrase_of(passphrase_file)
    _check_place(place, config)
    with source.of(config) as snapshot:
        made = making.make(
            snapshot,
            target,
            sealing.new(passphrase),
            data_dir=config.data_dir,
            made_at=time.time(),
            progress=_progress,
        )
    last.note(config.data_dir, at=time.time())
    size, rows = sum(file.bytes for file in made.manifest.files), sum(made.manifest.rows.values())
    click.echo(f"{target.where(made.name)}: {rows:,} rows, {len(made.manifest.files):,} files, {readable(size)}.")
    if passphrase is None:
        click.echo("It is not encrypted. Keep it as private as the data directory.", err=True)
    if keep:
        _remove_old(target, keep)


def _check_place(place: str, config: Config) -> None:
    if not config.data_dir.is_dir():
        raise BackupError(f"There is no data directory {config.data_dir}. Name it with --data-dir.")
    inside = Path(place).expanduser().absolute().is_relative_to(config.data_dir)
    if inside and not place.startswith(targets.S3):
        raise BackupError(f"{place} is in the data directory, and would be lost with it. Choose another disk.")


def _progress(pieces: Sequence[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    total = sum(rows for _table, rows in pieces)
    with click.progressbar(length=total, label="Copying rows", file=sys.stderr) as bar:
        for table, rows in pieces:
            yield table, rows
            bar.update(rows)


def _remove_old(target: Target, keep: int) -> None:
    for name in targets.superfluous(target, keep=keep):
        target.remove(name)
        click.echo(f"Removed {target.where(name)}.")
