"""What measurements share: a server in a process of its own, on cores of its own, and a line of the report."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the report, and of the JSON file."""

    value: float
    unit: str
    reference: float
    target: float
    met: bool


@contextmanager
def served(*module: str, cores: str) -> Iterator[str]:
    """Run a module as a server and give its address, as it prints it. cores: as taskset takes them."""
    command = ["taskset", "-c", cores, sys.executable, "-m", *module]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            yield _address(process)
        finally:
            process.send_signal(signal.SIGTERM)


def _address(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or ():
        if found := re.search(r"at (http://\S+)", line):
            return found[1]
    raise click.ClickException("the server did not start; what it said stands above")
