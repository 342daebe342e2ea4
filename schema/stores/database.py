"""ClickHouse, embedded (chDB) or a server, behind one small interface.

Facts that cost a day each:
- chDB opens a directory for one process, and one directory per process.
- A chDB handle whose query failed gives that query's left-over rows to the next one (checked with 26.9). So a
  handle that raised is closed and never used again; a new one costs 25 ms.
- A chDB handle keeps parameters: a statement that lacks one gets the value of an earlier one. A server refuses it.
- An insert into a chDB table goes through a file in the directory for temporary files.
"""

import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError, OperationalError

from schema.sentence import Sentence
from schema.stores import cancellation
from schema.stores.cancellation import QueryCancelledError, Ticket

READ_HANDLES = 2
READ_LIMITS = {
    "max_execution_time": 30,  # seconds
    "max_memory_usage": 1_000_000_000,
    "max_threads": 2,
    "max_query_size": 4_000_000,  # bytes: a thousand goals make a long text
    "prefer_column_name_to_alias": 1,  # a metric may have the name of a column
    # Compiling an expression that ran three times takes a tenth of a second, and saves less.
    "compile_expressions": 0,
    "compile_aggregate_expressions": 0,
    "compile_sort_description": 0,
}
_DERIVE_SETTINGS = READ_LIMITS | {
    "max_execution_time": 300,
    "insert_deduplicate": 0,  # after a power cut ClickHouse may remember an insert whose rows are gone
}
_INSERT_SETTINGS = {
    "async_insert": 0,
    "max_threads": 1,  # a block of ten thousand rows is not worth handing to another
    # One insert seldom has several rows of one key. Merges and FINAL replace or add them up.
    "optimize_on_insert": 0,
}
# ClickHouse's error codes for its limits on queries: time, memory, rows, size, depth.
_LIMIT_CODES = frozenset({158, 159, 160, 161, 162, 167, 168, 241, 307, 396})


class QueryLimitError(Exception):
    """ClickHouse stopped a query that exceeded READ_LIMITS in time, memory or rows."""

    def __init__(self, code: int) -> None:
        super().__init__(f"ClickHouse stopped a query, code {code}")
        self.code = code


class DatabaseUnavailableError(Exception):
    """ClickHouse can't be reached or opened. The message says what to do."""


class DatabaseAwayError(DatabaseUnavailableError):
    """The ClickHouse server does not answer. It may come back by itself."""


@dataclass(frozen=True, slots=True)
class DamagedParts:
    """Parts of a table that ClickHouse could not read when it opened it."""

    table: str
    paths: tuple[str, ...]  # where ClickHouse keeps them

    def __str__(self) -> str:
        return str(self.sentence)

    @property
    def sentence(self) -> Sentence:
        """What the operator can do."""
        count = len(self.paths)
        what = Sentence("a damaged part") if count == 1 else Sentence("%(count)d damaged parts", {"count": count})
        return Sentence(
            "ClickHouse found %(what)s of the table %(table)s and runs without it. Numbers may be missing. Restore the"
            " data directory from a backup, or accept the loss and delete the broken parts in %(directory)s.",
            {"what": what, "table": self.table, "directory": str(Path(self.paths[0]).parent)},
        )


