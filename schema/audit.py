"""The audit log: who changed which exclusion, and when."""

import sqlite3
import time
from dataclasses import dataclass

from schema.control import Control


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


def latest(control: Control, count: int) -> list[Entry]:
    """Return so many entries, the newest first."""
    rows = control.rows("select at, who, change from audit_log order by id desc limit ?", (count,))
    return [Entry(*row) for row in rows]


def latest_of_site(control: Control, site_id: int, count: int) -> list[Entry]:
    """Return so many entries about rules of a site and of every site, the newest first."""
    rows = control.rows(
        "select at, who, change from audit_log where site_id = ? or site_id is null order by id desc limit ?",
        (site_id, count),
    )
    return [Entry(*row) for row in rows]
