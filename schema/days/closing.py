"""Close the days of sites that are over and counted, so that no hash of a visitor stays on disk.

In the profile `standard`, numbers of visitors and visits become ordinals. In `exempt`, the rows are deleted, and what
arrives later for such a day is added to its counts. A day is closed once no visit of it can grow. Every step is in the
journal (closed_days.py) before it begins, and can be repeated: after a crash, `resume` goes on where it stopped.
"""

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from schema.days import late_counts, renumbering
from schema.days.closed_days import ClosedDays, Step
from schema.days.local_day import SiteDay, day_start, month_of
from schema.days.renumbering import Batch
from schema.days.rollups import Rollups
from schema.measures import goals
from schema.sites import sites
from schema.sites.purge import delete_rows
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database

MAX_ROWS = 2_000_000  # of a batch, unless one day has more; queries wait while the rows of a batch are replaced
REPORTED_ROWS = 200_000  # closing so many takes seconds, and is logged
QUIET_FOR = timedelta(minutes=35)  # a visit without events for so long has ended, wherever its events are

_DAY = timedelta(days=1)
# When was the last event of the visits of a day? A visit carried over midnight has events of the next day.
_LATEST_SQL = """
select max(time)
from   events
where  site_id = {site_id:UInt32}
  and  day between {day:Date} and {day:Date} + 1
  and  visitor_id in (
           select visitor_id
           from   visits
           where  site_id = {site_id:UInt32}
             and  day     = {day:Date}
       )
"""

_log = logging.getLogger(__name__)


class Closing:
    """Closes days, in the thread that counts them."""

    def __init__(
        self,
        rollups: Rollups,
        control: Control,
        database: Database,
        *,
        clock: Callable[[], float],
        held: Callable[[], Collection[SiteDay]] = frozenset,
    ) -> None:
        """clock: epoch seconds. held: days with accepted events that wait to be stored.

        Such an event may be stored already, and only the number of its visit can show that.
        """
        self._rollups = rollups
        self._control = control
        self._database = database
        self._clock = clock
        self._held = held
        self._stopping = threading.Event()
        self._is_halfway = True  # a crash or an error may have interrupted a closing

    def stop(self) -> None:
        """Begin nothing more: a history of years takes minutes, and the next start goes on."""
        self._stopping.set()

    def resume(self) -> None:
        """Complete closings that a crash or an error interrupted. Raises as `close` does."""
        with self._rollups.closing(()) as journal:
            if journal is None:
                return
            for batch in _batches_at(journal, Step.SWAP):
                self._finish(journal, batch)
            renumbering.finish(self._database)
            late_counts.clear(self._database)
        for batch in _batches_at(journal, Step.ADD):
            if site := sites.by_id(self._control, batch.site_id, now=self._clock()):
                self._close(replace(batch, zone=site.timezone))
        self._is_halfway = False

    def close(self, site: Site) -> int:
        """Close the days of a site that can be closed, and return how many.

        Raises ClickHouseError, QueryLimitError, DatabaseUnavailableError, sqlite3.Error.
        """
        if self._is_halfway:
            self.resume()
        days = self._closable(site)
        if not days:
            return 0
        rows = renumbering.rows_of(self._database, site.id, days[0], days[-1])
        is_final = site.privacy.is_exempt
        sizes = {day: rows[day].all if is_final else rows[day].hashed for day in days if day in rows}
        to_close = sorted(day for day in sizes if sizes[day])
        self._close_empty(site, [day for day in days if not sizes.get(day)])
        closed = 0
        for batch in batches(site, to_close, sizes):
            if self._stopping.is_set():
                break
            closed += self._close_logged(site, batch, sum(sizes[day] for day in batch.days))
        return closed

    def sweep(self) -> None:
        """Remove the replaced rows of closed days from the disk. Raises as `close` does."""
        with self._rollups.closing(()) as journal:
            swept = journal.at(Step.SWEEP) if journal else []
            if journal and swept and renumbering.sweep(self._database, is_stopping=self._stopping.is_set):
                journal.advance(swept, Step.CLOSED)

    def _closable(self, site: Site) -> list[date]:
        closable = self._rollups.closable(site)
        if not closable:
            return []
        held = {day for site_id, day in self._held() if site_id == site.id}
        due = set(self._rollups.due(site, goals.list_all(self._control, site.id)))
        return [day for day in closable if day not in held | due and not self._may_grow(site, day)]

    def _may_grow(self, site: Site, day: date) -> bool:
        """True if a visit of a day may get further events. A visit spans two days at most."""
        quiet_since = datetime.fromtimestamp(self._clock(), UTC) - QUIET_FOR
        if day_start(day + 2 * _DAY, site.zone) <= quiet_since:
            return False
        latest = self._database.query(_LATEST_SQL, {"site_id": site.id, "day": day})[0][0]
        return bool(latest.replace(tzinfo=UTC) > quiet_since)

    def _close_empty(self, site: Site, days: Sequence[date]) -> None:
        """Close days without rows to replace."""
        keys = [(site.id, day) for day in days]
        with self._rollups.closing(keys) as journal:
            if journal:
                journal.advance(keys, Step.CLOSED, is_final=site.privacy.is_exempt)

    def _close_logged(self, site: Site, batch: Batch, rows: int) -> int:
        if rows < REPORTED_ROWS:
            return self._close(batch)
        _log.info("closing %s of %s: %s rows", _text(batch), site.domain, f"{rows:,}")
        closed = self._close(batch)
        _log.info("closed %s of %s", _text(batch), site.domain)
        return closed

    def _close(self, batch: Batch) -> int:
        """Close the days of a batch, and return how many. 0: some of them change now."""
        keys = _keys(batch)
        with self._rollups.closing(keys) as journal:
            if journal is None:
                return 0
            self._is_halfway = True  # until the end: the next closing needs the same tables
            for key in keys:
                if journal.is_final(key):
                    self._add(journal, key)
            if journal.is_final((batch.site_id, batch.last + _DAY)):
                batch = replace(batch, keeps_next=False)
            renumbering.prepare(self._database, batch)
            journal.advance(keys, Step.SWAP, is_final=batch.is_final)
            self._finish(journal, batch)
            self._is_halfway = False
        return len(keys)

    def _add(self, journal: ClosedDays, key: SiteDay) -> None:
        """Add the events of a final day that arrived late to its counts."""
        site_id, _ = key
        site = sites.by_id(self._control, site_id, now=self._clock())
        state = journal.get(key)
        if site is None or state is None:
            return
        rolled = self._rollups.add_to(key)
        version = state.version if state.step is Step.ADD else late_counts.next_version(self._database, key)
        journal.advance([key], Step.ADD, version=version)
        late_counts.add(
            self._database,
            key,
            rolled=rolled,
            goals=goals.list_all(self._control, site_id),
            last_day=key[1] + timedelta(days=site.counts_days),
            version=version,
        )

    def _finish(self, journal: ClosedDays, batch: Batch) -> None:
        """Complete a closing whose new rows are prepared."""
        renumbering.replace_rows(self._database, batch)
        if self._control.row("select 1 from sites where id = ?", (batch.site_id,)) is None:
            delete_rows(self._database, batch.site_id)  # it was deleted while its rows were prepared
        journal.advance(_keys(batch), Step.SWEEP)
        renumbering.finish(self._database)


