"""Import files of past events: in order of time, through the rules of visits, and each file once.

A file is read to its end before its first event is written, so an invalid file changes nothing, and a file with events
that are older than the retention is rejected until the caller agrees to lose them. Events are written in
chunks, and the progress is stored: an interrupted import resumes, and a file is not imported twice. Several files are
read at the same time, but only one is written (see turns.py).
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from pathlib import Path
from random import Random
from secrets import token_bytes

from ingest.history.lines import lines
from ingest.history.past_event import OlderEventError, PastEvent, PastEventError, Reader
from ingest.history.staging import Staging, kept_days, sweep
from ingest.history.turns import Turns
from ingest.storage.flush import insert, insert_missing
from ingest.visits.live_visits import Visits, new_visit
from ingest.visits.record import record
from ingest.visits.visitor import SALT_BYTES
from schema.days.local_day import SiteDay, date_of
from schema.privacy import profile
from schema.records.event import ENGAGEMENT, Event, Record
from schema.sites import imports
from schema.sites.imports import MAX_ID_CHARACTERS, MAX_PROBLEMS, ImportRefusedError, ImportResult, OlderEvents
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database

CHUNK_EVENTS = 50_000
HELD_FOR_S = 7 * 86_400  # an interrupted import can be resumed, at least
_NO_VISIT = "is an engagement event without a live visit"

Progress = Callable[[int, int], None]  # events so far, and in total


class Importer:
    """Imports of one server."""

    def __init__(
        self,
        control: Control,
        database: Database,
        directory: Path,
        *,
        changing: Callable[[Iterable[SiteDay]], AbstractContextManager[None]],
        is_closed: Callable[[SiteDay], bool] = lambda _day: False,
        clock: Callable[[], float],
    ) -> None:
        """directory: for files of running imports. changing: around writes, with the days that get rows.
        is_closed: True for a day that got no rows since its numbers were replaced. clock: epoch seconds.
        """
        self._control = control
        self._database = database
        self._directory = directory
        self._changing = changing
        self._is_closed = is_closed
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
        skips_older: bool = False,
        progress: Progress = lambda _done, _all: None,
    ) -> ImportResult:
        """Import a file, in pieces of any size, once earlier imports are written.

        import_id: unique within the site, derived from the content if empty. is_dry_run: return the result without
        writing. skips_older: reject events that are older than the retention, instead of the whole file. Raises
        ImportRefusedError, ImportBusyError, OSError, sqlite3.Error, and as Database.insert does. The same call then
        resumes the import.
        """
        if len(import_id) > MAX_ID_CHARACTERS:
            raise ImportRefusedError(f"an import id can have at most {MAX_ID_CHARACTERS} characters")
        with self._turns.one(), closing(Staging(self._directory)) as staging:
            content, days, older = self._stage(site, pieces, staging)
            import_id = import_id or content[:16]
            staging.complete(days=days)
            if is_dry_run:
                return replace(self._written(site, staging, import_id, chunks=None, progress=progress), older=older)
            if older and not skips_older and not imports.is_begun(self._control, site, import_id, content=content):
                raise ImportRefusedError(_nothing_imported(site, older, others=staging.count()))
            with self._turns.turn():
                result = self._imported(site, staging, import_id, content=content, progress=progress)
                return result if result.is_repeated else replace(result, older=older)

    def stop(self) -> None:
        """Interrupt running and waiting imports, and return once they have ended."""
        self._turns.stop()

    def unfinished_days(self) -> set[SiteDay]:
        """Return the days of interrupted imports that can be resumed. Closing them would end that. Raises OSError."""
        since = self._clock() - HELD_FOR_S
        return {
            (int(name.partition("-")[0]), date_of(day))
            for name, days in kept_days(self._directory, since=since)
            for day in days
        }

    def _imported(
        self, site: Site, staging: Staging, import_id: str, *, content: str, progress: Progress
    ) -> ImportResult:
        chunks, result = imports.begin(self._control, site, import_id, content=content)
        if result:
            return result
        name = _name(site, import_id)
        is_resumed = staging.resume(name)
        if not is_resumed:
            if chunks:
                raise ImportRefusedError(
                    f"the import {import_id} broke off, and what it had prepared is gone from {self._directory}: "
                    "it can't go on without doubling events"
                )
            staging.keep(name)
        elif chunks and any(self._is_closed((site.id, date_of(day))) for day in staging.days()):
            raise ImportRefusedError(
                f"the import {import_id} broke off more than a week ago, and its days were closed since then: it can't "
                "go on without doubling events"
            )
        with self._changing([(site.id, date_of(day)) for day in staging.days()]):
            imports.begin_writing(self._control, site, import_id)
            # A power cut may have occurred between writing a chunk and recording it.
            write = insert_missing if is_resumed else insert
            result = self._written(
                site, staging, import_id, chunks=max(chunks, 0), progress=progress, insert_chunk=write
            )
        imports.finish(self._control, site, result, now=int(self._clock()))
        staging.delete()
        return result

    def _stage(self, site: Site, pieces: Iterable[bytes], staging: Staging) -> tuple[str, set[int], OlderEvents | None]:
        """Read a file to its end. Returns the digest of its content, the days of its events, and its older events."""
        reader = Reader(site, salt=token_bytes(SALT_BYTES), now=int(self._clock()))
        digest, days, older_days = hashlib.sha256(), set(), Counter[int]()

        def digested() -> Iterator[bytes]:
            for piece in pieces:
                self._turns.go_on()
                digest.update(piece)
                yield piece

        for line, fields in lines(digested()):
            try:
                if isinstance(fields, str):
                    raise PastEventError(fields)
                event = reader.read(line, fields)
            except PastEventError as error:
                staging.reject(line, str(error))
                if isinstance(error, OlderEventError):
                    older_days[error.day] += 1
            else:
                days.add(event.day)
                staging.add(line, event)
        return digest.hexdigest(), days, _older(older_days, kept_from=reader.first_day)

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
        """Write the remaining chunks. chunks: how many are written. None: write nothing."""
        visits = _PastVisits(site, Random(staging.seed), import_id)  # noqa: S311 - a resumed import must draw the same numbers
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
    """Visits of the past, with the same rules as live visits and ids that are the same in each pass."""

    def __init__(self, site: Site, random: Random, import_id: str) -> None:
        self._site = site
        self._import_id = import_id
        self._random = random
        self._visits = Visits()

    def admit(self, event: PastEvent) -> Record | None:
        """Return the record of an event, or None for engagement without a visit. Call in order of time."""
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
            import_id=self._import_id,
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


def _older(events_by_day: Counter[int], *, kept_from: int) -> OlderEvents | None:
    """Return a summary of the older events, or None if there are none. Days since 1970-01-01."""
    if not events_by_day:
        return None
    first, last = date_of(min(events_by_day)), date_of(max(events_by_day))
    return OlderEvents(events_by_day.total(), len(events_by_day), first, last, date_of(kept_from))


def _nothing_imported(site: Site, older: OlderEvents, *, others: int) -> str:
    advice = "To import the other events, add skip_older=true to the request or --skip-older to the command"
    rest = advice if others else "The file has no other events"
    return f"{older}. Nothing was imported. {_longer(site, older)} {rest}."


def _longer(site: Site, older: OlderEvents) -> str:
    """Return how to keep the older events, in a sentence."""
    months = profile.months_of(site.retention_days + (older.kept_from - older.first_day).days)
    most = profile.MAX_MONTHS[site.privacy.profile]
    if months > most:
        return f"In its profile, this site can keep events for {most} months at most."
    return (
        f"To import them, let the site keep events for {months} months: on its settings page, or by "
        f"`sillage sites retention {site.domain} {months}`."
    )


def _name(site: Site, import_id: str) -> str:
    """Return the name of an import in file names and tokens."""
    return f"{site.id}-{hashlib.sha256(import_id.encode('utf-8', 'replace')).hexdigest()[:32]}"
