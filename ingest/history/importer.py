"""Reads files of events into sites: a line at a time, in order of time, through the rules of visits, and once.

A file is read to its end before the first of its events is written, so what is wrong with the whole of it changes
nothing. Events are written in chunks; which are in is taken down, so an import that broke off goes on where it was,
and a file that is in already is not read in again. Several files are read at once, and one is written (see turns.py).
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from random import Random
from secrets import token_bytes

from ingest.history.lines import lines
from ingest.history.past_event import PastEvent, PastEventError, Reader
from ingest.history.staging import Staging, sweep
from ingest.history.turns import Turns
from ingest.storage.flush import insert, insert_missing
from ingest.visits.live_visits import Visits, new_visit
from ingest.visits.record import record
from ingest.visits.visitor import SALT_BYTES
from schema.days.local_day import SiteDay, date_of
from schema.records.event import ENGAGEMENT, Event, Record
from schema.sites import imports
from schema.sites.imports import MAX_ID_CHARACTERS, MAX_PROBLEMS, ImportRefusedError, ImportResult
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database

CHUNK_EVENTS = 50_000
_NO_VISIT = "is an engagement event, and no visit of its visitor was alive then"

Progress = Callable[[int, int], None]  # events so far, and how many there are


class Importer:
    """Imports of one server."""

    def __init__(
        self,
        control: Control,
        database: Database,
        directory: Path,
        *,
        changing: Callable[[Iterable[SiteDay]], AbstractContextManager[None]],
        clock: Callable[[], float],
    ) -> None:
        """directory: for files of imports that are under way. changing: around writing, with the days that get rows.
        clock: epoch seconds.
        """
        self._control = control
        self._database = database
        self._directory = directory
        self._changing = changing
        self._clock = clock
        self._turns = Turns()
        sweep(directory)

    def run(
        self,
        site: Site,
        pieces: Iterable[bytes],
        *,
        import_id: str = "",
        is_dry_run: bool = False,
        progress: Progress = lambda _done, _all: None,
    ) -> ImportResult:
        """Import a file, which comes in pieces of any size, once the imports that were read before it are written.

        import_id: of this file, in this site; made of its content if not given. is_dry_run: only tell what would come
        of it. Raises ImportRefusedError, ImportBusyError, OSError, sqlite3.Error, and as Database.insert does: then the
        same call goes on where this one stopped.
        """
        if len(import_id) > MAX_ID_CHARACTERS:
            raise ImportRefusedError(f"an import id has at most {MAX_ID_CHARACTERS} characters")
        with self._turns.one(), closing(Staging(self._directory)) as staging:
            content, days = self._stage(site, pieces, staging)
            import_id = import_id or content[:16]
            staging.complete(days=days)
            if is_dry_run:
                return self._written(site, staging, import_id, chunks=None, progress=progress)
            with self._turns.turn():
                return self._imported(site, staging, import_id, content=content, progress=progress)

    def stop(self) -> None:
        """Break off the imports that are under way or wait, and return once they have ended."""
        self._turns.stop()

    def _imported(
        self, site: Site, staging: Staging, import_id: str, *, content: str, progress: Progress
    ) -> ImportResult:
        chunks, known = imports.begin(self._control, site, import_id, content=content)
        if known:
            return known
        name = _name(site, import_id)
        is_resumed = staging.resume(name)
        if not is_resumed:
            if chunks:
                raise ImportRefusedError(
                    f"the import {import_id} broke off, and what it had prepared is gone from {self._directory}: "
                    "it can't go on without doubling events"
                )
            staging.keep(name)
        imports.begin_writing(self._control, site, import_id)
        with self._changing([(site.id, date_of(day)) for day in staging.days()]):
            # A power cut may have come between a chunk and the note that it is written.
            write = insert_missing if is_resumed else insert
            result = self._written(
                site, staging, import_id, chunks=max(chunks, 0), progress=progress, insert_chunk=write
            )
        imports.finish(self._control, site, result, now=int(self._clock()))
        staging.delete()
        return result

    def _stage(self, site: Site, pieces: Iterable[bytes], staging: Staging) -> tuple[str, set[int]]:
        """Read a file to its end; return the digest of its content and the days of its events."""
        reader = Reader(site, salt=token_bytes(SALT_BYTES), now=int(self._clock()))
        digest, days = hashlib.sha256(), set()

        def noted() -> Iterator[bytes]:
            for piece in pieces:
                self._turns.go_on()
                digest.update(piece)
                yield piece

        for line, found in lines(noted()):
            try:
                if isinstance(found, str):
                    raise PastEventError(found)
                event = reader.read(line, found)
            except PastEventError as error:
                staging.reject(line, str(error))
            else:
                days.add(event.day)
                staging.add(line, event)
        return digest.hexdigest(), days

    def _written(
        self,
        site: Site,
        staging: Staging,
        import_id: str,
        *,
        chunks: int | None,
        progress: Progress,
        insert_chunk: Callable[..., None] = insert,
    ) -> ImportResult:
        """Write what is not written yet. chunks: how many are; None: nothing is to be written."""
        visits = _PastVisits(site, Random(staging.seed))  # noqa: S311 - what was drawn once must be drawn again
        total = staging.count()
        strays: list[tuple[int, str]] = []
        chunk: list[Record] = []
        accepted = number = 0

        def write() -> None:
            nonlocal chunk, accepted, number
            self._turns.go_on()
            number += 1
            if chunks is not None and number > chunks:
                insert_chunk(self._database, chunk, (), token=f"import-{_name(site, import_id)}-{number}")
                imports.advance(self._control, site, import_id, chunks=number)
            accepted += len(chunk)
            progress(accepted, total)
            chunk = []

        for line, event in staging.events():
            stored = visits.admit(event)
            if stored is None:
                strays.append((line, _NO_VISIT))
                continue
            chunk.append(stored)
            if len(chunk) == CHUNK_EVENTS:
                write()
        if chunk:
            write()
        rejected, problems = staging.rejected(MAX_PROBLEMS)
        first_problems = sorted([*problems, *strays])[:MAX_PROBLEMS]
        return ImportResult(import_id, accepted, rejected + len(strays), tuple(first_problems))


class _PastVisits:
    """Visits of the past. Like those of the present, and with the same numbers whenever they are gone through."""

    def __init__(self, site: Site, random: Random) -> None:
        self._site = site
        self._random = random
        self._visits = Visits()

    def admit(self, event: PastEvent) -> Record | None:
        """Return what to store for an event, None for one of engagement without a visit. They come in order of time."""
        self._visits.sweep(event.time)
        visit = self._visits.find(
            self._site.id, event.visitor_id, previous_id=event.previous_id, now=event.time, today=event.day
        )
        if visit is None and event.name == ENGAGEMENT:
            return None
        stored = Event(
            day=event.day,
            time=event.time,
            position=(visit.version if visit else 0) + (event.name != ENGAGEMENT),
            name=event.name,
            hostname=event.hostname,
            path=event.path,
            props=event.props,
            interactive=event.interactive,
            scroll_depth=event.scroll_depth,
            engagement_ms=event.engagement_ms,
            revenue_amount=event.revenue_amount,
            revenue_currency=event.revenue_currency,
            expires=event.day + self._site.retention_days,
        )
        if visit is None:
            visit = new_visit(
                stored,
                site_id=self._site.id,
                visitor_id=event.visitor_id,
                visit_id=self._random.getrandbits(64),
                attributes=event.attributes,
            )
            self._visits.begin(visit)
        return record(stored, visit)


def _name(site: Site, import_id: str) -> str:
    """Return what an import is called in names of files and in tokens."""
    return f"{site.id}-{hashlib.sha256(import_id.encode('utf-8', 'replace')).hexdigest()[:32]}"