def batches(site: Site, days: Iterable[date], sizes: Mapping[date, int]) -> Iterator[Batch]:
    """Divide days, in order, into batches of a month at most: each month is a partition. sizes: rows by day."""

    def fits(span: Sequence[date], day: date) -> bool:
        return month_of(day) == month_of(span[0]) and sum(map(sizes.__getitem__, [*span, day])) <= MAX_ROWS

    for span in _spans(days, fits):
        yield Batch(site.id, span[0], span[-1], site.timezone, is_final=site.privacy.is_exempt)


def _batches_at(journal: ClosedDays, step: Step) -> Iterator[Batch]:
    """Return the batches that stopped at a step. Their time zones are not needed any more."""
    keys = journal.at(step)
    for site_id in sorted({site_id for site_id, _ in keys}):
        for span in _spans(day for site, day in keys if site == site_id):
            is_final = journal.is_final((site_id, span[0]))
            yield Batch(site_id, span[0], span[-1], "UTC", is_final=is_final)


def _spans(
    days: Iterable[date], fits: Callable[[Sequence[date], date], bool] = lambda _span, _day: True
) -> Iterator[list[date]]:
    """Divide days, in order, into runs without a gap. fits: whether a run can have another day."""
    span: list[date] = []
    for day in days:
        if span and (day != span[-1] + _DAY or not fits(span, day)):
            yield span
            span = []
        span.append(day)
    if span:
        yield span


def _keys(batch: Batch) -> list[SiteDay]:
    return [(batch.site_id, day) for day in batch.days]


def _text(batch: Batch) -> str:
    return f"{batch.first}" if batch.first == batch.last else f"{batch.first} to {batch.last}"
