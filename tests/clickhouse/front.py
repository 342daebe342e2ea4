"""A ClickHouse server in a process of its own: HTTP before the embedded engine (server_process.py).

with Front(tmp_path / "clickhouse") as front:
    database = Database(front.url("sillage"))
"""

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from tests.clickhouse.server_process import PASSWORD, USER

ROOT = Path(__file__).parents[2]


class Front:
    """Runs from `with` or `start` on, until `stop` or the end of this process."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = 0
        self.belongings: object = None
        self._process: subprocess.Popen[str] | None = None

    def url(self, database: str, *, password: str = PASSWORD, port: int = 0) -> str:
        """Return what `Database` takes. port: of what stands before the server, such as a faulty way."""
        return f"clickhouse://{USER}:{quote(password)}@127.0.0.1:{port or self.port}/{database}"

    def start(self) -> Self:
        command = [sys.executable, "-m", "tests.clickhouse.server_process", str(self.directory)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.communicate()
            self._process = None

    def kill(self) -> None:
        """End it without a word."""
        if self._process is not None:
            self._process.kill()
            self.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
