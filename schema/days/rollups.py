"""Rollups: the daily and monthly counts of all sites, and which days and months have them.

A day is counted when it is over, and again when it changes. Writers of rows wrap their writes in `changing`, which
marks the counts of these days as invalid, on disk, before the first write. A day that changes during its count is
counted again. A month is counted from its days, and is invalid from the moment one of them changes.

Counted days are closed afterwards (`closing.py`). Days whose events are deleted then are final: they keep their counts
and are never counted again, whatever changes. Writers wait while a day is being closed.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from schema.days.closed_days import ClosedDays
from schema.days.counts import EVENT_DIMENSIONS, VISIT_DIMENSIONS, DayScope, events_sql, mark, visits_sql
from schema.days.local_day import SiteDay, day_start, month_end, month_of
from schema.days.months import EVENTS_SQL, VISITS_SQL, MonthScope, RolledMonth
from schema.days.rolled_days import RolledDay, RolledDays, span
from schema.measures import goals
from schema.measures.goals import Goal
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database, DatabaseUnavailableError

MAX_PROPS = 50  # keys per day, the most frequent ones
MAX_PROP_VALUES = 10_000  # per key and day; a key with more is not counted
SETTLED_AFTER = timedelta(minutes=35)  # after midnight, when most visits of the day before have ended
WAIT_S = 10.0  # of writers, for the end of a closing

_DAY = timedelta(days=1)
_TABLES = ("events", "visits")
_NEVER = date(1970, 1, 1)  # min() of no rows
_KEYS = frozenset({"site_id", "dimension", "value", "day", "expires"})
_FIRST_SQL = "select min(day) from {} where site_id = {{site_id:UInt32}}"
_PROPS_SQL = Path(__file__).with_name("day_props.sql").read_text()
_VERSION_SQL = """
select max(version) from (
    select version from {tier}_events where site_id = {{site_id:UInt32}} and day = {{day:Date}}
    union all
    select version from {tier}_visits where site_id = {{site_id:UInt32}} and day = {{day:Date}}
)
"""
_EXPIRES_SQL = Path(__file__).with_name("month_expires.sql").read_text()
# Another process may have invalidated a day in the meantime.
_MONTH_SQL = """
insert into rolled_months
select :site_id, :month, :zone, :goals, :props, :expires
where  :days = (
    select count(*)
    from   rolled_days
    where  site_id = :site_id
      and  day between :month and :last
      and  zone = :zone
      and  is_exact
)
"""
_ROWS_SQL = Path(__file__).with_name("day_rows.sql").read_text()
_STRAYS_SQL = Path(__file__).with_name("day_strays.sql").read_text()


class DayClosingError(DatabaseUnavailableError):
    """A day can't get rows now, because it is being closed."""

    def __init__(self) -> None:
        super().__init__("A day that is over is being closed. Try again in a minute.")


