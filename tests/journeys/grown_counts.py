"""A site with millions of visitors, as daily counts of a stopped server: the events of so many would take minutes.

The counts are written in a process of its own, because one process at a time opens an embedded ClickHouse.
"""

import subprocess
import sys
from pathlib import Path

from schema.stores.database import Database

_TABLES = ("daily_events", "daily_visits")
_COLUMNS = "select name from system.columns where database = currentDatabase() and table = {table:String}"
_KEYS = frozenset({"site_id", "dimension", "value", "day", "version", "expires"})


def grow(data_dir: Path, *, site_id: int, by: int) -> None:
    """Multiply the daily counts of a site, whose server is stopped."""
    url = f"chdb://{data_dir}/clickhouse"
    subprocess.run([sys.executable, "-m", "tests.journeys.grown_counts", url, str(site_id), str(by)], check=True)


def _grow(database: Database, site_id: int, by: int) -> None:
    for table in _TABLES:
        names = [name for (name,) in database.query(_COLUMNS, {"table": table})]
        values = [_grown(name) for name in names]
        columns = ", ".join(names)
        database.derive(
            f"insert into {table} ({columns}) select {', '.join(values)} from {table} final"
            " where site_id = {site_id:UInt32}",
            {"site_id": site_id, "by": by},
        )


def _grown(name: str) -> str:
    if name == "version":
        return "version + 1"
    return name if name in _KEYS else f"{name} * {{by:UInt64}}"


if __name__ == "__main__":
    _grow(Database(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
