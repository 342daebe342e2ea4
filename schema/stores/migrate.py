"""Migrate a database to the current schema: numbered SQL files, forward only.

The checksum of each applied file is stored. A file changed after it was applied, or a database from a newer version,
prevents the start. ClickHouse has no transactions, so statements of its files can be repeated (`if not exists`).
"""

import hashlib
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schema.sites.host import normal_domain
from schema.stores.database import Database

CLICKHOUSE = Path(__file__).parents[1] / "migrations" / "clickhouse"
CONTROL = Path(__file__).parents[1] / "migrations" / "control"
# Two comments in 0006_rolled_days.sql and 0008_exclusion_rules.sql were reworded for a while and then restored.
# Databases of that time have the checksums of the reworded files. Reworded -> as released.
_RESTORED = {
    "4f9ad0aa7bf5d7d73f799154295755dfb2bdfa717d2505a552c84fb49e98e7a2": (
        "8899ecf0a1a7b1d3fa0194d02908bdef14ccb194655956d10cdbce6ba6090de2"
    ),
    "94327272e362bb9fa7c86ead29c13d34ed6aeef5440322a1cf6db7292186d09a": (
        "962a2b1c11287d19b60994790df05acc67af55f721256125ef3e08358821c259"
    ),
}

TABLE_OF_MIGRATIONS = (
    "create table if not exists migrations"
    " (number UInt16, name String, checksum String, applied_at DateTime('UTC'))"
    " engine = MergeTree order by number settings fsync_after_insert = 1, fsync_part_directory = 1"
)


class MigrationError(Exception):
    """The database does not match this version of Sillage. The message explains what to do."""


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """Return the sha256 of the SQL, in hexadecimal."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def load(directory: Path) -> list[Migration]:
    """Return the migrations of a directory in order. Raises MigrationError on a gap or an invalid name."""
    migrations = []
    for number, file in enumerate(sorted(directory.glob("*.sql")), start=1):
        match = re.fullmatch(r"(\d{4})_([a-z0-9_]+)\.sql", file.name)
        if not match or int(match[1]) != number:
            raise MigrationError(f"{file.name}: expected a file named {number:04}_words.sql at this place")
        migrations.append(Migration(number, match[2], file.read_text()))
    return migrations


def pending(migrations: list[Migration], applied: Mapping[int, str]) -> list[Migration]:
    """Return the migrations to run. applied: number -> checksum. Raises MigrationError on a mismatch."""
    by_number = {migration.number: migration for migration in migrations}
    if newer := sorted(set(applied) - set(by_number)):
        raise MigrationError(
            f"the database is at schema {newer[-1]}, this Sillage knows {len(migrations)}: "
            "start the version that last wrote it, or a newer one"
        )
    for number, checksum in applied.items():
        if by_number[number].checksum != _RESTORED.get(checksum, checksum):
            name = f"{number:04}_{by_number[number].name}.sql"
            raise MigrationError(
                f"{name} was changed after it was applied: restore it, and put the change in a new file"
            )
    return [migration for migration in migrations if migration.number not in applied]


def migrate_clickhouse(
    database: Database, *, now: float, directory: Path = CLICKHOUSE, last: int | None = None
) -> list[Migration]:
    """Run pending migrations and return them. now: epoch seconds. last: the number of the last one to run."""
    database.command(TABLE_OF_MIGRATIONS)
    rows = database.query("select number, checksum from migrations order by number")
    todo = pending(load(directory)[:last], {int(number): str(checksum) for number, checksum in rows})
    for migration in todo:
        for statement in statements(migration.sql):
            database.command(statement)
        row: dict[str, list[Any]] = {
            "number": [migration.number],
            "name": [migration.name],
            "checksum": [migration.checksum],
            "applied_at": [int(now)],
        }
        database.insert("migrations", row, token=f"migration-{migration.number}")
    return todo


def migrate_control(connection: sqlite3.Connection, *, now: float, directory: Path = CONTROL) -> list[Migration]:
    """Run pending migrations in one transaction and return them. Without any, a read-only file is enough.

    now: epoch seconds.
    """
    if connection.execute("select 1 from sqlite_master where name = 'migrations'").fetchone():
        applied = dict(connection.execute("select number, checksum from migrations").fetchall())
        if not pending(load(directory), applied):
            return []
    connection.create_function("normal_domain", 1, normal_domain, deterministic=True)
    # One transaction for all: a command and a server may open a new file at the same time.
    connection.execute("begin immediate")
    with connection:
        connection.execute(
            "create table if not exists migrations"
            " (number integer primary key, name text not null, checksum text not null, applied_at integer not null)"
            " strict"
        )
        applied = dict(connection.execute("select number, checksum from migrations").fetchall())
        todo = pending(load(directory), applied)
        for migration in todo:
            for statement in statements(migration.sql):
                connection.execute(statement)
            connection.execute(
                "insert into migrations values (?, ?, ?, ?)",
                (migration.number, migration.name, migration.checksum, int(now)),
            )
    return todo


def statements(sql: str) -> list[str]:
    """Split a file at semicolons at line ends. Comments stay with the following statement."""
    return [part.strip() for part in re.split(r";\s*$", sql, flags=re.MULTILINE) if part.strip()]
