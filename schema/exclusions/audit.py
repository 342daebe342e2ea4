"""The audit log: who changed what of exclusions or of the privacy settings of a site, and when."""

import sqlite3
from dataclasses import dataclass

from schema import sentence
from schema.sentence import Sentence
from schema.stores.control import Control

COMMAND_LINE = "the command line"
AUTOMATIC = "Sillage"  # a job of the server
EXCLUSIONS, PRIVACY = "exclusions", "privacy"  # topics


@dataclass(frozen=True, slots=True)
class AuditEntry:
    at: int  # epoch seconds
    who: str
    sentence: Sentence

    @property
    def change(self) -> str:
        """The sentence in English."""
        return str(self.sentence)


def note(
    connection: sqlite3.Connection,
    *,
    site_id: int | None,
    who: str,
    change: Sentence,
    now: float,
    topic: str = EXCLUSIONS,
) -> None:
    """Log a change, in the transaction that makes it. now: epoch seconds."""
    connection.execute(
        "insert into audit_log (at, site_id, who, change, sentence, topic) values (?, ?, ?, ?, ?, ?)",
        (int(now), site_id, who, str(change), sentence.written(change), topic),
    )


def latest(control: Control, count: int, *, site_id: int | None = None, topic: str = EXCLUSIONS) -> list[AuditEntry]:
    """Return the latest entries on a topic, newest first. site_id: only of this site and of every site."""
    rows = control.rows(
        "select at, who, change, sentence from audit_log"
        " where topic = ?3 and (?1 is null or site_id is null or site_id = ?1)"
        " order by id desc limit ?2",
        (site_id, count, topic),
    )
    return [
        AuditEntry(at, who, sentence.restored(json) if json else Sentence(change)) for at, who, change, json in rows
    ]
