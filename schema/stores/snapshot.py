"""A copy of all tables as they are at one moment, to be read in pieces while the tables change.

ClickHouse makes the copy from hard links, so it costs next to no time, and space only for what the tables replace or
delete meanwhile. Drop the copy as soon as it is read: it also keeps what is erased.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from backports import zstd

from schema.sites.purge import TABLES
from schema.stores.database import Database, DatabaseUnavailableError

PREFIX = "backup_"
NO_CLUSTER = "Sillage does not back up a cluster. Use ClickHouse's own `BACKUP DATABASE ... ON CLUSTER` for it."
PIECE_ROWS = 100_000
_COUNT_SQL = "select count() from {table:Identifier}"
_PARTS_SQL = (
    "select _part, intDiv(_part_offset, {rows:UInt32}) as number, count() from {copy:Identifier}"
    " group by _part, number order by _part, number"
)
_PIECE_SQL = (
    "select * from {copy:Identifier} where _part = {part:String}"
    " and _part_offset >= {start:UInt64} and _part_offset < {end:UInt64}"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of a table to read at once."""

    table: str
    part: str
    start: int  # offset in the part
    rows: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    pieces: list[Piece]
    rows: dict[str, int]  # by table, as `count` returns them


def take(database: Database) -> None:
    """Copy all tables. An earlier copy is dropped. No writer may write meanwhile. Raises as `Database.command` does."""
    if database.shards[0] is not database:
        raise DatabaseUnavailableError(NO_CLUSTER)
    drop(database)
    for table in TABLES:
        database.command(f"create table {PREFIX}{table} clone as {table}")
        database.command(f"system stop merges {PREFIX}{table}")


def contents(database: Database) -> Snapshot:
    """Return what the copy contains. Raises as `Database.query` does."""
    pieces = [piece for table in TABLES for piece in _pieces(database, table)]
    return Snapshot(pieces, {table: count(database, PREFIX + table) for table in TABLES})


def read(database: Database, piece: Piece) -> bytes:
    """Return the rows of a piece, compressed, for `fill`. Raises as `Database.query` does."""
    rows = database.native(
        _PIECE_SQL,
        {
            "copy": PREFIX + piece.table,
            "part": piece.part,
            "start": piece.start,
            "end": piece.start + PIECE_ROWS,
        },
    )
    return zstd.compress(rows)


def drop(database: Database) -> None:
    """Drop the copy, if there is one. Raises as `Database.command` does."""
    for table in TABLES:
        database.command(f"drop table if exists {PREFIX}{table} sync")


def fill(database: Database, table: str, rows: bytes) -> None:
    """Insert the rows of a piece. Raises zstd.ZstdError and as `Database.insert` does."""
    database.insert_native(table, zstd.decompress(rows))


def count(database: Database, table: str) -> int:
    """Return the number of rows, which does not depend on what ClickHouse has merged. Raises as `query` does."""
    [[engine]] = database.query(
        "select engine from system.tables where database = currentDatabase() and name = {table:String}",
        {"table": table},
    )
    sql = _COUNT_SQL if engine.removeprefix("Replicated") == "MergeTree" else f"{_COUNT_SQL} final"
    return int(database.query(sql, {"table": table})[0][0])


def _pieces(database: Database, table: str) -> Iterator[Piece]:
    parts = database.query(_PARTS_SQL, {"copy": PREFIX + table, "rows": PIECE_ROWS})
    for part, number, rows in parts:
        yield Piece(table, part, number * PIECE_ROWS, rows)
