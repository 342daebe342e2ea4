"""The audit log: who changed which exclusion, and when."""

import sqlite3
import time
from dataclasses import dataclass

from schema.stores.control import Control

COMMAND_LINE = "the command line"  # made the change


@dataclass(frozen=True, slots=True)
class Entry:
    at: int  # epoch seconds
    who: str
    change: str  # a sentence


def note(connection: sqlite3.Connection, *, site_id: int | None, who: str, change: str) -> None:
    """Write down a change, in the transaction that makes it."""
    connection.execute(
        "insert into audit_log (at, site_id, who, change) values (?, ?, ?, ?)", (int(time.time()), site_id, who, change)
    )


def latest(control: Control, count: int, *, site_id: int | None = None) -> list[Entry]:
    """Return so many entries, the newest first. site_id: only about rules of this site and of every site."""
    rows = control.rows(
        "select at, who, change from audit_log where ?1 is null or site_id is null or site_id = ?1"
        " order by id desc limit ?2",
        (site_id, count),
    )
    return [Entry(*row) for row in rows]
