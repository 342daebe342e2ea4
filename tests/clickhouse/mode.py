"""Which ClickHouse the tests run on: embedded, or with `--server-mode` a server behind HTTP.

In server mode `engine` and `database` are a server, and each `tests.server.Server` has a database of its own there.
"""

import tempfile
from functools import cache
from hashlib import sha256
from pathlib import Path

from tests.clickhouse.front import Front

OPTION = "--server-mode"
_chosen = {"server": False}


def choose(*, server: bool) -> None:
    """Say which one, before the first test."""
    _chosen["server"] = server


def is_server() -> bool:
    return _chosen["server"]


@cache
def shared_front() -> Front:
    """Return the server of this process, which ends with it."""
    directory = tempfile.TemporaryDirectory(prefix="sillage-front-")
    front = Front(Path(directory.name) / "clickhouse").start()
    front.belongings = directory  # deleted with it
    return front


def url_of(data_dir: Path) -> str:
    """Return the database that a server with this data directory is given in the mode of these tests."""
    if not is_server():
        return f"chdb://{data_dir}/clickhouse"
    return shared_front().url(f"sillage_{sha256(str(data_dir).encode()).hexdigest()[:16]}")
