"""Imports of events: what has been read into which site, so that nothing is read twice."""

from dataclasses import dataclass

import msgspec

from schema.sites.sites import Site
from schema.stores.control import Control

MAX_ID_CHARACTERS = 100
MAX_PROBLEMS = 1000  # that are told; the others are counted


class ImportRefusedError(ValueError):
    """An import can't be made; the message is for the person who asked."""


class ImportBusyError(ImportRefusedError):
    """It can't be made just now."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What came of a file."""

    id: str
    accepted: int  # events
    rejected: int  # lines
    problems: tuple[tuple[int, str], ...]  # line and what is wrong with it, in the order of lines, the first of them
    is_repeated: bool = False  # the file was in already, and nothing was changed


def begin(control: Control, site: Site, import_id: str, *, content: str) -> tuple[int, ImportResult | None]:
    """Return how many chunks of an import are written, and its result if it is finished; new ones are taken down.

    Chunks are -1 where the first may be in ClickHouse or not, see `begin_writing`. content: digest of the file.
    Raises ImportRefusedError where another file was imported under that id.
    """
    with control.write() as connection:
        row = connection.execute(f"{_SELECT} where site_id = ? and id = ?", (site.id, import_id)).fetchone()
        if row is None:
            connection.execute(
                "insert into imports (site_id, id, content) values (?, ?, ?)", (site.id, import_id, content)
            )
            return 0, None
    known, chunks, accepted, rejected, problems, finished_at = row
    if known != content:
        raise ImportRefusedError(f"another file was imported as {import_id}: choose another import id for this one")
    if finished_at is None:
        return chunks, None
    told = tuple(msgspec.json.decode(problems, type=list[tuple[int, str]]))
    return chunks, ImportResult(import_id, accepted, rejected, told, is_repeated=True)


def begin_writing(control: Control, site: Site, import_id: str) -> None:
    """Take down that the first chunk is about to be written: a crash may come before it is taken down itself."""
    control.rows("update imports set chunks = -1 where site_id = ? and id = ? and chunks = 0", (site.id, import_id))


def advance(control: Control, site: Site, import_id: str, *, chunks: int) -> None:
    """Take down that so many chunks are in ClickHouse."""
    control.rows("update imports set chunks = ? where site_id = ? and id = ?", (chunks, site.id, import_id))


def finish(control: Control, site: Site, result: ImportResult, *, now: int) -> None:
    """Take down what came of an import. now: epoch seconds."""
    problems = msgspec.json.encode(result.problems).decode()
    control.rows(
        "update imports set accepted = ?, rejected = ?, problems = ?, finished_at = ? where site_id = ? and id = ?",
        (result.accepted, result.rejected, problems, now, site.id, result.id),
    )


_SELECT = "select content, chunks, accepted, rejected, problems, finished_at from imports"
