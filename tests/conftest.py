"""What many tests need: a real ClickHouse, empty.

chDB opens one directory per process, so all tests of a process share one engine and every test finds the tables
empty. A test that needs an engine of its own starts a process for it.
"""

from collections.abc import Iterator

import pytest

from schema.stores.database import Database
from schema.stores.migrate import migrate_clickhouse


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of `scripts/test` that are not pytest's own."""
    parser.addoption("--renew-screenshot", action="store_true", help="write .github/report.png")
    parser.addoption("--long", action="store_true", help="cut the power thirty times instead of five")


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Give the embedded ClickHouse of this process, with all tables."""
    database = Database(f"chdb://{tmp_path_factory.mktemp('engine') / 'clickhouse'}")
    migrate_clickhouse(database)
    yield database
    database.close()


@pytest.fixture
def database(engine: Database) -> Database:
    """Give a ClickHouse without a row."""
    for table in ("events", "visits", "drops", "daily_events", "daily_visits"):
        engine.command(f"truncate table {table}")
    return engine
