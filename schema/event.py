"""An event as it is stored. There is no field to put an address in.

Encoded as arrays in spool records: add fields at the end, with a default, and never reorder.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from schema.visit import Visit, columns_of

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
    scroll_depth: int  # percent; NO_SCROLL_DEPTH: none
    engagement_ms: int
    revenue_amount: Decimal | None
    revenue_currency: str
    expires: int  # days since 1970-01-01


class Record(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the spool holds for one event: the event, and its visit as it stood right after."""

    event: Event
    visit: Visit


def event_columns(records: Sequence[Record]) -> dict[str, list[Any]]:
    """Return column name -> values, one per record, for an insert into `events`. records: one at least."""
    visits = [record.visit for record in records]
    keys = {name: [getattr(visit, name) for visit in visits] for name in ("site_id", "visitor_id", "visit_id")}
    own = columns_of([record.event for record in records])
    return keys | own | columns_of([visit.attributes for visit in visits])
