"""Read a backup: verify every file, and build a data directory and the tables from it."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from backports import zstd

from schema.privacy import erasures
from schema.privacy.erasures import Erasure
from schema.sites.purge import TABLES
from schema.stores import snapshot
from schema.stores.control import Control
from schema.stores.database import ClickHouseError, Database
from schema.stores.migrate import migrate_clickhouse
from scripts.backup import manifest, sealing, targets
from scripts.backup.making import CONTROL
from scripts.backup.manifest import BackupError, File, Manifest
from scripts.backup.sealing import KEY_FILE, Sealing
from scripts.backup.targets import Target

Progress = Callable[[Sequence[File]], Iterator[File]]


class Backup:
    """A complete backup, opened for reading. Every file is checked when it is read."""

    def __init__(self, target: Target, name: str, passphrase: str | None) -> None:
        """Read the manifest. Raises BackupError."""
        self.name = name
        self.where = target.where(name)
        self._target = target
        self.manifest: Manifest = manifest.decoded(target.read(name, manifest.FILE), where=self.where)
        self._files = {file.name: file for file in self.manifest.files}
        self._sealing: Sealing = sealing.Open()
        if self.manifest.is_encrypted:
            if passphrase is None:
                raise BackupError(f"{self.where} is encrypted. Name the file of its passphrase with --passphrase-file.")
            self._sealing = sealing.of_key(target.read(name, KEY_FILE), passphrase)
        sealing.check(self.manifest, self._sealing, where=self.where)

    @property
    def pieces(self) -> list[File]:
        """Return the files with rows of tables."""
        return [file for file in self.manifest.files if file.table in TABLES]

    def read(self, file: File) -> bytes:
        """Return the decrypted content of a file. Raises BackupError."""
        content = self._target.read(self.name, file.name)
        manifest.check(content, file, where=self.where)
        return content if file.name == KEY_FILE else self._sealing.unseal(content)

    def control(self) -> bytes:
        """Return the control file. Raises BackupError."""
        return self.read(self._files[CONTROL + self._sealing.suffix])

    def kept_files(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and content of the files of the data directory. Raises BackupError."""
        for file in self.manifest.files:
            if not file.table and file.name != KEY_FILE:
                name = file.name.removesuffix(self._sealing.suffix)
                if Path(name).name != name:
                    raise BackupError(f"{self.where} names a file {name!r}. Don't trust this backup.")
                yield name, self.read(file)


def newest(target: Target, passphrase: str | None, *, name: str | None = None) -> Backup:
    """Return a backup: the one of this name, or the newest complete one. Raises BackupError."""
    names = targets.complete(target)
    if name is None and not names:
        raise BackupError(f"There is no complete backup in {target.where('').rstrip('/')}.")
    if name is not None and name not in names:
        raise BackupError(f"There is no complete backup {name}. There are: {', '.join(names) or 'none'}.")
    return Backup(target, name or names[-1], passphrase)


def write_files(backup: Backup, data_dir: Path) -> None:
    """Write the control file and the keys, readable for their owner alone. Raises BackupError, OSError."""
    for name, content in backup.kept_files():
        path = data_dir / name
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(content)


def fill(backup: Backup, database: Database, *, now: float, progress: Progress) -> None:
    """Make the tables as they were, fill them, migrate them to the present, and count. Raises BackupError.

    The database must not have tables with rows. progress: passes on the files to read.
    """
    migrate_clickhouse(database, now=now, last=backup.manifest.clickhouse_schema)
    for table in TABLES:
        database.command(f"system stop ttl merges {table}")
    try:
        for file in progress(backup.pieces):
            _fill(backup, database, file)
        migrate_clickhouse(database, now=now)
        check_counts(backup.manifest, {table: snapshot.count(database, table) for table in TABLES})
    finally:
        for table in TABLES:
            database.command(f"system start ttl merges {table}")


def check_counts(expected: Manifest, counts: dict[str, int]) -> None:
    """Raise BackupError unless the tables have as many rows as when the backup was made."""
    for table, rows in expected.rows.items():
        if counts.get(table) != rows:
            raise BackupError(
                f"The table {table} has {counts.get(table, 0):,} rows after the restore, and had {rows:,}."
                " Choose another backup with --backup, and report this."
            )


def later_erasures(target: Target, backup: Backup, passphrase: str | None) -> list[Erasure]:
    """Return the erasures of backups that are newer than this one. Raises BackupError."""
    newest_name = targets.complete(target)[-1]
    if newest_name == backup.name:
        return []
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / CONTROL
        file.write_bytes(Backup(target, newest_name, passphrase).control())
        return erasures_of(file)


def erasures_of(control_file: Path) -> list[Erasure]:
    """Return the erasures of a control file, whatever its version. Raises BackupError."""
    try:
        with closing(sqlite3.connect(f"{control_file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return erasures.of_file(connection)
    except sqlite3.Error as error:
        raise BackupError(f"The erasures in {control_file} can't be read: {error}.") from error


def erase_again(control: Control, later: Sequence[Erasure]) -> int:
    """Have the server repeat all erasures at its start, later ones too. Returns how many."""
    erasures.adopt(control, later)
    return erasures.repeat(control)


def _fill(backup: Backup, database: Database, file: File) -> None:
    try:
        snapshot.fill(database, file.table, backup.read(file))
    except (ClickHouseError, zstd.ZstdError) as error:
        raise BackupError(f"The rows of {file.name} in {backup.where} can't be stored: {error}") from error
