"""The command line, run on a data directory of the test's own."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from schema.stores.control import Control
from scripts.__main__ import sillage as command
from tests.clickhouse.front import Front
from tests.schema.http_stand_in import StandIn

Sillage = Callable[..., Result]


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a data directory that does not exist yet, without a sillage.toml nearby."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


@pytest.fixture
def sillage(data_dir: Path) -> Sillage:
    """Return a function that runs `sillage` with arguments and input, and returns the result."""

    def run(*words: str, answer: str = "") -> Result:
        environment = {"SILLAGE_DATA_DIR": str(data_dir), "SILLAGE_TIMEZONE": "Europe/Oslo"}
        return CliRunner(env=environment, catch_exceptions=False).invoke(command, words, input=answer)

    return run


@pytest.fixture
def control(data_dir: Path) -> Iterator[Control]:
    """Yield a control file that stays open, as in a running server."""
    data_dir.mkdir()
    control = Control(data_dir / "control.sqlite3", now=time.time())
    yield control
    control.close()


@pytest.fixture
def elsewhere(front: Front, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have ClickHouse in another process: this one opens a single engine, which is that of all tests."""
    with StandIn(front) as server:
        monkeypatch.setenv("SILLAGE_DATABASE", server.url)
        yield
