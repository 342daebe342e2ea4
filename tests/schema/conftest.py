import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from schema.stores.control import Control
from tests.clickhouse.front import Front
from tests.schema.http_stand_in import StandIn


@pytest.fixture
def stand_in(front: Front) -> Iterator[StandIn]:
    """Return a ClickHouse server that is reached over HTTP."""
    with StandIn(front) as server:
        yield server


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    """Return an empty control file."""
    control = Control(tmp_path / "control.sqlite3", now=time.time())
    yield control
    control.close()
