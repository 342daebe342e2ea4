"""How large the tables of ClickHouse are."""

import msgspec

from schema.stores.database import Database


class TableSize(msgspec.Struct, frozen=True):
    """What a table takes on the disk."""

    name: str
    rows: int
    size_bytes: int
    parts: int  # ClickHouse merges them in the background


def table_sizes(database: Database) -> list[TableSize]:
    """Return the tables that have rows, largest first. Raises as `Database.query` does."""
    rows = database.query(
        "select table, sum(rows), sum(bytes_on_disk) as size, count()"
        " from system.parts"
        " where active and database = currentDatabase()"
        " group by table"
        " order by size desc, table"
    )
    return [TableSize(*row) for row in rows]