class Rollups:
    """The counted days of all sites."""

    def __init__(self, control: Control, database: Database, *, clock: Callable[[], float]) -> None:
        """clock: epoch seconds. Raises sqlite3.Error."""
        self._control = control
        self._database = database
        self._clock = clock
        self._lock = threading.RLock()
        self._settled = threading.Condition(self._lock)  # fewer days are being closed, or changed
        self._closed = ClosedDays(control)
        self._closing: frozenset[SiteDay] = frozenset()
        self._days: dict[int, dict[date, RolledDay]] = {}
        self._months: dict[int, dict[date, RolledMonth]] = {}  # by first day
        self._adding: dict[SiteDay, bool] = {}  # months; True: one of its days changed since its count began
        self._counting: dict[SiteDay, bool] = {}  # True: the day changed since its count began
        self._changing: dict[SiteDay, int] = {}  # number of running changes
        self.reload()

    def reload(self) -> None:
        """Load the changes of other processes."""
        rows = self._control.rows("select site_id, day, zone, is_exact, goals, props from rolled_days")
        days: dict[int, dict[date, RolledDay]] = {}
        for site_id, day, *rest in rows:
            days.setdefault(site_id, {})[date.fromisoformat(day)] = _read(*rest)
        months: dict[int, dict[date, RolledMonth]] = {}
        for site_id, month, *rest in self._control.rows(
            "select site_id, month, zone, goals, props, expires from rolled_months"
        ):
            months.setdefault(site_id, {})[date.fromisoformat(month)] = _read_month(*rest)
        with self._lock:
            self._days, self._months = days, months
            self._closed.reload()

    def of_site(self, site_id: int, zone: ZoneInfo) -> RolledDays:
        """Return the counted days of a site."""
        with self._lock:
            days, months = self._of_site(site_id), self._months.get(site_id, {})
            return RolledDays(zone.key, self._today(zone), dict(days), dict(months))

    @contextmanager
    def changing(self, days: Iterable[SiteDay]) -> Iterator[None]:
        """Invalidate the counts of days around a write of rows.

        days: site ids and local days of the events and of the starts of their visits. Raises DayClosingError.
        """
        touched = {(site_id, day + after) for site_id, day in days for after in (timedelta(0), _DAY)}
        self._begin_change(touched)
        try:
            yield
        finally:
            with self._lock:
                self._note_change(touched)
                for key in touched:
                    self._changing[key] -= 1
                    if not self._changing[key]:
                        del self._changing[key]
                self._settled.notify_all()

    @contextmanager
    def still(self) -> Iterator[None]:
        """Keep all writers of rows waiting during the block, which must be short. Raises DayClosingError."""
        with self._lock:
            if not self._settled.wait_for(self._is_still, timeout=WAIT_S):
                raise DayClosingError
            yield

    def look(self, site: Site) -> None:
        """Find new days of a site that are over. Raises as `Database.query` does."""
        firsts = [self._database.query(_FIRST_SQL.format(table), {"site_id": site.id})[0][0] for table in _TABLES]
        with self._lock:
            days = self._days.get(site.id, {})
            # If rows are deleted, days without visits may follow the last one before the first row.
            after_last = [max(days) + _DAY] if days else []
            first = min([day for day in firsts if day != _NEVER] + after_last, default=None)
            if first is None:
                return
            new = [day for day in span(first, self._today(site.zone) - _DAY) if day not in days]
            self._write(site.id, dict.fromkeys(new, RolledDay()))

    def forget(self, site_id: int, first: date, last: date) -> int:
        """Invalidate days except final ones, and return how many there are."""
        with self._lock:
            days = [
                day for day, rolled in self._of_site(site_id).items() if first <= day <= last and not rolled.is_final
            ]
            self._write(site_id, dict.fromkeys(days, RolledDay()))
        return len(days)

    def forget_months(self, site_id: int) -> None:
        """Invalidate the counts of all months of a site. They are added up again from its days."""
        with self._lock:
            with self._control.write() as connection:
                connection.execute("delete from rolled_months where site_id = ?", (site_id,))
            for month in self._months.pop(site_id, {}):
                if (site_id, month) in self._adding:
                    self._adding[site_id, month] = True

    def due(self, site: Site, goals_to_count: Sequence[Goal]) -> list[date]:
        """Return the days of a site to count, latest first, without days that are changing."""
        marks = {mark(goal) for goal in goals_to_count}
        now = datetime.fromtimestamp(self._clock(), UTC)
        with self._lock:
            outdated = [
                day
                for day, rolled in self._of_site(site.id).items()
                if (rolled.zone != site.timezone or not marks.issubset(rolled.goals))
                and not rolled.is_final
                and (site.id, day) not in self._changing.keys() | self._closed.halfway()
            ]
        # Counts may be kept longer than the rows they come from.
        kept_from = self._today(site.zone) - timedelta(days=site.retention_days)
        return sorted((day for day in outdated if kept_from <= day and _is_over(day, site, now)), reverse=True)

    def closable(self, site: Site) -> list[date]:
        """Return the days of a site that are counted, or final with new events, and do not change, in order."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        with self._lock:
            candidates = [
                day
                for day, rolled in self._of_site(site.id).items()
                if (rolled.is_final or rolled.zone == site.timezone)
                and (site.id, day) not in self._changing
                and not self._is_closed(site, day)
            ]
        return sorted(day for day in candidates if _is_over(day, site, now))

    def was_closed(self, key: SiteDay) -> bool:
        """True if a day was closed before, so that the numbers of its visits have changed."""
        with self._lock:
            return self._closed.get(key) is not None

    def is_closed(self, key: SiteDay) -> bool:
        """True if a day is closed, and got no events since."""
        with self._lock:
            return self._closed.is_closed(key)

    @contextmanager
    def closing(self, days: Iterable[SiteDay]) -> Iterator[ClosedDays | None]:
        """Keep writers from days during the block, and from days that remain halfway after it.

        None: some of the days are changing now, and must be left alone.
        """
        keys = frozenset(days)
        with self._lock:
            is_free = keys.isdisjoint(self._changing)
            self._closing = keys if is_free else frozenset()
        try:
            yield self._closed if is_free else None
        finally:
            with self._lock:
                self._closing = frozenset()
                self._settled.notify_all()

    def add_to(self, key: SiteDay) -> RolledDay:
        """Invalidate the month of a final day that gets further counts, and return what its counts contain."""
        with self._lock:
            rolled = self._days.get(key[0], {}).get(key[1], RolledDay())
            self._write(key[0], {key[1]: rolled})
        return rolled

    def count(self, site: Site, day: date, goals_to_count: Sequence[Goal] | None = None) -> bool:
        """Count a day. False: it changed during the count, or is final. goals_to_count: default all goals of the site.

        Raises ClickHouseError, QueryLimitError, DatabaseUnavailableError.
        """
        if goals_to_count is None:
            goals_to_count = goals.list_all(self._control, site.id)
        key = (site.id, day)
        with self._lock:
            if self._closed.is_final(key):
                return False
            self._counting[key] = key in self._changing
        scope = DayScope(site.id, day, site.zone)
        version = self._version("daily", site.id, day)
        if version or self._has_rows(scope):
            counted = self._count(site, scope, goals_to_count, version=version + 1)
        else:
            counted = RolledDay(site.timezone, is_exact=True, goals=frozenset(map(mark, goals_to_count)))
        with self._lock:
            if self._counting.pop(key):
                return False
            self._write(site.id, {day: counted})
        return True

    def due_months(self, site: Site) -> list[date]:
        """Return the first days of the months of a site to count, latest first: all days are counted, and exact."""
        with self._lock:
            days, months = self._days.get(site.id, {}), self._months.get(site.id, {})
            ends = [day for day in days if day == month_end(day)]
            over = [month_of(day) for day in ends]
            return sorted(
                (
                    month
                    for month in over
                    if (month not in months or months[month].zone != site.timezone)
                    and all(_is_countable(days.get(day), site) for day in _days_of(month, min(days)))
                ),
                reverse=True,
            )

    def count_month(self, site: Site, month: date) -> bool:
        """Add up the counts of the days of a month that is due. False: one of them changed. Raises as `count` does."""
        key = (site.id, month)
        with self._lock:
            rolled = self._days.get(site.id, {})
            days = {day: rolled.get(day, RolledDay()) for day in _days_of(month, min(rolled, default=month))}
            self._adding[key] = not all(_is_countable(day, site) for day in days.values())
        counted = self._count_month(site, MonthScope(site.id, month), list(days.values()))
        with self._lock:
            return not self._adding.pop(key) and self._write_month(site.id, month, counted, days=len(days))

    def merge(self) -> None:
        """Merge the counts of a year into one part, which halves the time to read long periods.

        Raises ClickHouseError, DatabaseUnavailableError.
        """
        for table in ("daily_events", "daily_visits", "monthly_events", "monthly_visits"):
            self._database.command(f"optimize table {table} final settings optimize_skip_merged_partitions = 1")

    def _count(self, site: Site, scope: DayScope, goals_to_count: Sequence[Goal], *, version: int) -> RolledDay:
        props = self._props(scope)
        of_events = events_sql(EVENT_DIMENSIONS, has_props=True, has_goals=True)
        expires = {"last_day": scope.day + timedelta(days=site.counts_days)}
        of_day = scope.event_parameters(props=props, goals=goals_to_count)
        self._fill("daily_events", of_events, of_day | expires, version)
        self._fill("daily_visits", visits_sql(VISIT_DIMENSIONS), scope.parameters() | expires, version)
        return RolledDay(site.timezone, self._is_exact(scope), frozenset(map(mark, goals_to_count)), frozenset(props))

    def _count_month(self, site: Site, scope: MonthScope, days: Sequence[RolledDay]) -> RolledMonth:
        marks = frozenset.intersection(*(day.goals for day in days))
        props = frozenset.intersection(*(day.props for day in days))
        version = self._version("monthly", site.id, scope.month) + 1
        self._fill("monthly_events", EVENTS_SQL, scope.event_parameters(goals=marks, props=props), version)
        self._fill("monthly_visits", VISITS_SQL, scope.parameters(), version)
        parameters = {"site_id": site.id, "day": scope.month, "version": version}
        expires = self._database.query(_EXPIRES_SQL, parameters)[0][0]
        return RolledMonth(site.timezone, marks, props, expires or date.max)

    def _version(self, tier: str, site_id: int, day: date) -> int:
        parameters = {"site_id": site_id, "day": day}
        return int(self._database.query(_VERSION_SQL.format(tier=tier), parameters)[0][0])

    def _of_site(self, site_id: int) -> dict[date, RolledDay]:
        """Return the days of a site, final ones marked."""
        days = self._days.get(site_id, {})
        final = self._closed.final(site_id)
        return days | {day: replace(days.get(day, RolledDay()), is_final=True) for day in final} if final else days

    def _is_closed(self, site: Site, day: date) -> bool:
        key = (site.id, day)
        return self._closed.is_closed(key) and (self._closed.is_final(key) or not site.privacy.is_exempt)

    def _is_free(self, touched: set[SiteDay]) -> bool:
        return touched.isdisjoint(self._closing) and touched.isdisjoint(self._closed.halfway())

    def _is_still(self) -> bool:
        return not self._changing and not self._closing and not self._closed.halfway()

    def _begin_change(self, touched: set[SiteDay]) -> None:
        with self._lock:
            if not self._settled.wait_for(lambda: self._is_free(touched), timeout=WAIT_S):
                raise DayClosingError
            self._closed.reopen(touched)
            self._note_change(touched)
            lost: dict[int, dict[date, RolledDay]] = {}
            for site_id, day in touched:
                self._changing[site_id, day] = self._changing.get((site_id, day), 0) + 1
                days = self._days.get(site_id, {})
                if self._closed.is_final((site_id, day)):
                    continue
                if days and (day < min(days) or days.get(day, RolledDay()).zone):
                    lost.setdefault(site_id, {})[day] = RolledDay()
            for site_id, days in lost.items():
                # Days between a new first day and the old one may have changed without `changing`.
                between = span(min(days), min(self._days[site_id]) - _DAY)
                self._write(site_id, dict.fromkeys(between, RolledDay()) | days)

    def _note_change(self, touched: set[SiteDay]) -> None:
        for key in touched & self._counting.keys():
            self._counting[key] = True

    def _write(self, site_id: int, days: Mapping[date, RolledDay]) -> None:
        """Store the state of days, on disk first. The site may be deleted."""
        if not days:
            return
        rows = [
            (
                site_id,
                day.isoformat(),
                rolled.zone,
                rolled.is_exact,
                " ".join(sorted(rolled.goals)),
                _keys(rolled.props),
            )
            for day, rolled in days.items()
        ]
        with self._control.write() as connection:
            if connection.execute("select 1 from sites where id = ?", (site_id,)).fetchone() is None:
                return
            connection.executemany("replace into rolled_days values (?, ?, ?, ?, ?, ?)", rows)
            months = {month_of(day) for day in days}
            connection.executemany(
                "delete from rolled_months where site_id = ? and month = ?",
                [(site_id, month.isoformat()) for month in months],
            )
        self._days.setdefault(site_id, {}).update(days)
        for month in months:
            self._months.get(site_id, {}).pop(month, None)
            if (site_id, month) in self._adding:
                self._adding[site_id, month] = True

    def _write_month(self, site_id: int, month: date, rolled: RolledMonth, *, days: int) -> bool:
        """Store that a month is counted, unless not all of its days are any more. days: their number."""
        row = {
            "site_id": site_id,
            "month": month.isoformat(),
            "last": month_end(month).isoformat(),
            "days": days,
            "zone": rolled.zone,
            "goals": " ".join(sorted(rolled.goals)),
            "props": _keys(rolled.props),
            "expires": rolled.expires.isoformat(),
        }
        with self._control.write() as connection:
            connection.execute("delete from rolled_months where site_id = :site_id and month = :month", row)
            if not connection.execute(_MONTH_SQL, row).rowcount:
                return False
        self._months.setdefault(site_id, {})[month] = rolled
        return True

    def _props(self, scope: DayScope) -> list[str]:
        parameters = scope.parameters() | {"props": MAX_PROPS}
        del parameters["start"]
        return [key for key, different in self._database.query(_PROPS_SQL, parameters) if different <= MAX_PROP_VALUES]

    def _has_rows(self, scope: DayScope) -> bool:
        """True if a day has any rows."""
        parameters = scope.parameters()
        del parameters["before"]
        return bool(self._database.query(_ROWS_SQL, parameters)[0][0])

    def _is_exact(self, scope: DayScope) -> bool:
        parameters = scope.parameters() | {"after": day_start(scope.day + 2 * _DAY, scope.zone)}
        return not self._database.query(_STRAYS_SQL, parameters)[0][0]

    def _fill(self, table: str, sql: str, parameters: Mapping[str, object], version: int) -> None:
        names = [name for name in self._database.columns(table) if name != "version"]
        columns = ", ".join(names)
        self._database.derive(
            f"insert into {table} ({columns}, version) select {columns}, {{version:UInt64}} from (\n{sql})",  # noqa: S608 - our own names
            {**parameters, "version": version},
        )
        if version == 1:
            return
        # Values of the previous version that no longer exist.
        zeros = ", ".join(name if name in _KEYS else "0" for name in names)
        self._database.derive(
            f"insert into {table} ({columns}, version) select {zeros}, {{version:UInt64}} from {table} final"  # noqa: S608
            " where site_id = {site_id:UInt32} and day = {day:Date} and version < {version:UInt64}",
            {"site_id": parameters["site_id"], "day": parameters["day"], "version": version},
        )

    def _today(self, zone: ZoneInfo) -> date:
        return datetime.fromtimestamp(self._clock(), zone).date()


def _is_over(day: date, site: Site, now: datetime) -> bool:
    """True if a day is over, and its visits had time to end."""
    return day_start(day + _DAY, site.zone) + SETTLED_AFTER <= now


def _days_of(month: date, first: date) -> list[date]:
    """Return the days of a month, without those before the first day of the site."""
    return span(max(month, first), month_end(month))


def _is_countable(day: RolledDay | None, site: Site) -> bool:
    return day is not None and day.is_exact and day.zone == site.timezone


def _read(zone: str, is_exact: int, marks: str, props: str) -> RolledDay:
    keys = msgspec.json.decode(props, type=list[str]) if props else []
    return RolledDay(zone, bool(is_exact), frozenset(marks.split()), frozenset(keys))


def _read_month(zone: str, marks: str, props: str, expires: str) -> RolledMonth:
    keys = msgspec.json.decode(props, type=list[str]) if props else []
    return RolledMonth(zone, frozenset(marks.split()), frozenset(keys), date.fromisoformat(expires))


def _keys(props: frozenset[str]) -> str:
    return msgspec.json.encode(sorted(props)).decode() if props else ""
