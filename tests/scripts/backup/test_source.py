"""A snapshot of the running server is read through its socket."""

import httpx2
import pytest

from scripts.backup import source
from scripts.config import loading
from scripts.console.errors import Refusal
from tests.server import Server


def test_the_running_server_takes_and_drops_a_snapshot(tmp_path):
    with Server(tmp_path / "data") as server:
        settings = loading.load({"data_dir": str(server.data_dir)}, environment={}, directory=tmp_path)
        assert "/sign-in" in httpx2.get(f"{server.url}/backup/take").headers["location"]
        with source.of(settings) as snapshot:
            taken = snapshot.take()
            copy = server.data_dir / "tmp" / "control.backup"
            assert str(copy) == taken.control
            assert 0o600 == copy.stat().st_mode & 0o777
            assert 0 == taken.rows["events"]
            with pytest.raises(Refusal, match="has restarted during the backup"):
                snapshot.read(len(taken.pieces))

        assert not copy.exists()
