"""Visits: the events of one visitor on one site without a pause of 30 minutes.

Spool records encode these structs as arrays: add fields at the end only, with a default, and never reorder.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import astuple

from schema.stores.database import Database


class Attributes(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Acquisition, location and device of a visit, from its first event. Empty string or 0: unknown."""

    referrer: str = ""
    source: str = ""
    channel: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_content: str = ""
    utm_term: str = ""
    click_id_param: str = ""
    country: str = ""  # ISO 3166-1 alpha-2
    region: str = ""  # ISO 3166-2
    city: int = 0  # GeoNames id
    browser: str = ""
    browser_version: str = ""
    os: str = ""
    os_version: str = ""
    device: str = ""  # Desktop, Mobile, Tablet
    region_name: str = ""
    city_name: str = ""


class Visit(msgspec.Struct, array_like=True, gc=False):
    """The state of a visit after its latest event. Only `ingest.visits.live_visits` changes it."""

    site_id: int
    day: int  # local day of the start, days since 1970-01-01
    visitor_id: int  # 64 bits
    visit_id: int  # 64 bits
    version: int  # events so far, without engagement
    start: int  # epoch seconds
    last: int  # epoch seconds, without engagement
    duration: int  # seconds
    is_bounce: bool
    pageviews: int
    events: int  # page views and custom events
    hostname: str
    entry_page: str
    exit_hostname: str
    exit_page: str
    entry_props: dict[str, str]
    attributes: Attributes
    expires: int  # days since 1970-01-01


ATTRIBUTE_COLUMNS = Attributes.__struct_fields__
OWN_COLUMNS = tuple(name for name in Visit.__struct_fields__ if name != "attributes")
_TRANSPOSED_AT_ONCE = 500
_READ_AS = {
    "day": "toUInt16(day)",
    "expires": "toUInt16(expires)",
    "start": "toUnixTimestamp(start)",
    "last": "toUnixTimestamp(last)",
    "is_bounce": "toBool(is_bounce)",  # spool records need a bool, not a number
}


def columns_of(items: Sequence[msgspec.Struct]) -> dict[str, list[Any]]:
    """Return field name -> values. items: of one type, not empty."""
    columns: dict[str, list[Any]] = {name: [] for name in items[0].__struct_fields__}
    # Item by item takes three times as long, and all at once blocks other threads for 10 ms.
    for first in range(0, len(items), _TRANSPOSED_AT_ONCE):
        transposed = zip(*map(astuple, items[first : first + _TRANSPOSED_AT_ONCE]), strict=True)
        for column, values in zip(columns.values(), transposed, strict=True):
            column.extend(values)
    return columns


def visit_columns(visits: Sequence[Visit]) -> dict[str, list[Any]]:
    """Return column name -> values for an insert into `visits`. visits: not empty."""
    own = columns_of(visits)
    attributes = own.pop("attributes")
    return own | columns_of(attributes)


def recent_visits(database: Database, *, since: int) -> list[Visit]:
    """Return the latest state of visits with an event at or after an instant. since: epoch seconds.

    Reads the last days only: a live visit began at most a week ago.
    """
    columns = ", ".join(_READ_AS.get(name, name) for name in (*OWN_COLUMNS, *ATTRIBUTE_COLUMNS))
    rows = database.query(
        f"select {columns} from visits final"  # noqa: S608 (names of our own columns)
        " where day >= toDate({since:UInt32}) - 8 and last >= toDateTime({since:UInt32})",
        {"since": since},
    )
    own = len(OWN_COLUMNS)
    return [Visit(**dict(zip(OWN_COLUMNS, row[:own], strict=True)), attributes=Attributes(*row[own:])) for row in rows]
