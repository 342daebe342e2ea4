"""Delete today's visits of visitors who request it, while their visitor ids can still be computed.

Requests are batched: a mutation rewrites every part of a table, however few rows it deletes, and ClickHouse runs
mutations one after the other.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from schema.stores.database import Database

_DAY = timedelta(days=1)
# Which visits did these visitors have on these days? keys: site, local day and visitor id, the prefix of the sorting
# key, so a visitor without visits costs one index lookup. A visit across midnight keeps its old visitor id.
_FIND_SQL = """
select   distinct site_id, day, visitor_id, visit_id
from     events
where    (site_id, day, visitor_id) in {keys:Array(Tuple(UInt32, Date, UInt64))}
"""
_DELETE_SQL = """
alter table {} delete
where (site_id, day, visitor_id, visit_id) in {{rows:Array(Tuple(UInt32, Date, UInt64, UInt64))}}
settings mutations_sync = 1
"""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A visitor whose visits of today are to be deleted."""

    site_id: int
    today: date  # of the site
    numbers: frozenset[int]  # visitor ids under the existing salts
    live_visits: frozenset[int] = frozenset()  # visit ids; they may have begun yesterday without an event of today


class VisitDay(NamedTuple):
    """A visit on one day: its events, and its row of `visits` on the day it began."""

    site_id: int
    day: date
    visitor_id: int
    visit_id: int


def find(database: Database, visitors: Iterable[Visitor]) -> list[VisitDay]:
    """Return the stored visits of these visitors today, including the parts of these visits yesterday.

    Raises ClickHouseError, QueryLimitError, DatabaseUnavailableError.
    """
    visitors = list(visitors)
    keys = sorted({key for visitor in visitors for key in _keys(visitor)})
    if not keys:
        return []
    rows = [VisitDay(*row) for row in database.query(_FIND_SQL, {"keys": keys})]
    today = {(visitor.site_id, visitor.today, number) for visitor in visitors for number in visitor.numbers}
    visits = {(visitor.site_id, visit_id) for visitor in visitors for visit_id in visitor.live_visits}
    visits |= {(row.site_id, row.visit_id) for row in rows if row[:3] in today}
    return [row for row in rows if (row.site_id, row.visit_id) in visits]


def forget(database: Database, rows: Collection[VisitDay]) -> None:
    """Delete visits, with one mutation per table. Raises ClickHouseError, DatabaseUnavailableError."""
    for table in ("events", "visits"):
        database.command(_DELETE_SQL.format(table), {"rows": [tuple(row) for row in rows]})


def _keys(visitor: Visitor) -> Iterator[tuple[int, date, int]]:
    for number in visitor.numbers:
        yield visitor.site_id, visitor.today, number
        yield visitor.site_id, visitor.today - _DAY, number
