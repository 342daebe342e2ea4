"""Replace the rows of closed days by rows with other numbers of visitors and visits, or by none.

The new rows are prepared in tables of their own. Then the old rows are hidden and the new ones attached while no query
runs, so that no answer has both or neither. Hidden rows are removed from the disk afterwards. `replace_rows` can be
repeated after a crash: it finds old and new rows by the table of numbers, which exists until `finish`.

A new number has the day (days since 1970-01-01) in its upper 32 bits and an ordinal in the lower ones, in random order.
So it belongs to one day, like the number it replaces, and counts of different numbers over several days stay the same.
A number that looks like an ordinal of the row's day or its neighbours is not replaced again. One in a billion hashes
looks so by chance, and stays.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from schema.stores import mutations
from schema.stores.database import Database

TABLES = ("events", "visits")
IS_NUMBERED = "bitShiftRight(visitor_id, 32) between toUInt16(day) - 1 and toUInt16(day) + 1"

_NUMBERS = "closing_numbers"
_NUMBERS_SQL = Path(__file__).with_name("closing_numbers.sql").read_text()
_ROWS_SQL = Path(__file__).with_name("closing_rows.sql").read_text()
_TABLE_OF_NUMBERS = f"""
create table {_NUMBERS} (visitor_id UInt64, visit_id UInt64, visitor UInt64, visit UInt64)
engine = MergeTree
order by (visitor_id, visit_id)
settings fsync_after_insert = 1, fsync_part_directory = 1
"""
_DAYS_SQL = """
select   day, sum(is_hash), count()
from (
    select day, not (<is_numbered>) as is_hash
    from   events
    where  site_id = {site_id:UInt32} and day between {first:Date} and {last:Date}
    union all
    select day, not (<is_numbered>) as is_hash
    from   visits
    where  site_id = {site_id:UInt32} and day between {first:Date} and {last:Date}
)
group by day
"""
_HIGHEST_SQL = """
select   toUInt16(day), max(bitAnd(visitor_id, 4294967295)), max(bitAnd(visit_id, 4294967295))
from     <table>
where    site_id = {site_id:UInt32}
  and    day between {first:Date} and {last:Date}
  and    bitShiftRight(visitor_id, 32) = toUInt16(day)
group by day
"""
_OLD_ROWS = """site_id = {site_id:UInt32}
  and  day between {first:Date} - 1 and {last:Date} + 1
  and  (visitor_id in (select visitor_id from closing_numbers)
        or visitor_id in (select visitor from closing_numbers)
        or ({is_final:UInt8} and day between {first:Date} and {last:Date})
        or ({is_final:UInt8} and day < {first:Date} and <is_numbered>))"""
_PARTITIONS_SQL = f"""
select distinct _partition_id from <table>
where  {_OLD_ROWS}
union distinct
select distinct _partition_id from closing_<table>
"""  # noqa: S608 - our own text
_HIDE_SQL = f"""
delete from <table> in partition id '<partition>'
where  {_OLD_ROWS}
settings lightweight_deletes_sync = 1
"""  # noqa: S608 - our own text
_MASKED_SQL = """
select distinct table, partition_id
from   system.parts
where  database = currentDatabase()
  and  table in ('events', 'visits')
  and  active
  and  has_lightweight_delete
order by table, partition_id
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Days of a site, one after the other, that are closed together."""

    site_id: int
    first: date
    last: date
    zone: str  # IANA name
    is_final: bool  # no rows are kept
    keeps_next: bool = True  # final: the day after the last is still open, and its visits need their earlier rows

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of all statements."""
        return {
            "site_id": self.site_id,
            "first": self.first,
            "last": self.last,
            "zone": self.zone,
            "is_final": int(self.is_final),
            "keeps_next": int(self.keeps_next),
        }


@dataclass(frozen=True, slots=True)
class DayRows:
    """Numbers of rows of a day, of events and visits together."""

    hashed: int = 0  # with numbers that are not ordinals yet
    all: int = 0


