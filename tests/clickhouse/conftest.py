from collections.abc import Iterator

import pytest

from tests.clickhouse.front import Front
from tests.schema.http_stand_in import StandIn


@pytest.fixture
def stand_in(front: Front) -> Iterator[StandIn]:
    """Return a ClickHouse server that is reached over HTTP."""
    with StandIn(front) as server:
        yield server
