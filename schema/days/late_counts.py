"""Add the events that arrived after a day was closed for good to the daily counts of the day.

The rows of such a day were deleted, so it can't be counted again. The late rows are counted alone, and their counts
added to the stored ones. A visitor or visit with earlier events of that day counts again.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from schema.days.counts import EVENT_DIMENSIONS, VISIT_DIMENSIONS, DayScope, events_sql, mark, visits_sql
from schema.days.local_day import SiteDay
from schema.days.renumbering import IS_NUMBERED
from schema.days.rolled_days import RolledDay
from schema.measures.goals import Goal
from schema.stores.database import Database

_TABLES = ("events", "visits")
_KEYS = ("site_id", "dimension", "value", "day")
_VERSION_SQL = """
select max(version) from (
    select version from daily_events where site_id = {site_id:UInt32} and day = {day:Date}
    union all
    select version from daily_visits where site_id = {site_id:UInt32} and day = {day:Date}
)
"""
_COPY_SQL = f"""
insert into late_<table>
select *
from   <table>
where  site_id = {{site_id:UInt32}}
  and  day between {{day:Date}} - 1 and {{day:Date}} + 1
  and  not ({IS_NUMBERED})
"""  # noqa: S608 - our own text
# Values that an interrupted call added already have the new version.
_ADD_SQL = """
insert into <table> (<columns>, version)
select   <sums>, {version:UInt64}
from (
    select <columns> from (
<late>
    )
    union all
    select <columns>
    from   <table> final
    where  site_id = {site_id:UInt32} and day = {day:Date}
)
where    (dimension, value) not in (
             select dimension, value
             from   <table>
             where  site_id = {site_id:UInt32} and day = {day:Date} and version = {version:UInt64}
         )
group by site_id, dimension, value, day
"""


def next_version(database: Database, key: SiteDay) -> int:
    """Return the version of the counts of a day that comes next. Raises as `Database.query` does."""
    site_id, day = key
    return int(database.query(_VERSION_SQL, {"site_id": site_id, "day": day})[0][0]) + 1


def add(
    database: Database, key: SiteDay, *, rolled: RolledDay, goals: Sequence[Goal], last_day: date, version: int
) -> None:
    """Add the counts of the late rows of a day to its counts. Repeating it with the same version changes nothing.

    rolled: what the counts contain; nothing else is added. goals: those of the site. last_day: of keeping the counts.
    Raises as `Database.derive` does.
    """
    site_id, day = key
    scope = DayScope(site_id, day, ZoneInfo(rolled.zone or "UTC"))
    counted = [goal for goal in goals if mark(goal) in rolled.goals]
    of_events = events_sql(EVENT_DIMENSIONS, has_props=True, has_goals=True)
    clear(database)
    for rows in _TABLES:
        _copy(database, rows, scope)
    if any(database.query(f"select count() from late_{rows}")[0][0] for rows in _TABLES):  # noqa: S608 - our own names
        more = {"last_day": last_day, "version": version}
        of_day = scope.event_parameters(props=rolled.props, goals=counted)
        _add(database, "daily_events", of_events, of_day | more)
        _add(database, "daily_visits", visits_sql(VISIT_DIMENSIONS), scope.parameters() | more)
    clear(database)


def clear(database: Database) -> None:
    """Delete tables that an interrupted call left."""
    for table in _TABLES:
        database.command(f"drop table if exists late_{table} sync")


def _copy(database: Database, table: str, scope: DayScope) -> None:
    """Copy the rows that are not counted yet: those of the former closing have ordinals."""
    database.command(f"create table late_{table} as {table}")
    database.derive(_COPY_SQL.replace("<table>", table), {"site_id": scope.site_id, "day": scope.day})


def _add(database: Database, table: str, late: str, parameters: Mapping[str, Any]) -> None:
    names = [name for name in database.columns(table) if name != "version"]
    sums = [name if name in _KEYS else f"{'max' if name == 'expires' else 'sum'}({name})" for name in names]
    for rows in _TABLES:
        late = late.replace(f"from   {rows}", f"from   late_{rows}")
    sql = _ADD_SQL.replace("<columns>", ", ".join(names)).replace("<sums>", ", ".join(sums))
    database.derive(sql.replace("<table>", table).replace("<late>", late), parameters)
