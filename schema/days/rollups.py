"""Which days of which sites are counted, and counting them.

A day is counted when it is over, and again when something of it changes. Whoever writes rows of a day says so with
`changing`: the day stops being used before the first row is in, and that is on the disk before. A day that changes
while it is being counted is counted again.
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

MAX_PROPS = 50  # keys a day: the most frequent
MAX_PROP_VALUES = 10_000  # of a key on a day; a key with more is not counted
SETTLED_AFTER = timedelta(minutes=35)  # of midnight, when most visits of the day before have ended

_DAY = timedelta(days=1)
_TABLES = ("events", "visits")
_NEVER = date(1970, 1, 1)  # what min() makes of no row
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
# A visitor's number that starts visits on two days, or a visit in more than two, can't be added up.
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
    """What is counted of a day."""

    zone: str = ""  # of the site when it was counted; "": it is not, or not any more
    is_exact: bool = False
    goals: frozenset[str] = frozenset()  # marks
    props: frozenset[str] = frozenset()  # keys; a key that is not among them is in more values than are counted, or new


@dataclass(frozen=True, slots=True)
class RolledDays:
    """What is counted of a site, at some moment."""

    zone: str
    today: date
    days: Mapping[date, RolledDay]

    def missing(self, first: date, last: date, is_usable: Callable[[RolledDay], bool]) -> list[date]:
        """Return the days that have to be counted on the spot; those still to come, and before the first, are empty."""
        if not self.days:
            return _span(first, min(last, self.today))
        span = _span(max(first, min(self.days)), min(last, self.today))
        return [day for day in span if not self._is_right(self.days.get(day)) or not is_usable(self.days[day])]

    def _is_right(self, day: RolledDay | None) -> bool:
        return day is not None and day.is_exact and day.zone == self.zone


class Rollups:
    """The days of all sites."""

    def __init__(self, control: Control, database: Database, *, clock: Callable[[], float]) -> None:
        """clock: epoch seconds. Raises sqlite3.Error."""
        self._control = control
        self._database = database
        self._clock = clock
        self._lock = threading.RLock()
        self._days: dict[int, dict[date, RolledDay]] = {}
        self._counting: dict[SiteDay, bool] = {}  # and whether the day changed since that began
        self._changing: dict[SiteDay, int] = {}  # by how many the day is being changed
        self.reload()

    def reload(self) -> None:
        """Take in what another process has written down."""
        rows = self._control.rows("select site_id, day, zone, is_exact, goals, props from rolled_days")
        days: dict[int, dict[date, RolledDay]] = {}
        for site_id, day, *rest in rows:
            days.setdefault(site_id, {})[date.fromisoformat(day)] = _read(*rest)
        with self._lock:
            self._days = days

    def of_site(self, site_id: int, zone: ZoneInfo) -> RolledDays:
        """Return what is counted of a site now."""
        with self._lock:
            return RolledDays(zone.key, self._today(zone), dict(self._days.get(site_id, {})))

    @contextmanager
    def changing(self, days: Iterable[SiteDay]) -> Iterator[None]:
        """Let nobody use days while rows of them are written, until they are counted again.

        days: site ids and local days that an event or the start of a visit is in.
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
        """Find days of a site that are over and have not been looked at. Raises as `Database.query` does."""
        firsts = [self._database.query(_FIRST_SQL.format(table), {"site_id": site.id})[0][0] for table in _TABLES]
        first = min((day for day in firsts if day != _NEVER), default=None)
        if first is None:
            return
        with self._lock:
            known = self._days.get(site.id, {})
            new = [day for day in _span(first, self._today(site.zone) - _DAY) if day not in known]
            self._write(site.id, dict.fromkeys(new, RolledDay()))

    def forget(self, site_id: int, first: date, last: date) -> int:
        """Let days be counted again, and return how many there are."""
        with self._lock:
            found = [day for day in self._days.get(site_id, {}) if first <= day <= last]
            self._write(site_id, dict.fromkeys(found, RolledDay()))
        return len(found)

    def due(self, site: Site, wanted: Sequence[Goal]) -> list[date]:
        """Return the days of a site to be counted, the latest first, but for those that are changing.

        wanted: goals that are to be counted.
        """
        marks = {mark(goal) for goal in wanted}
        now = datetime.fromtimestamp(self._clock(), UTC)
        with self._lock:
            days = self._days.get(site.id, {})
            found = [
                day
                for day, known in days.items()
                if (known.zone != site.timezone or not marks.issubset(known.goals))
                and (site.id, day) not in self._changing
            ]
        over = [day for day in found if day_start(day + _DAY, site.zone) + SETTLED_AFTER <= now]
        return sorted(over, reverse=True)

    def count(self, site: Site, day: date, wanted: Sequence[Goal] | None = None) -> bool:
        """Count a day. False: it changed meanwhile. wanted: goals to be counted, those of the site if not given.

        Raises ClickHouseError, QueryLimitError, DatabaseUnavailableError.
        """
        wanted = goals.list_all(self._control, site.id) if wanted is None else wanted
        key = (site.id, day)
        with self._lock:
            self._counting[key] = key in self._changing
        local = DayScope(site.id, day, site.zone)
        known = self._database.query(_VERSION_SQL, {"site_id": site.id, "day": day})[0][0]
        if known or self._has_rows(local):
            counted = self._count(site, local, wanted, version=known + 1)
        else:
            counted = RolledDay(site.timezone, is_exact=True, goals=frozenset(map(mark, wanted)))
        with self._lock:
            if self._counting.pop(key):
                return False
            self._write(site.id, {day: counted})
        return True

    def merge(self) -> None:
        """Put the counts of a year into one part, which long periods are read from in half the time.

        Raises ClickHouseError, DatabaseUnavailableError.
        """
        for table in ("daily_events", "daily_visits"):
            self._database.command(f"optimize table {table} final settings optimize_skip_merged_partitions = 1")

    def _count(self, site: Site, local: DayScope, wanted: Sequence[Goal], *, version: int) -> RolledDay:
        props = self._props(local)
        of_events = events_sql(EVENT_DIMENSIONS, has_props=True, has_goals=True)
        self._fill("daily_events", of_events, local.event_parameters(props=props, goals=wanted), version)
        self._fill("daily_visits", visits_sql(VISIT_DIMENSIONS), local.parameters(), version)
        return RolledDay(site.timezone, self._is_exact(local), frozenset(map(mark, wanted)), frozenset(props))

    def _begin_change(self, touched: set[SiteDay]) -> None:
        with self._lock:
            self._note_change(touched)
            lost: dict[int, dict[date, RolledDay]] = {}
            for site_id, day in touched:
                self._changing[site_id, day] = self._changing.get((site_id, day), 0) + 1
                known = self._days.get(site_id, {})
                if known and (day < min(known) or known.get(day, RolledDay()).zone):
                    lost.setdefault(site_id, {})[day] = RolledDay()
            for site_id, days in lost.items():
                # What lies between an earlier first day and the one before may have come without a word.
                between = _span(min(days), min(self._days[site_id]) - _DAY)
                self._write(site_id, dict.fromkeys(between, RolledDay()) | days)

    def _note_change(self, touched: set[SiteDay]) -> None:
        for key in touched & self._counting.keys():
            self._counting[key] = True

    def _write(self, site_id: int, days: Mapping[date, RolledDay]) -> None:
        """Keep what is known of days, on the disk first. The site may be gone."""
        if not days:
            return
        rows = [
            (site_id, day.isoformat(), known.zone, known.is_exact, " ".join(sorted(known.goals)), _keys(known.props))
            for day, known in days.items()
        ]
        with self._control.write() as connection:
            if connection.execute("select 1 from sites where id = ?", (site_id,)).fetchone() is None:
                return
            connection.executemany("replace into rolled_days values (?, ?, ?, ?, ?, ?)", rows)
        self._days.setdefault(site_id, {}).update(days)

    def _props(self, local: DayScope) -> list[str]:
        parameters = local.parameters() | {"props": MAX_PROPS}
        del parameters["start"]
        return [key for key, different in self._database.query(_PROPS_SQL, parameters) if different <= MAX_PROP_VALUES]

    def _has_rows(self, local: DayScope) -> bool:
        """Tell whether anything happened on a day: a site has days on which nobody came."""
        parameters = local.parameters()
        del parameters["before"]
        return bool(self._database.query(_ROWS_SQL, parameters)[0][0])

    def _is_exact(self, local: DayScope) -> bool:
        parameters = local.parameters() | {"after": day_start(local.day + 2 * _DAY, local.zone)}
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
        # Values that were there before, and are not any more.
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
