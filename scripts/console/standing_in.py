"""ClickHouse for a command that runs while the server does not."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from schema.stores.cluster import open_database
from schema.stores.database import Database
from schema.stores.migrate import migrate_clickhouse
from scripts.config.loading import Config, ConfigError
from scripts.server.data_directory import DataDirectory


@contextmanager
def standing_in(config: Config) -> Iterator[Database | None]:
    """Lock the data directory and open ClickHouse. Yields None while a server runs: send requests to it instead.

    Raises MigrationError, DatabaseUnavailableError.
    """
    try:
        directory = DataDirectory(config.data_dir)
    except ConfigError:
        yield None
        return
    database = open_database(config.database, cluster=config.cluster, memory_bytes=config.memory_mb * 1_048_576)
    try:
        migrate_clickhouse(database, now=time.time())
        yield database
    finally:
        database.close()
        directory.release()
