"""Imports of events into sites: which files are imported, to prevent importing one twice."""

from dataclasses import dataclass
from datetime import date

import msgspec

from schema.sites.sites import Site
from schema.stores.control import Control

MAX_ID_CHARACTERS = 100
MAX_PROBLEMS = 1000  # reported; further ones are only counted


class ImportRefusedError(ValueError):
    """An import is rejected. The message is shown to the user."""


class ImportBusyError(ImportRefusedError):
    """An import is rejected for now, and may be tried again."""


@dataclass(frozen=True, slots=True)
class OlderEvents:
    """The events of a file that are older than the retention of its site, so they can't be imported."""

    events: int
    days: int  # with such events
    first_day: date
    last_day: date
    kept_from: date  # the first day that the site keeps

    def __str__(self) -> str:
        events, verb = ("1 event", "is") if self.events == 1 else (f"{self.events:,} events", "are")
        days = (
            f"on {self.first_day}"
            if self.days == 1
            else f"on {self.days:,} days from {self.first_day} to {self.last_day}"
        )
        return f"{events} {days} {verb} older than {self.kept_from}, the first day that this site keeps"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The result of importing a file."""

    id: str
    accepted: int  # events
    rejected: int  # lines
    problems: tuple[tuple[int, str], ...]  # line number and problem, the first ones by line
    is_repeated: bool = False  # the file was imported before, and nothing changed
    older: OlderEvents | None = None  # among the rejected lines; None: no such events, or not read again


def ids(control: Control, site_id: int) -> list[str]:
    """Return the ids of a site's imports, those that were finished last first."""
    rows = control.rows(
        "select id from imports where site_id = ? order by finished_at is null, finished_at desc, id", (site_id,)
    )
    return [row[0] for row in rows]


def is_begun(control: Control, site: Site, import_id: str, *, content: str) -> bool:
    """True if the import of a file was begun before. content: digest of the file."""
    row = control.row(
        "select 1 from imports where site_id = ? and id = ? and content = ?", (site.id, import_id, content)
    )
    return row is not None


def begin(control: Control, site: Site, import_id: str, *, content: str) -> tuple[int, ImportResult | None]:
    """Return how many chunks of an import are written, and its result if it is finished. Stores a new import.

    -1 chunks: the first one may be in ClickHouse, see `begin_writing`. content: digest of the file.
    Raises ImportRefusedError if another file was imported under this id, or it was erased.
    """
    with control.write() as connection:
        erased = "select 1 from erasures where site_id = ? and kind = 'import' and value = ?"
        if connection.execute(erased, (site.id, import_id)).fetchone():
            raise ImportRefusedError(f"the import {import_id} was erased: choose another import id to import it again")
        row = connection.execute(f"{_SELECT} where site_id = ? and id = ?", (site.id, import_id)).fetchone()
        if row is None:
            connection.execute(
                "insert into imports (site_id, id, content) values (?, ?, ?)", (site.id, import_id, content)
            )
            return 0, None
    known_content, chunks, accepted, rejected, problems, finished_at = row
    if known_content != content:
        raise ImportRefusedError(f"another file was imported as {import_id}: choose another import id for this one")
    if finished_at is None:
        return chunks, None
    first_problems = tuple(msgspec.json.decode(problems, type=list[tuple[int, str]]))
    return chunks, ImportResult(import_id, accepted, rejected, first_problems, is_repeated=True)


def begin_writing(control: Control, site: Site, import_id: str) -> None:
    """Record that the first chunk is about to be written: a crash may occur before `advance`."""
    control.rows("update imports set chunks = -1 where site_id = ? and id = ? and chunks = 0", (site.id, import_id))


def advance(control: Control, site: Site, import_id: str, *, chunks: int) -> None:
    """Record how many chunks are in ClickHouse."""
    control.rows("update imports set chunks = ? where site_id = ? and id = ?", (chunks, site.id, import_id))


def finish(control: Control, site: Site, result: ImportResult, *, now: int) -> None:
    """Record the result of an import. now: epoch seconds."""
    problems = msgspec.json.encode(result.problems).decode()
    control.rows(
        "update imports set accepted = ?, rejected = ?, problems = ?, finished_at = ? where site_id = ? and id = ?",
        (result.accepted, result.rejected, problems, now, site.id, result.id),
    )


_SELECT = "select content, chunks, accepted, rejected, problems, finished_at from imports"
