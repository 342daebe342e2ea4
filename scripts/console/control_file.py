"""The control file, opened for one command."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any

import click

from schema.stores.control import Control
from scripts.config.loading import Config, load, make_data_dir
from scripts.console.errors import Refusal


@contextmanager
def opened(config: Config) -> Iterator[Control]:
    """Open the control file, creating it if missing, and close it. Raises ConfigError, Refusal, MigrationError."""
    make_data_dir(config)
    path = config.data_dir / "control.sqlite3"
    try:
        control = Control(path, now=time.time())
    except (OSError, sqlite3.Error) as error:
        raise Refusal(f"The control file {path} can't be opened: {error}.") from error
    try:
        yield control
    finally:
        control.close()


def with_control(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that opens the control file and passes it as the first argument."""

    @click.pass_obj
    @wraps(command)
    def run(options: Mapping[str, str] | None, /, **arguments: Any) -> None:
        with opened(load(options)) as control:
            command(control, **arguments)

    return run
