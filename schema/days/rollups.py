"""Rollups: the daily counts of all sites, and which days have them.

A day is counted when it is over, and again when it changes. Writers of rows wrap their writes in `changing`, which
marks the counts of these days as invalid, on disk, before the first write. A day that changes during its count is
counted again.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from schema.days.counts import EVENT_DIMENSIONS, VISIT_DIMENSIONS, DayScope, events_sql, mark, visits_sql
from schema.days.local_day import SiteDay, day_start
from schema.measures import goals
from schema.measures.goals import Goal
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database

MAX_PROPS = 50  # keys per day, the most frequent ones
MAX_PROP_VALUES = 10_000  # per key and day; a key with more is not counted
SETTLED_AFTER = timedelta(minutes=35)  # after midnight, when most visits of the day before have ended

_DAY = timedelta(days=1)
_TABLES = ("events", "visits")
_NEVER = date(1970, 1, 1)  # min() of no rows
_KEYS = frozenset({"site_id", "dimension", "value", "day", "expires"})
_FIRST_SQL = "select min(day) from {} where site_id = {{site_id:UInt32}}"
_PROPS_SQL = """
select   pair.1 as key, uniqExact(pair.2) as different
from     events array join props as pair
where    site_id = {site_id:UInt32}
  and    day    >= {day:Date} - 3
  and    day    <= {day:Date} + 2
  and    time   >= {before:DateTime('UTC')}
  and    time    < {end:DateTime('UTC')}
group by key
order by count() desc, key
limit    {props:UInt32}
"""
_VERSION_SQL = """
select max(version) from (
    select version from daily_events where site_id = {site_id:UInt32} and day = {day:Date}
    union all
    select version from daily_visits where site_id = {site_id:UInt32} and day = {day:Date}
)
"""
_ROWS_SQL = """
select count() from (
    select 1
    from   events
    where  site_id = {site_id:UInt32}
      and  day    >= {day:Date} - 2
      and  day    <= {day:Date} + 2
      and  time   >= {start:DateTime('UTC')}
      and  time    < {end:DateTime('UTC')}
    limit  1
    union all
    select 1
    from   visits
    where  site_id = {site_id:UInt32}
      and  day    >= {day:Date} - 3
      and  day    <= {day:Date} + 2
      and  start   < {end:DateTime('UTC')}
      and  last   >= {start:DateTime('UTC')}
    limit  1
)
"""
# Counts can't be summed if a visitor id starts visits on two days, or a visit spans more than two days.
_STRAYS_SQL = """
select countIf(start >= {start:DateTime('UTC')} and last >= {after:DateTime('UTC')})
     + countIf(start >= {start:DateTime('UTC')} and visitor_id in (
           select visitor_id
           from   visits
           where  site_id = {site_id:UInt32}
             and  day    >= {day:Date} - 3
             and  day    <= {day:Date} + 2
             and  start  >= {before:DateTime('UTC')}
             and  start   < {start:DateTime('UTC')}
       ))
from   visits final
where  site_id = {site_id:UInt32}
  and  day    >= {day:Date} - 2
  and  day    <= {day:Date} + 2
  and  start  >= {start:DateTime('UTC')}
  and  start   < {end:DateTime('UTC')}