class Database:
    """Queries, inserts and commands, from any thread."""

    shards: "tuple[Database, ...]"  # a server of each shard of a cluster; otherwise the database itself

    def __init__(
        self, url: str, *, memory_bytes: int | None = None, read_settings: Mapping[str, Any] | None = None
    ) -> None:
        """Store where to connect. The first statement connects, and creates the database if it is missing.

        url: `chdb:///absolute/path` or `clickhouse://user:password@host:8123/database` (`clickhouses` for TLS).
        memory_bytes: limit of the embedded engine. A server has its own. read_settings: of all queries, besides
        READ_LIMITS.
        Raises ValueError and DatabaseUnavailableError, as all statements do.
        """
        self.shards = (self,)
        self._read_settings = READ_LIMITS | dict(read_settings or {})
        self._arguments = _client_arguments(url, memory_bytes)
        self._name = self._arguments.pop("database")
        self._readers: queue.LifoQueue[Client | None] = queue.LifoQueue()
        for _ in range(READ_HANDLES):
            self._readers.put(None)
        self._writers: queue.LifoQueue[Client | None] = queue.LifoQueue()
        self._writers.put(None)
        self._ready = False
        self._opening = threading.Lock()
        self._gathering = threading.Lock()

    @property
    def is_embedded(self) -> bool:
        """True for chDB, which runs in this process."""
        return bool(self._arguments["interface"] == "chdb")

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Sequence[Sequence[Any]]:
        """Return the rows of a select. Values are passed only as `parameters`, for `{name:Type}` in the text.

        Raises QueryLimitError, ClickHouseError for other failures, QueryCancelledError,
        DatabaseUnavailableError.
        """
        with _limited(), self._handle(self._readers) as client:
            return client.query(
                cancellation.marked(sql), parameters=dict(parameters or {}), settings=self._read_settings
            ).result_rows

    def everywhere(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Sequence[Sequence[Any]]:
        """Return the rows of a select on every shard, from the server that gets the inserts. Raises as `query` does."""
        return self.query(sql, parameters)

    def native(self, sql: str, parameters: Mapping[str, Any], /) -> bytes:
        """Return the rows of a select in ClickHouse's format Native, for `insert_native`. Raises as `query` does."""
        with _limited(), self._handle(self._readers) as client:
            return bytes(client.raw_query(sql, parameters=dict(parameters), settings=READ_LIMITS, fmt="Native"))

    def cancel(self, ticket: Ticket) -> None:
        """Stop the queries of a ticket, running and future ones. They raise QueryCancelledError."""
        ticket.is_cancelled = True
        client = self._open()  # a handle of its own: those of the pool may be busy with what is to be stopped
        try:
            client.command("kill query where startsWith(query, {mark:String}) async", parameters={"mark": ticket.mark})
        finally:
            client.close()

    def insert(self, table: str, columns: Mapping[str, Sequence[Any]], *, token: str) -> None:
        """Insert rows as column name -> values, all of one length, and not all of them empty or 0.

        token: an insert with the token of an earlier insert into the same table changes nothing.
        """
        # ClickHouse fills in missing columns with empty values more cheaply. In practice that is every third column.
        filled = {name: values for name, values in columns.items() if any(values)}
        with self._handle(self._writers) as client:
            context = client.create_insert_context(
                table,
                list(filled),
                column_oriented=True,
                settings=_INSERT_SETTINGS | {"insert_deduplication_token": token},
            )
            try:
                client.insert(data=list(filled.values()), context=context)
            finally:
                context.data = [()]  # it refers to itself and would keep the columns until the next garbage collection

    def command(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Run a statement that returns no rows (definitions, deletes)."""
        with self._handle(self._writers) as client:
            client.command(sql, parameters=dict(parameters or {}))

    def derive(self, sql: str, parameters: Mapping[str, Any]) -> None:
        """Run an `insert ... select`, within limits and without deduplication. Raises as `query` does.

        In a cluster each shard runs it, with its number in {shard:UInt64}, and that of all in {shards:UInt64}.
        """
        of_shard = {"shard": 0, "shards": 1} | dict(parameters)
        with _limited(), self._handle(self._writers) as client:
            client.command(sql, parameters=of_shard, settings=_DERIVE_SETTINGS)

    def insert_native(self, table: str, rows: bytes, /) -> None:
        """Insert rows in the format Native, also if the same rows were inserted before."""
        with self._handle(self._writers) as client:
            client.raw_insert(
                table, insert_block=rows, fmt="Native", settings=_INSERT_SETTINGS | {"insert_deduplicate": 0}
            )

    def columns(self, table: str) -> list[str]:
        """Return the names of the columns of a table, in order. Raises as `query` does."""
        rows = self.query(
            "select name from system.columns where database = currentDatabase() and table = {table:String}"
            " order by position",
            {"table": table},
        )
        return [row[0] for row in rows]

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Run commands while no query of this process runs: running ones end first, new ones wait.

        The block must not use `query`.
        """
        with self._gathering:
            handles = [self._readers.get() for _ in range(READ_HANDLES)]
        try:
            yield
        finally:
            for handle in handles:
                self._readers.put(handle)

    def damaged_parts(self) -> list[DamagedParts]:
        """Return the parts that ClickHouse could not read when it opened the tables. Raises as `query` does."""
        rows = self.query(
            "select table, groupArray(path) from system.detached_parts"
            " where database = currentDatabase() and (reason like '%broken%' or reason = 'unexpected')"
            " group by table order by table"
        )
        return [DamagedParts(table, tuple(paths)) for table, paths in rows]

    def close(self) -> None:
        """Close all idle handles. A later statement opens new ones."""
        for pool in (self._readers, self._writers):
            for client in [pool.get_nowait() for _ in range(pool.qsize())]:
                if client is not None:
                    client.close()
                pool.put(None)

    @contextmanager
    def _handle(self, pool: "queue.LifoQueue[Client | None]") -> Iterator[Client]:
        client = pool.get()
        try:
            if client is None:
                client = self._open()
            yield client
        except BaseException:
            # Never reuse it: the next query would get the rows of the failed one.
            if client is not None:
                client.close()
            client = None
            raise
        finally:
            pool.put(client)

    def _open(self) -> Client:
        try:
            with self._opening:
                if not self._ready:
                    self._create()
            return clickhouse_connect.get_client(**self._arguments, database=self._name)
        except (ClickHouseError, OSError, RuntimeError) as error:
            if isinstance(error, OperationalError) and not self.is_embedded:
                place = f"{self._arguments['host']} port {self._arguments['port']}"
                raise DatabaseAwayError(f"ClickHouse does not answer at {place}. Is it running?") from error
            raise DatabaseUnavailableError(f"ClickHouse can't be opened: {error}") from error

    def _create(self) -> None:
        client = clickhouse_connect.get_client(**self._arguments, database="default")
        try:
            client.command("create database if not exists {name:Identifier}", parameters={"name": self._name})
        finally:
            client.close()
        self._ready = True


@contextmanager
def _limited() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        if cancellation.is_cancelled():
            raise QueryCancelledError from error
        if error.code in _LIMIT_CODES:
            raise QueryLimitError(error.code) from error
        raise


def _client_arguments(url: str, memory_bytes: int | None) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme == "chdb":
        path = url.removeprefix("chdb://")
        return {"interface": "chdb", "path": path, "database": "sillage"} | _engine_options(path, memory_bytes)
    if parts.scheme in ("clickhouse", "clickhouses") and parts.hostname:
        secure = parts.scheme == "clickhouses"
        return {
            "interface": "https" if secure else "http",
            "host": parts.hostname,
            "port": parts.port or (8443 if secure else 8123),
            "username": unquote(parts.username or "default"),
            "password": unquote(parts.password or ""),
            "database": parts.path.strip("/") or "sillage",
            "autogenerate_session_id": False,
            "form_encode_query_params": True,  # a URL can't be as long as the values of a filter
        }
    raise ValueError("the database must be chdb:///path or clickhouse://user:password@host:8123/database")


def _engine_options(path: str, memory_bytes: int | None) -> dict[str, Any]:
    """Write the configuration of the embedded engine beside its directory, and return the option that names it."""
    if "?" in path or "&" in path:
        # chDB reads what follows as options: it would open another directory or lose its configuration.
        raise DatabaseUnavailableError(
            f"ClickHouse can't be opened: the path {path} contains ? or &. Choose another directory."
        )
    settings = {"mark_cache_size": 67_108_864, "background_pool_size": 2}
    if memory_bytes:
        settings["max_server_memory_usage"] = memory_bytes
    file = Path(path).with_name(Path(path).name + ".xml")
    body = "".join(f"<{name}>{value}</{name}>" for name, value in settings.items())
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
        file.write_text(f"<clickhouse>{body}</clickhouse>\n")
    except OSError as error:
        raise DatabaseUnavailableError(f"ClickHouse can't be opened: {path} can't be made ({error.strerror})") from None
    return {"chdb_options": {"config-file": str(file)}}


__all__ = [
    "ClickHouseError",
    "Database",
    "DatabaseAwayError",
    "DatabaseError",
    "DatabaseUnavailableError",
    "OperationalError",
    "QueryLimitError",
]
