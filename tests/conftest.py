"""What many tests need: levels to choose from, and a real, empty ClickHouse.

chDB opens one directory per process. All tests of a process therefore share one engine, and `database` empties it.
A test that needs an engine of its own starts a process.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from schema.sites.purge import TABLES
from schema.stores.database import Database
from schema.stores.migrate import migrate_clickhouse
from tests.clickhouse import mode
from tests.clickhouse.front import Front
from tests.levels import LEVELS, level


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of `scripts/test` that pytest does not have."""
    parser.addoption("--renew-screenshot", action="store_true", help="write .github/report.png")
    parser.addoption("--long", action="store_true", help="cut the power and kill the server more often")
    parser.addoption(mode.OPTION, action="store_true", help="run on a ClickHouse server instead of the embedded one")
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


def pytest_configure(config: pytest.Config) -> None:
    """Choose the ClickHouse of the tests."""
    mode.choose(server=config.getoption(mode.OPTION))


@pytest.fixture(scope="session")
def front() -> Front:
    """Return a ClickHouse server, in a process of its own."""
    return mode.shared_front()


@pytest.fixture(scope="session")
def embedded(engine: Database) -> Path:
    """Return the directory of the embedded ClickHouse that this process has open, also in server mode."""
    if engine.is_embedded:
        return Path(engine.query("select path from system.disks where name = 'default'")[0][0])
    directory = Path(tempfile.mkdtemp(prefix="sillage-embedded-")) / "clickhouse"
    Database(f"chdb://{directory}").query("select 1")
    return directory


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Return the ClickHouse of this process, with all tables: embedded, or a server with `--server-mode`."""
    database = Database(mode.url_of(tmp_path_factory.mktemp("engine")))
    migrate_clickhouse(database, now=time.time())
    yield database
    database.close()


@pytest.fixture
def database(engine: Database) -> Database:
    """Return a ClickHouse whose tables are empty."""
    for table in TABLES:
        engine.command(f"truncate table {table}")
    return engine