"""


@dataclass(frozen=True, slots=True)
class RolledDay:
    """What the counts of a day contain."""

    zone: str = ""  # of the site when it was counted; "": not counted, or invalid
    is_exact: bool = False
    goals: frozenset[str] = frozenset()  # marks
    props: frozenset[str] = frozenset()  # counted keys; others have too many values or are new


@dataclass(frozen=True, slots=True)
class RolledDays:
    """The counted days of a site at one moment."""

    zone: str
    today: date
    days: Mapping[date, RolledDay]

    def missing(self, first: date, last: date, is_usable: Callable[[RolledDay], bool]) -> list[date]:
        """Return the days to count at query time, without future days and days before the first."""
        if not self.days:
            return _span(first, min(last, self.today))
        span = _span(max(first, min(self.days)), min(last, self.today))
        return [day for day in span if not self._is_valid(self.days.get(day)) or not is_usable(self.days[day])]

    def _is_valid(self, day: RolledDay | None) -> bool:
        return day is not None and day.is_exact and day.zone == self.zone


class Rollups:
    """The counted days of all sites."""

    def __init__(self, control: Control, database: Database, *, clock: Callable[[], float]) -> None:
        """clock: epoch seconds. Raises sqlite3.Error."""
        self._control = control
        self._database = database
        self._clock = clock
        self._lock = threading.RLock()
        self._days: dict[int, dict[date, RolledDay]] = {}
        self._counting: dict[SiteDay, bool] = {}  # True: the day changed since its count began
        self._changing: dict[SiteDay, int] = {}  # number of running changes
        self.reload()

    def reload(self) -> None:
        """Load the changes of other processes."""
        rows = self._control.rows("select site_id, day, zone, is_exact, goals, props from rolled_days")
        days: dict[int, dict[date, RolledDay]] = {}
        for site_id, day, *rest in rows:
            days.setdefault(site_id, {})[date.fromisoformat(day)] = _read(*rest)
        with self._lock:
            self._days = days

    def of_site(self, site_id: int, zone: ZoneInfo) -> RolledDays:
        """Return the counted days of a site."""
        with self._lock:
            return RolledDays(zone.key, self._today(zone), dict(self._days.get(site_id, {})))

    @contextmanager
    def changing(self, days: Iterable[SiteDay]) -> Iterator[None]:
        """Invalidate the counts of days around a write of rows.

        days: site ids and local days of the events and of the starts of their visits.
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

    def look(self, site: Site) -> None:
        """Find new days of a site that are over. Raises as `Database.query` does."""
        firsts = [self._database.query(_FIRST_SQL.format(table), {"site_id": site.id})[0][0] for table in _TABLES]
        first = min((day for day in firsts if day != _NEVER), default=None)
        if first is None:
            return
        with self._lock:
            days = self._days.get(site.id, {})
            new = [day for day in _span(first, self._today(site.zone) - _DAY) if day not in days]
            self._write(site.id, dict.fromkeys(new, RolledDay()))

    def forget(self, site_id: int, first: date, last: date) -> int:
        """Invalidate days, and return how many there are."""
        with self._lock:
            days = [day for day in self._days.get(site_id, {}) if first <= day <= last]
            self._write(site_id, dict.fromkeys(days, RolledDay()))
        return len(days)

    def due(self, site: Site, goals_to_count: Sequence[Goal]) -> list[date]:
        """Return the days of a site to count, latest first, without days that are changing."""
        marks = {mark(goal) for goal in goals_to_count}
        now = datetime.fromtimestamp(self._clock(), UTC)
        with self._lock:
            days = self._days.get(site.id, {})
            outdated = [
                day
                for day, rolled in days.items()
                if (rolled.zone != site.timezone or not marks.issubset(rolled.goals))
                and (site.id, day) not in self._changing
            ]
        over = [day for day in outdated if day_start(day + _DAY, site.zone) + SETTLED_AFTER <= now]
        return sorted(over, reverse=True)

    def count(self, site: Site, day: date, goals_to_count: Sequence[Goal] | None = None) -> bool:
        """Count a day. False: it changed during the count. goals_to_count: default all goals of the site.

        Raises ClickHouseError, QueryLimitError, DatabaseUnavailableError.
        """
        if goals_to_count is None:
            goals_to_count = goals.list_all(self._control, site.id)
        key = (site.id, day)
        with self._lock:
            self._counting[key] = key in self._changing
        scope = DayScope(site.id, day, site.zone)
        version = self._database.query(_VERSION_SQL, {"site_id": site.id, "day": day})[0][0]
        if version or self._has_rows(scope):
            counted = self._count(site, scope, goals_to_count, version=version + 1)
        else:
            counted = RolledDay(site.timezone, is_exact=True, goals=frozenset(map(mark, goals_to_count)))
        with self._lock:
            if self._counting.pop(key):
                return False
            self._write(site.id, {day: counted})
        return True

    def merge(self) -> None:
        """Merge the counts of a year into one part, which halves the time to read long periods.

        Raises ClickHouseError, DatabaseUnavailableError.
        """
        for table in ("daily_events", "daily_visits"):
            self._database.command(f"optimize table {table} final settings optimize_skip_merged_partitions = 1")

    def _count(self, site: Site, scope: DayScope, goals_to_count: Sequence[Goal], *, version: int) -> RolledDay:
        props = self._props(scope)
        of_events = events_sql(EVENT_DIMENSIONS, has_props=True, has_goals=True)
        self._fill("daily_events", of_events, scope.event_parameters(props=props, goals=goals_to_count), version)
        self._fill("daily_visits", visits_sql(VISIT_DIMENSIONS), scope.parameters(), version)
        return RolledDay(site.timezone, self._is_exact(scope), frozenset(map(mark, goals_to_count)), frozenset(props))

    def _begin_change(self, touched: set[SiteDay]) -> None:
        with self._lock:
            self._note_change(touched)
            lost: dict[int, dict[date, RolledDay]] = {}
            for site_id, day in touched:
                self._changing[site_id, day] = self._changing.get((site_id, day), 0) + 1
                days = self._days.get(site_id, {})
                if days and (day < min(days) or days.get(day, RolledDay()).zone):
                    lost.setdefault(site_id, {})[day] = RolledDay()
            for site_id, days in lost.items():
                # Days between a new first day and the old one may have changed without `changing`.
                between = _span(min(days), min(self._days[site_id]) - _DAY)
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
        self._days.setdefault(site_id, {}).update(days)

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
        names = [name for name in self._columns(table) if name != "version"]
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

    def _columns(self, table: str) -> list[str]:
        rows = self._database.query(
            "select name from system.columns where database = currentDatabase() and table = {table:String}"
            " order by position",
            {"table": table},
        )
        return [row[0] for row in rows]

    def _today(self, zone: ZoneInfo) -> date:
        return datetime.fromtimestamp(self._clock(), zone).date()


def _span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _read(zone: str, is_exact: int, marks: str, props: str) -> RolledDay:
    keys = msgspec.json.decode(props, type=list[str]) if props else []
    return RolledDay(zone, bool(is_exact), frozenset(marks.split()), frozenset(keys))


def _keys(props: frozenset[str]) -> str:
    return msgspec.json.encode(sorted(props)).decode() if props else ""
