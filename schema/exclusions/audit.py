"""The audit log: who changed what of a site or of the server, and when."""

import sqlite3
from dataclasses import dataclass

from schema import sentence
from schema.sentence import Sentence
from schema.stores.control import Control

COMMAND_LINE = "the command line"
AUTOMATIC = "Sillage"  # a job of the server
EXCLUSIONS, PEOPLE, PRIVACY, SETTINGS = "exclusions", "people", "privacy", "settings"  # topics

_SELECT = "select id, at, who, topic, change, sentence from audit_log"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    at: int  # epoch seconds
    who: str
    sentence: Sentence
    topic: str = EXCLUSIONS
    id: int = 0

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


def record(
    control: Control, *, site_id: int | None, who: str, change: Sentence, now: float, topic: str = SETTINGS
) -> None:
    """Log a change that has just been made. now: epoch seconds."""
    with control.write() as connection:
        note(connection, site_id=site_id, who=who, change=change, now=now, topic=topic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which entries to find: those of a site and of every site that match all that is given."""

    site_id: int
    who: str = ""
    topic: str = ""
    since: float = 0  # epoch seconds
    until: float = 2**62  # epoch seconds, exclusive


def search(control: Control, criteria: Search, *, most: int, before: int = 2**62) -> list[AuditEntry]:
    """Return at most that many entries, newest first. before: id of the oldest entry of the part before this one."""
    rows = control.rows(
        f"{_SELECT} where (site_id is null or site_id = ?1) and (?2 = '' or who = ?2) and (?3 = '' or topic = ?3)"
        " and at >= ?4 and at < ?5 and id < ?6 order by id desc limit ?7",
        (criteria.site_id, criteria.who, criteria.topic, criteria.since, criteria.until, before, most),
    )
    return list(map(_entry, rows))


def rename(connection: sqlite3.Connection, email: str, new: str) -> None:
    """Write another name instead of an address, as the author and in sentences, within a transaction."""
    connection.execute("update audit_log set who = ? where who = ?", (new, email))
    about = connection.execute(
        "select id, sentence from audit_log where sentence is not null and instr(sentence, ?)", (email,)
    )
    for number, json in about.fetchall():
        change = sentence.restored(json)
        values = {name: new if value == email else value for name, value in change.values.items()}
        renamed = Sentence(change.text, values)
        connection.execute(
            "update audit_log set change = ?, sentence = ? where id = ?",
            (str(renamed), sentence.written(renamed), number),
        )


def authors(control: Control, site_id: int) -> list[str]:
    """Return who changed something of a site or of every site, sorted."""
    rows = control.rows(
        "select distinct who from audit_log where site_id is null or site_id = ? order by who limit 1000", (site_id,)
    )
    return [row[0] for row in rows]


def latest(control: Control, count: int, *, site_id: int | None = None, topic: str = EXCLUSIONS) -> list[AuditEntry]:
    """Return the latest entries on a topic, newest first. site_id: only of this site and of every site."""
    rows = control.rows(
        f"{_SELECT} where topic = ?3 and (?1 is null or site_id is null or site_id = ?1) order by id desc limit ?2",
        (site_id, count, topic),
    )
    return list(map(_entry, rows))


def _entry(row: sqlite3.Row) -> AuditEntry:
    number, at, who, topic, change, json = row
    return AuditEntry(at, who, sentence.restored(json) if json else Sentence(change), topic, number)
