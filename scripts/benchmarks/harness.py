"""What measurements share: a server in a process of its own, on cores of its own, and a line of the report."""

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
    """A line of the report, and of the JSON file."""

    value: float
    unit: str
    reference: float
    target: float
    met: bool


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs."""

    url: str
    pid: int

    def cpu_s(self) -> float:
        """Return for how many seconds all its threads together have had a processor, to a hundredth."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(*module: str, cores: str) -> Iterator[Served]:
    """Run a module as a server. cores: as taskset takes them."""
    command = ["taskset", "-c", cores, sys.executable, "-m", *module]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            yield Served(_address(process), process.pid)
        finally:
            process.send_signal(signal.SIGTERM)


def _address(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or ():
        if found := re.search(r"at (http://\S+)", line):
            return found[1]
    raise click.ClickException("the server did not start; what it said stands above")
