"""P1: what the server knows at the moment is not for other processes of its user."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server import Server

# Root may read everything as long as it has its capabilities.
AS_ANYBODY = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can hide the memory of a process")


def is_readable(pid: int) -> bool:
    """True where another process of the same user may read what a process has in memory."""
    command = [*AS_ANYBODY, "cat", f"/proc/{pid}/environ"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_the_memory_of_the_server_is_not_for_other_processes_of_its_user(tmp_path: Path) -> None:
    with Server(tmp_path / "data", within=AS_ANYBODY) as server:
        assert not is_readable(server.process.pid)


def test_the_memory_of_another_program_is(tmp_path: Path) -> None:
    with subprocess.Popen([*AS_ANYBODY, "sh", "-c", "echo; read line"], stdin=-1, stdout=-1) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdout.readline()

        assert is_readable(program.pid)
        program.stdin.close()
