import pytest

from scripts.config import loading
from scripts.console.standing_in import standing_in
from scripts.server.data_directory import DataDirectory
from tests.schema.http_stand_in import StandIn


@pytest.fixture
def settings(data_dir, front):
    """Yield the settings of a data directory whose ClickHouse is a server."""
    data_dir.mkdir()
    with StandIn(front) as server:
        yield loading.load({"data_dir": str(data_dir), "database": server.url})


def test_a_command_has_clickhouse_with_all_tables(settings):
    with standing_in(settings) as database:
        assert database is not None
        assert [(0,)] == database.query("select count() from events")


def test_a_command_has_no_clickhouse_while_a_server_runs(settings):
    server = DataDirectory(settings.data_dir)
    with standing_in(settings) as database:
        assert database is None
    server.release()


def test_the_data_directory_is_free_afterwards(settings):
    with standing_in(settings):
        pass

    DataDirectory(settings.data_dir).release()
