"""What many tests need: levels to choose from, and a real, empty ClickHouse.

chDB opens one directory per process. All tests of a process therefore share one engine, and `database` empties it.
A test that needs an engine of its own starts a process.
"""

import time
from collections.abc import Iterator

import pytest

from schema.sites.purge import TABLES
from schema.stores.database import Database
from schema.stores.migrate import migrate_clickhouse
from tests.levels import LEVELS, level


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of `scripts/test` that pytest does not have."""
    parser.addoption("--renew-screenshot", action="store_true", help="write .github/report.png")
    parser.addoption("--long", action="store_true", help="cut the power thirty times instead of five")
    for name in LEVELS:
        parser.addoption(f"--{name}", action="append_const", dest="levels", const=name, help=f"run the level {name}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark every test with its level and keep those of the chosen levels."""
    chosen = config.getoption("levels") or LEVELS
    levels = {item: level(item) for item in items if isinstance(item, pytest.Function)}
    for item, name in levels.items():
        item.add_marker(name)
    config.hook.pytest_deselected(items=[item for item, name in levels.items() if name not in chosen])
    items[:] = [item for item, name in levels.items() if name in chosen]


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Return the embedded ClickHouse of this process, with all tables."""
    database = Database(f"chdb://{tmp_path_factory.mktemp('engine') / 'clickhouse'}")
    migrate_clickhouse(database, now=time.time())
    yield database
    database.close()


@pytest.fixture
def database(engine: Database) -> Database:
    """Return a ClickHouse whose tables are empty."""
    for table in TABLES:
        engine.command(f"truncate table {table}")
    return engine
