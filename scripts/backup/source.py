"""What is to be backed up, from the running server or, while none runs, from the data directory itself."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Protocol

import msgspec

from schema.days.rollups import Rollups
from scripts.config.loading import Config
from scripts.console.control_file import opened
from scripts.console.standing_in import standing_in
from scripts.server import backup_answers
from scripts.server.backup_answers import DROP, TAKE, Snapshots, Taken
from scripts.server.local_socket import BACKUP, OperatorConnection, responding


class Source(Protocol):
    """A snapshot that is taken once and dropped at the end."""

    def take(self) -> Taken:
        """Copy everything as it is now."""

    def read(self, number: int) -> bytes:
        """Return the rows of a piece, compressed."""

    def drop(self) -> None: ...


class FromServer:
    """A snapshot that the running server takes."""

    def __init__(self, connection: OperatorConnection) -> None:
        self._connection = connection

    def take(self) -> Taken:
        """Return what the server copied. Raises Refusal."""
        return msgspec.json.decode(self._ask(TAKE), type=Taken)

    def read(self, number: int) -> bytes:
        """Return the rows of a piece. Raises Refusal."""
        return self._ask(str(number))

    def drop(self) -> None:
        """Have the server drop its copy. Raises Refusal."""
        self._ask(DROP)

    def _ask(self, question: str) -> bytes:
        with responding(self._connection, "GET", BACKUP + question) as response:
            return response.read()


@contextmanager
def of(settings: Config) -> Iterator[Source]:
    """Yield what the settings name, and drop the snapshot afterwards. Raises as a command to ClickHouse does."""
    with standing_in(settings) as database:
        if database is None:
            with closing(OperatorConnection(settings.data_dir)) as connection:
                yield from _dropped_at_the_end(FromServer(connection))
            return
        with opened(settings) as control:
            rollups = Rollups(control, database, clock=time.time)
            temporary = settings.data_dir / "tmp"
            yield from _dropped_at_the_end(backup_answers.of_server(control, database, rollups, temporary=temporary))


def _dropped_at_the_end(source: FromServer | Snapshots) -> Iterator[Source]:
    try:
        yield source
    finally:
        source.drop()
