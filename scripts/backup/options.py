"""Options that `sillage backup` and `sillage restore` share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from scripts.backup.s3 import Bucket
from scripts.backup.targets import S3, Directory, Target

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


def of_target(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument DIRECTORY, and the options that reach and decrypt it."""
    for decorate in (
        click.option(
            "--s3-credentials",
            type=_FILE,
            help="Keys of the storage, in the form of ~/.aws/credentials.",
        ),
        click.option("--s3-endpoint", metavar="URL", help="Address of the storage. Amazon's by default."),
        click.option("--passphrase-file", type=_FILE, help="File with the passphrase of the encryption."),
        click.argument("place", metavar="DIRECTORY"),
    ):
        command = decorate(command)
    return command


def target(place: str, *, s3_endpoint: str | None, s3_credentials: Path | None) -> Target:
    """Return where the backups are. place: a directory, or s3://bucket/prefix. Raises BackupError."""
    if place.startswith(S3):
        return Bucket(place, endpoint=s3_endpoint, credentials=s3_credentials)
    return Directory(Path(place).expanduser().absolute())
