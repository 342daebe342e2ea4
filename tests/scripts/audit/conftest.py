"""The application of a server whose ClickHouse does not answer, and what an audit of it looks at."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from schema.privacy.profile import Privacy
from schema.sites import sites
from schema.stores.control import Control
from scripts.audit.subject import Fetch
from scripts.config import loading
from scripts.server import lifecycle, wire
from tests.scripts.audit.subjects import fetching


@pytest.fixture
def fetch(tmp_path: Path) -> Iterator[Fetch]:
    """Yield the requests to a server with a site of each profile. A browser connects through a proxy."""
    data_dir = tmp_path / "server"
    data_dir.mkdir()
    control = Control(data_dir / "control.sqlite3", now=time.time())
    sites.add(control, "example.org", timezone="Europe/Paris", now=time.time())
    exempt = Privacy(profile="exempt", retention_months=13)
    sites.add(control, "exempt.example", timezone="Europe/Paris", now=time.time(), privacy=exempt)
    control.close()
    parts = wire.build(loading.load({"data_dir": str(data_dir), "database": "clickhouse://127.0.0.1:1/sillage"}))
    parts.edits.follow_now()
    yield fetching(TestClient(parts.app, client=("127.0.0.1", 50_000), follow_redirects=False))
    lifecycle.close(parts)
