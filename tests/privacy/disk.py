"""Wait until the engine has deleted replaced parts, which the guarantees about the disk rest on."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from schema.stores.database import Database

WITHIN_S = 150.0  # the engine looks for replaced parts to delete every half minute or so


def delete_at_once(database: Database, table: str) -> None:
    """Have the engine delete replaced parts of a table as soon as it looks, and look soon."""
    database.command(f"alter table {table} modify setting old_parts_lifetime = 0")
    # Where nothing changes, the engine looks ever more rarely, at last every five minutes. This starts anew.
    database.command(f"detach table {table} sync")
    database.command(f"attach table {table}")


def delete_as_usual(database: Database, table: str) -> None:
    """Undo `delete_at_once`."""
    database.command(f"alter table {table} modify setting old_parts_lifetime = 60")


def soon(holds: Callable[[], bool]) -> bool:
    """Return whether something holds within WITHIN_S."""
    end, pause = time.monotonic() + WITHIN_S, threading.Event()
    while time.monotonic() < end:
        with suppress(FileNotFoundError):  # a part is being deleted
            if holds():
                return True
        pause.wait(0.2)
    return False
