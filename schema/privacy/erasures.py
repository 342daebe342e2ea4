"""Erasures: what users had erased from the statistics of a site.

The server carries them out (erasing.py). They stay in the control file, so that they can be repeated after an older
backup of ClickHouse is restored, until nothing so old is kept any more.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import msgspec

from schema.days.local_day import SiteDay
from schema.exclusions import audit
from schema.sentence import Sentence, SentenceError, later
from schema.sites.host import is_name, normal_host, without_www
from schema.sites.sites import Site
from schema.stores.control import Control

MAX_VALUE_CHARACTERS = 2000
STEPS = 5  # of erasing.py
_SELECT = "select id, site_id, kind, key, value, first_day, last_day, requested_at, who, step, days from erasures"


class Kind(StrEnum):
    """What selects the events to erase."""

    PAGE = "page"
    PROPERTY = "property"
    HOST = "host"
    IMPORT = "import"
    DAYS = "days"


LABELS = {
    Kind.PAGE: later("Page"),
    Kind.PROPERTY: later("Property"),
    Kind.HOST: later("Host"),
    Kind.IMPORT: later("Import"),
    Kind.DAYS: later("Days"),
}


class ErasureError(SentenceError):
    """It is unclear what to erase. The message is shown to the user."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The events to erase: those that match, on some days or on all."""

    kind: Kind
    key: str = ""  # of a property
    value: str = ""  # a page may be a pattern
    first: date | None = None
    last: date | None = None

    def __str__(self) -> str:
        words = [self.kind.value, f"{self.key}={self.value}" if self.key else self.value]
        return " ".join(word for word in [*words, *self._span()] if word)

    def _span(self) -> list[str]:
        first, last = (f"from {self.first}" if self.first else "", f"to {self.last}" if self.last else "")
        return [first, last]


@dataclass(frozen=True, slots=True)
class Erasure:
    id: int
    site_id: int
    selection: Selection
    requested_at: int  # epoch seconds; later events stay
    who: str
    step: int = 0  # how many are done
    days: tuple[date, ...] = ()  # whose rows are erased, once step 1 is done

    @property
    def is_done(self) -> bool:
        return self.step == STEPS


def read(control: Control, site: Site, kind: str, value: str, *, first: str = "", last: str = "") -> Selection:
    """Return a selection. value: a path or pattern, KEY=VALUE, a host, or the id of an import; empty for days.

    first, last: YYYY-MM-DD; empty: without a limit. Raises ErasureError.
    """
    value = value.strip()
    days = _day(first), _day(last)
    if days[0] and days[1] and days[0] > days[1]:
        raise ErasureError("the first day is after the last one")
    if len(value) > MAX_VALUE_CHARACTERS:
        raise ErasureError("enter at most %(most)s characters", most=MAX_VALUE_CHARACTERS)
    if kind not in _READERS:
        raise ErasureError("%(kind)r can't be erased: choose one of %(kinds)s", kind=kind[:20], kinds=", ".join(Kind))
    key, value = _READERS[Kind(kind)](control, site, value)
    if kind == Kind.DAYS and not any(days):
        raise ErasureError("enter the first or the last day to erase")
    return Selection(Kind(kind), key, value, *days)


def add(control: Control, site: Site, selection: Selection, *, who: str, now: float) -> Erasure:
    """Store an erasure. The server carries it out. who: for the audit log."""
    with control.write() as connection:
        number = _insert(connection, site.id, selection, who=who, now=now)
        # Without the value: what is erased must not stay in the log for ever.
        change = Sentence("Erased events by %(kind)s (erasure %(id)s).", {"kind": selection.kind.value, "id": number})
        audit.note(connection, site_id=site.id, who=who, change=change, now=now, topic=audit.PRIVACY)
    return Erasure(number, site.id, selection, int(now), who)


def list_all(control: Control, site_id: int | None = None) -> list[Erasure]:
    """Return the erasures of a site, or of all sites, oldest first."""
    rows = control.rows(f"{_SELECT} where ?1 is null or site_id = ?1 order by id", (site_id,))
    return [_erasure(row) for row in rows]


def of_file(connection: sqlite3.Connection) -> list[Erasure]:
    """Return the erasures of another control file, which may be of an earlier version. Raises sqlite3.Error."""
    if connection.execute("select 1 from sqlite_master where name = 'erasures'").fetchone() is None:
        return []
    return [_erasure(row) for row in connection.execute(f"{_SELECT} order by id")]


