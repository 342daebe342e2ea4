"""ClickHouse on several servers, behind the interface of one: rows of a visitor are on one shard.

- Inserts go to one server of each shard, never through a Distributed table: a token then belongs to the rows of one
  shard and one table, whatever the others answered. An insert that reached only some shards is repeated as a whole.
- Questions read Distributed tables. A visitor's rows are on one shard, so subqueries and joins stay there.
- `insert ... select` runs on each shard, from its rows to its rows. Counts of days of the shards add up.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from schema.stores import snapshot
from schema.stores.cancellation import Ticket
from schema.stores.cluster_ddl import Names, clustered, databases
from schema.stores.database import DamagedParts, Database, DatabaseUnavailableError
from schema.stores.shard_urls import shard_urls

READ_SETTINGS = {
    "distributed_product_mode": "local",  # subqueries and joins of one visitor's rows
    "load_balancing": "in_order",  # the first replica of each shard, which is the one that gets the inserts
    "skip_unavailable_shards": 0,  # an answer has all rows or is an error
}
_KEY = "visitor_id"


def open_database(url: str, *, cluster: str | None = None, memory_bytes: int | None = None) -> Database:
    """Return the database of a URL, or of a cluster, whose URL has a server of each shard.

    Raises ValueError and DatabaseUnavailableError.
    """
    urls = shard_urls(url)
    if cluster is None:
        if len(urls) > 1:
            raise ValueError("several ClickHouse servers need the name of their cluster")
        return Database(url, memory_bytes=memory_bytes)
    first = urlsplit(urls[0])
    if first.scheme == "chdb":
        raise ValueError("a cluster needs ClickHouse servers, not the embedded one")
    names = Names(cluster, first.path.strip("/") or "sillage")
    questions = first._replace(path=f"/{names.for_questions}").geturl()
    return Cluster(
        [Database(one) for one in urls],
        questions=Database(questions, read_settings=READ_SETTINGS),
        prepare=lambda first_shard: _run(first_shard, databases(names)),
        define=lambda sql: clustered(sql, names),
    )


class Cluster(Database):
    """The shards of a cluster, as one database."""

    def __init__(
        self,
        shards: Sequence[Database],
        *,
        questions: Database,
        prepare: Callable[[Database], None] = lambda _shard: None,
        define: Callable[[str], Sequence[str]] | None = None,
    ) -> None:
        """shards: a server of each, in the order of the cluster. questions: what has the rows of all.

        prepare: creates the databases, with the first shard. define: turns a command into those for the whole cluster,
        which the first shard passes on; None: each shard runs the command itself.
        """
        self.shards = tuple(shards)
        self._questions = questions
        self._prepare: Callable[[Database], None] | None = prepare
        self._define = define

    @property
    def is_embedded(self) -> bool:
        return False

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Sequence[Sequence[Any]]:
        return self._questions.query(sql, parameters)

    def everywhere(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Sequence[Sequence[Any]]:
        return [row for shard in self.shards for row in shard.query(sql, parameters)]

    def cancel(self, ticket: Ticket) -> None:
        self._questions.cancel(ticket)

    def insert(self, table: str, columns: Mapping[str, Sequence[Any]], *, token: str) -> None:
        for shard, part in zip(self.shards, split(columns, len(self.shards)), strict=True):
            if any(map(len, part.values())):
                shard.insert(table, part, token=token)

    def command(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        if self._prepare is not None:
            self._prepare(self.shards[0])
            self._prepare = None
        if self._define is None:
            for shard in self.shards:
                shard.command(sql, parameters)
            return
        for statement in self._define(sql):
            self.shards[0].command(statement, parameters)

    def derive(self, sql: str, parameters: Mapping[str, Any]) -> None:
        for number, shard in enumerate(self.shards):
            shard.derive(sql, {**parameters, "shard": number, "shards": len(self.shards)})

    def native(self, _sql: str, _parameters: Mapping[str, Any], /) -> bytes:
        raise DatabaseUnavailableError(snapshot.NO_CLUSTER)

    def insert_native(self, _table: str, _rows: bytes, /) -> None:
        raise DatabaseUnavailableError(snapshot.NO_CLUSTER)

    def columns(self, table: str) -> list[str]:
        return self.shards[0].columns(table)

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        with self._questions.undisturbed():
            yield

    def damaged_parts(self) -> list[DamagedParts]:
        return [
            replace(parts, table=f"{parts.table} on shard {number}")
            for number, shard in enumerate(self.shards, start=1)
            for parts in shard.damaged_parts()
        ]

    def close(self) -> None:
        for database in (*self.shards, self._questions):
            database.close()


def split(columns: Mapping[str, Sequence[Any]], shards: int) -> list[dict[str, Sequence[Any]]]:
    """Return the rows of each shard: those of its visitors, or all for the first if rows have no visitor."""
    if _KEY not in columns:
        return [dict(columns), *({} for _ in range(shards - 1))]
    positions: list[list[int]] = [[] for _ in range(shards)]
    for position, visitor in enumerate(columns[_KEY]):
        positions[visitor % shards].append(position)
    return [
        {name: [values[position] for position in chosen] for name, values in columns.items()} for chosen in positions
    ]


def _run(database: Database, statements: Sequence[str]) -> None:
    for statement in statements:
        database.command(statement)
