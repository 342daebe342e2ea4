"""The parts of a server whose ClickHouse does not answer, so that what it accepts stays on the disk."""

import gc
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from schema.sites import sites
from schema.stores.control import Control
from scripts.config import loading
from scripts.config.loading import Config
from scripts.server import lifecycle, wire
from scripts.server.parts import Parts

NO_CLICKHOUSE = "clickhouse://127.0.0.1:1/sillage"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return the settings of a server with the site example.org."""
    data_dir = tmp_path / "server"
    data_dir.mkdir()
    control = Control(data_dir / "control.sqlite3", now=time.time())
    sites.add(control, "example.org", timezone="Europe/Paris", now=time.time())
    control.close()
    return loading.load({"data_dir": str(data_dir), "database": NO_CLICKHOUSE})


@pytest.fixture
def parts(config: Config) -> Iterator[Parts]:
    """Yield the parts of a server that is not started."""
    parts, threshold = wire.build(config), gc.get_threshold()
    yield parts
    lifecycle.close(parts)
    gc.set_threshold(*threshold)
    gc.unfreeze()
