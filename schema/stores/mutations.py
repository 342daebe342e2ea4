"""Mutations: statements that rewrite parts of a table. They run in the background while the table gets new rows.

A mutation that waits for its end on the writing handle would stop all inserts meanwhile.
"""

import threading
from collections.abc import Mapping
from typing import Any

from schema.stores.database import Database, DatabaseError

POLL_S = 0.05

_WAITING_SQL = """
select   mutation_id, latest_fail_reason
from     system.mutations
where    database = currentDatabase()
  and    table    = {table:String}
  and    not is_done
order by create_time, mutation_id
"""
_KILL_SQL = "kill mutation where database = currentDatabase() and table = {table:String} and mutation_id = {id:String}"


def mutate(database: Database, table: str, change: str, parameters: Mapping[str, Any]) -> None:
    """Run `alter table {table} {change}`, and return once all mutations of the table are done.

    After a crash ClickHouse completes what it has begun. Raises DatabaseError for a mutation that fails, after removing
    it, and as `Database.query` does.
    """
    database.command(f"alter table {table} {change} settings mutations_sync = 0", parameters)
    wait(database, table)


def wait(database: Database, table: str) -> None:
    """Return once all mutations of a table are done. Raises as `mutate` does."""
    pause = threading.Event()
    for shard in database.shards:
        while waiting := shard.query(_WAITING_SQL, {"table": table}):
            for mutation_id, reason in waiting:
                if reason:
                    shard.command(_KILL_SQL, {"table": table, "id": mutation_id})
                    raise DatabaseError(f"ClickHouse can't rewrite {table}: {reason}")
            pause.wait(POLL_S)
