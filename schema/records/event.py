"""Events as they are stored. There is no field for an IP address.

Spool records encode them as arrays: add fields at the end only, with a default, and never reorder.
"""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from schema.records.visit import Visit, columns_of
from schema.stores.database import Database

PAGEVIEW = "pageview"
ENGAGEMENT = "engagement"
NO_SCROLL_DEPTH = 255


class Event(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One page view, custom event or engagement event of a visit."""

    day: int  # local day, days since 1970-01-01
    time: int  # epoch seconds
    position: int  # number within the visit, from 1
    name: str
    hostname: str
    path: str
    props: dict[str, str]
    interactive: bool
    scroll_depth: int  # percent, or NO_SCROLL_DEPTH
    engagement_ms: int
    revenue_amount: Decimal | None
    revenue_currency: str
    expires: int  # days since 1970-01-01
    import_id: str = ""  # empty: a live event


class Record(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An event, with the state of its visit after it."""

    event: Event
    visit: Visit


def event_columns(records: Sequence[Record]) -> dict[str, list[Any]]:
    """Return column name -> values for an insert into `events`. records: not empty."""
    visits = [record.visit for record in records]
    keys = {name: [getattr(visit, name) for visit in visits] for name in ("site_id", "visitor_id", "visit_id")}
    own = columns_of([record.event for record in records])
    return keys | own | columns_of([visit.attributes for visit in visits])


def not_stored(database: Database, records: Sequence[Record]) -> list[Record]:
    """Return the records whose events are not in the table yet, in order. Raises as Database.query does.

    Visit and position identify an event, except engagement events, which share a position: those are compared by
    content and counted. One statement, bounded by the sites, days and visitors of the records.
    """
    rows = database.everywhere(
        _STORED_SQL,
        {
            "sites": sorted({record.visit.site_id for record in records}),
            "days": sorted({record.event.day for record in records}),
            "visitors": sorted({record.visit.visitor_id for record in records}),
            "visits": sorted({record.visit.visit_id for record in records}),
        },
    )
    stored = Counter({(visit_id, *rest): count for visit_id, *rest, count in rows})
    missing = []
    for record in records:
        event = record.event
        key = (record.visit.visit_id, event.position, event.name, event.time, event.scroll_depth, event.engagement_ms)
        if stored[key]:
            stored[key] -= 1
        else:
            missing.append(record)
    return missing


_STORED_SQL = """
select   visit_id, position, name, toUnixTimestamp(time), scroll_depth, engagement_ms, count()
from     events
where    site_id in {sites:Array(UInt32)}
  and    day in arrayMap(day -> toDate(day), {days:Array(UInt16)})
  and    visitor_id in {visitors:Array(UInt64)}
  and    visit_id in {visits:Array(UInt64)}
group by visit_id, position, name, time, scroll_depth, engagement_ms
"""
