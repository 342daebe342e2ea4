"""`sillage restore`: build a data directory from a backup, or verify in a scratch directory that this works."""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from schema.privacy.erasures import Erasure
from schema.stores.cluster import open_database
from schema.stores.control import Control
from schema.stores.database import Database
from scripts.backup import options, restoring, sealing
from scripts.backup.making import CONTROL
from scripts.backup.manifest import BackupError, File
from scripts.backup.restoring import Backup
from scripts.backup.targets import Target
from scripts.config import loading
from scripts.config.loading import Config
from scripts.console import tables
from scripts.server.data_directory import DataDirectory

_ALLOWED = frozenset({"sillage.toml", "lost+found"})  # in an empty data directory


@click.command()
@options.of_target
@click.option("--backup", "name", metavar="NAME", help="Name of the backup. The newest by default.")
@click.option("--verify", is_flag=True, help="Restore into a scratch directory, count, and remove it again.")
@click.option(
    "--erasures",
    "control_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The lost server's control.sqlite3, if you have it: what was erased there is erased again.",
)
@click.pass_obj
def restore(
    settings: Mapping[str, str] | None,
    place: str,
    passphrase_file: Path | None,
    s3_endpoint: str | None,
    s3_credentials: Path | None,
    name: str | None,
    control_file: Path | None,
    *,
    verify: bool,
) -> None:
    """Build an empty data directory from a backup, or verify that this would work.

    DIRECTORY is where the backups are, and may be s3://bucket/prefix. What was erased before the newest backup is
    erased again when the server starts. With --verify, nothing but a scratch directory is written, so it works beside
    a running server.

    Example: sillage restore /var/backups/sillage --passphrase-file /etc/sillage/passphrase --verify
    """
    config = loading.load(settings)
    target = options.target(place, s3_endpoint=s3_endpoint, s3_credentials=s3_credentials)
    passphrase = sealing.passphrase_of(passphrase_file)
    backup = restoring.newest(target, passphrase, name=name)
    if verify:
        _verify(backup, config)
        return
    _check_empty(config)
    erased = _later_erasures(target, backup, passphrase, control_file)
    with _emptied_on_failure(config.data_dir), _locked(config):
        count = _restore(backup, config, erased)
    click.echo(f"Restored {backup.where} into {config.data_dir}.")
    if count:
        click.echo(f"The server repeats {count} erasures when it starts.")


def _verify(backup: Backup, config: Config) -> None:
    with tempfile.TemporaryDirectory(prefix="sillage-verify-") as directory:
        scratch = replace(config, data_dir=Path(directory), database=f"chdb://{directory}/clickhouse")
        _restore(backup, scratch, [])
    rows: list[tables.Row] = [{"table": table, "rows": count} for table, count in backup.manifest.rows.items()]
    tables.show(rows, as_json=False, empty="")
    click.echo(f"{backup.where} can be restored: all checksums are right, and so are the counts.")


def _restore(backup: Backup, config: Config, erased: Sequence[Erasure]) -> int:
    """Restore everything, and return the number of erasures to repeat."""
    restoring.write_files(backup, config.data_dir)
    database = open_database(config.database, cluster=config.cluster, memory_bytes=config.memory_mb * 1_048_576)
    try:
        _check_no_rows(database)
        restoring.fill(backup, database, now=time.time(), progress=_progress)
    finally:
        database.close()
    control = Control(config.data_dir / CONTROL, now=time.time())
    try:
        return restoring.erase_again(control, erased)
    finally:
        control.close()


def _later_erasures(target: Target, backup: Backup, passphrase: str | None, control_file: Path | None) -> list[Erasure]:
    of_file = restoring.erasures_of(control_file) if control_file else []
    return [*restoring.later_erasures(target, backup, passphrase), *of_file]


def _check_empty(config: Config) -> None:
    loading.make_data_dir(config)
    if others := sorted(entry.name for entry in config.data_dir.iterdir() if entry.name not in _ALLOWED):
        raise BackupError(
            f"The data directory {config.data_dir} is not empty ({', '.join(others[:3])}). Stop the server, move the"
            " directory away, and run this command again."
        )


def _check_no_rows(database: Database) -> None:
    count = database.query("select count() from system.tables where database = currentDatabase()")[0][0]
    if count:
        raise BackupError("The ClickHouse database has tables already. Name an empty one in the setting database.")


@contextmanager
def _emptied_on_failure(data_dir: Path) -> Iterator[None]:
    """Remove what a failed restore has written, so that it can be tried again."""
    try:
        yield
    except BaseException:
        for entry in data_dir.iterdir():
            if entry.name not in _ALLOWED:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        raise


@contextmanager
def _locked(config: Config) -> Iterator[None]:
    directory = DataDirectory(config.data_dir)
    try:
        yield
    finally:
        directory.release()


def _progress(files: Sequence[File]) -> Iterator[File]:
    with click.progressbar(length=sum(file.rows for file in files), label="Restoring rows", file=sys.stderr) as bar:
        for file in files:
            yield file
            bar.update(file.rows)