def adopt(control: Control, others: Iterable[Erasure]) -> None:
    """Add the erasures of another control file, for sites that exist, unless they are there already."""
    present = {(erasure.site_id, erasure.selection, erasure.requested_at) for erasure in list_all(control)}
    site_ids = {row[0] for row in control.rows("select id from sites")}
    for erasure in others:
        if erasure.site_id in site_ids and (erasure.site_id, erasure.selection, erasure.requested_at) not in present:
            with control.write() as connection:
                _insert(connection, erasure.site_id, erasure.selection, who=erasure.who, now=erasure.requested_at)


def waiting(control: Control) -> list[Erasure]:
    """Return the erasures that are not done, oldest first."""
    return [_erasure(row) for row in control.rows(f"{_SELECT} where step < ? order by id", (STEPS,))]


def unfinished_days(control: Control) -> set[SiteDay]:
    """Return the days that are being erased, whose visits must keep their numbers."""
    return {(erasure.site_id, day) for erasure in waiting(control) for day in erasure.days}


def final_days(control: Control, site_id: int) -> set[date]:
    """Return the days of a site that have counts only, and can't be counted again."""
    rows = control.rows("select day from closed_days where site_id = ? and is_final", (site_id,))
    return {date.fromisoformat(row[0]) for row in rows}


def repeat(control: Control, site_id: int | None = None) -> int:
    """Have all erasures of a site, or of all sites, carried out again. Returns how many."""
    with control.write() as connection:
        cursor = connection.execute(
            "update erasures set step = 0, days = '[]' where ?1 is null or site_id = ?1", (site_id,)
        )
    return cursor.rowcount


def advance(control: Control, erasure_id: int, *, step: int, days: tuple[date, ...]) -> None:
    """Store how far an erasure is."""
    written = msgspec.json.encode([day.isoformat() for day in days]).decode()
    with control.write() as connection:
        connection.execute("update erasures set step = ?, days = ? where id = ?", (step, written, erasure_id))


def drop_old(control: Control, site: Site, *, now: float) -> None:
    """Delete erasures that are older than anything the site keeps, backups of that time included."""
    values = (site.id, STEPS, int(now) - site.counts_days * 86_400)
    # Mostly there is none, and the file may be read-only.
    if control.row("select 1 from erasures where site_id = ? and step = ? and requested_at < ?", values):
        with control.write() as connection:
            connection.execute("delete from erasures where site_id = ? and step = ? and requested_at < ?", values)


def _insert(connection: sqlite3.Connection, site_id: int, selection: Selection, *, who: str, now: float) -> int:
    cursor = connection.execute(
        "insert into erasures (site_id, kind, key, value, first_day, last_day, requested_at, who)"
        " values (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            site_id,
            selection.kind.value,
            selection.key,
            selection.value,
            selection.first and selection.first.isoformat(),
            selection.last and selection.last.isoformat(),
            int(now),
            who,
        ),
    )
    return int(cursor.lastrowid or 0)


def _erasure(row: sqlite3.Row) -> Erasure:
    first, last = (date.fromisoformat(row[name]) if row[name] else None for name in ("first_day", "last_day"))
    selection = Selection(Kind(row["kind"]), row["key"], row["value"], first, last)
    days = tuple(date.fromisoformat(day) for day in msgspec.json.decode(row["days"], type=list[str]))
    return Erasure(row["id"], row["site_id"], selection, row["requested_at"], row["who"], row["step"], days)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise ErasureError("%(text)r is not a date: enter it like 2026-11-30", text=text[:20]) from None


def _page(_control: Control, _site: Site, value: str) -> tuple[str, str]:
    if not value.startswith(("/", "*")):
        raise ErasureError("%(value)r is not a page: enter its path, such as /blog or /blog/**", value=value[:100])
    return "", value


def _property(_control: Control, _site: Site, value: str) -> tuple[str, str]:
    key, _, content = value.partition("=")
    if not key or not content:
        raise ErasureError("%(value)r is not a property: enter it like plan=free", value=value[:100])
    return key, content


def _host(_control: Control, _site: Site, value: str) -> tuple[str, str]:
    host = without_www(normal_host(value))
    if not is_name(host):
        raise ErasureError("%(value)r is not a host: enter it like shop.example.org", value=value[:100])
    return "", host


def _import(control: Control, site: Site, value: str) -> tuple[str, str]:
    if control.row("select 1 from imports where site_id = ? and id = ?", (site.id, value)) is None:
        raise ErasureError("%(import_id)r is not an import of this site", import_id=value[:100])
    return "", value


_READERS: Mapping[Kind, Callable[[Control, Site, str], tuple[str, str]]] = {
    Kind.PAGE: _page,
    Kind.PROPERTY: _property,
    Kind.HOST: _host,
    Kind.IMPORT: _import,
    Kind.DAYS: lambda _control, _site, _value: ("", ""),
}
