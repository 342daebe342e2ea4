"""The audit log of exclusions: who changed what, and when."""

import sqlite3
from dataclasses import dataclass

from schema.stores.control import Control

COMMAND_LINE = "the command line"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    at: int  # epoch seconds
    who: str
    change: str  # a sentence


def note(connection: sqlite3.Connection, *, site_id: int | None, who: str, change: str, now: float) -> None:
    """Log a change, in the transaction that makes it. now: epoch seconds."""
    connection.execute(
        "insert into audit_log (at, site_id, who, change) values (?, ?, ?, ?)", (int(now), site_id, who, change)
    )


def latest(control: Control, count: int, *, site_id: int | None = None) -> list[AuditEntry]:
    """Return the latest entries, newest first. site_id: only rules of this site and rules of every site."""
    rows = control.rows(
        "select at, who, change from audit_log where ?1 is null or site_id is null or site_id = ?1"
        " order by id desc limit ?2",
        (site_id, count),
    )
    return [AuditEntry(*row) for row in rows]
