"""Shared by all benchmarks: a server in its own process, pinned to cores, and a figure of the report."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value next to its reference and target, as in the JSON file."""

    value: float
    unit: str
    reference: float
    target: float
    met: bool


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A running server."""

    url: str
    pid: int

    def cpu_s(self) -> float:
        """Return the CPU time of all its threads, to a hundredth of a second."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Return the resident memory of the process and its children, in megabytes."""
        return sum(_resident_bytes(pid) for pid in (self.pid, *_children(self.pid))) / 1e6


def _children(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in children for child in file.read_text().split()]


def _resident_bytes(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except FileNotFoundError:  # it has just ended
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def server_process(*module: str, cores: str) -> Iterator[ServerProcess]:
    """Run a module as a server. cores: in the syntax of taskset."""
    command = ["taskset", "-c", cores, sys.executable, "-m", *module]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            yield ServerProcess(_address(process), process.pid)
        finally:
            process.send_signal(signal.SIGTERM)


def _address(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or ():
        if match := re.search(r"at (http://\S+)", line):
            return match[1]
    raise click.ClickException("The server did not start. See its output above.")