def rows_of(database: Database, site_id: int, first: date, last: date) -> dict[date, DayRows]:
    """Return the rows of each day that has any. Raises as `Database.query` does."""
    sql = _filled(_DAYS_SQL, is_numbered=IS_NUMBERED)
    rows = database.query(sql, {"site_id": site_id, "first": first, "last": last})
    return {day: DayRows(*counts) for day, *counts in rows}


def prepare(database: Database, batch: Batch) -> None:
    """Create the new rows of a batch where no query sees them. Its rows must not change until `replace_rows`.

    Raises as `Database.derive` does.
    """
    finish(database)
    database.command(_TABLE_OF_NUMBERS)
    database.derive(_filled(_NUMBERS_SQL, is_numbered=IS_NUMBERED), batch.parameters() | _highest(database, batch))
    for table in TABLES:
        database.command(f"create table closing_{table} as {table}")
        columns = database.columns(table)
        values = [_NEW_VALUES.get(column, column) for column in columns]
        sql = _filled(
            _ROWS_SQL,
            table=table,
            columns=", ".join(columns),
            values=", ".join(values),
            rows="visits final" if table == "visits" else table,
        )
        database.derive(sql, batch.parameters())


def replace_rows(database: Database, batch: Batch) -> None:
    """Put the prepared rows in the place of the old ones. Repeating it changes nothing.

    Raises as `Database.command` does.
    """
    for table in TABLES:
        mutations.wait(database, table)  # a running mutation would keep the deletion waiting, and all queries with it
    partitions = [(table, partition) for table in TABLES for partition in _partitions(database, table, batch)]
    with database.undisturbed():
        for table, partition in partitions:
            hide = _filled(_HIDE_SQL, table=table, partition=partition, is_numbered=IS_NUMBERED)
            database.command(hide, batch.parameters())
            database.command(f"alter table {table} attach partition id '{partition}' from closing_{table}")


def finish(database: Database) -> None:
    """Delete the tables of `prepare`."""
    for table in (_NUMBERS, *(f"closing_{table}" for table in TABLES)):
        database.command(f"drop table if exists {table} sync")


def sweep(database: Database, *, is_stopping: Callable[[], bool] = lambda: False) -> bool:
    """Remove hidden rows from the disk. ClickHouse deletes the files that had them a minute later.

    is_stopping: asked before each partition. False: some are left.
    """
    for table, partition in sorted({tuple(row) for row in database.everywhere(_MASKED_SQL)}):
        if is_stopping():
            return False
        database.command(
            f"alter table {table} apply deleted mask in partition id '{partition}' settings mutations_sync = 1"
        )
    return True


_HOUR = "if({} and toDate({}, {{zone:String}}) <= {{last:Date}}, toStartOfHour({}, {{zone:String}}), {})"
_IS_FINAL = "{is_final:UInt8}"
_NEW_VALUES = {
    "visitor_id": "if(visitor = 0, visitor_id, visitor)",
    "visit_id": "if(visit = 0, visit_id, visit)",
} | {column: _HOUR.format(_IS_FINAL, column, column, column) for column in ("time", "start", "last")}


def _highest(database: Database, batch: Batch) -> dict[str, Any]:
    """Return the highest ordinals that days already have, as parameters of closing_numbers.sql."""
    visitors, visits = dict[int, int](), dict[int, int]()
    for table in TABLES:
        for number, visitor, visit in database.query(_filled(_HIGHEST_SQL, table=table), batch.parameters()):
            visitors[number] = max(visitor, visitors.get(number, 0))
            visits[number] = max(visit, visits.get(number, 0))
    days = sorted(visitors)
    return {
        "days": days,
        "visitors": [visitors[number] for number in days],
        "visits": [visits[number] for number in days],
    }


def _partitions(database: Database, table: str, batch: Batch) -> list[str]:
    """Return the partitions that have old or new rows of a batch."""
    sql = _filled(_PARTITIONS_SQL, table=table, is_numbered=IS_NUMBERED)
    return sorted({row[0] for row in database.everywhere(sql, batch.parameters())})


def _filled(sql: str, **names: str) -> str:
    """Return a statement with the names of tables and columns, and expressions of ours, in place of <name>."""
    for name, text in names.items():
        sql = sql.replace(f"<{name}>", text)
    return sql
