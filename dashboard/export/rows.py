"""Events and visits of a site as rows of fields, under the names that an import takes.

They are read in pieces of some ten thousand rows, so that years of a busy site pass through little memory.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files
from typing import Any

from schema.database import Database
from schema.sites import Site

PIECE_ROWS = 50_000
FIRST, LAST = date(1970, 1, 1), date(2149, 6, 6)  # what a Date can hold
Row = dict[str, Any]


class Kind(StrEnum):
    """What a row is."""

    EVENTS = "events"
    VISITS = "visits"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some hours, with about PIECE_ROWS rows."""

    start: int  # epoch seconds
    end: int  # epoch seconds, of the first instant after it
    rows: int


def pieces(database: Database, site: Site, kind: Kind, *, first: date, last: date) -> list[Piece]:
    """Return what is to be read for the local days of a site. Raises as Database.query does."""
    hours = database.query(_sql(f"{kind}_by_hour"), {"site_id": site.id, "first": first, "last": last})
    found: list[Piece] = []
    for start, count in hours:
        if found and found[-1].rows + count <= PIECE_ROWS:
            found[-1] = Piece(found[-1].start, start + 3600, found[-1].rows + count)
        else:
            found.append(Piece(start, start + 3600, count))
    return found


def rows(
    database: Database, site: Site, kind: Kind, wanted: Iterable[Piece], *, first: date, last: date
) -> Iterator[list[Row]]:
    """Yield the rows of each piece, in order of time. Raises as Database.query does."""
    make = _event if kind is Kind.EVENTS else _visit
    for piece in wanted:
        parameters = {"site_id": site.id, "first": first, "last": last, "start": piece.start, "end": piece.end}
        yield [make(*row) for row in database.query(_sql(kind), parameters)]


def _sql(name: str) -> str:
    return files("dashboard.export").joinpath(f"{name}.sql").read_text("utf-8")


_ATTRIBUTES = (
    *("referrer", "source", "channel", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"),
    *("click_id_param", "browser", "browser_version", "os", "os_version", "screen_size", "country", "subdivision1"),
    *("region_name", "city", "city_name"),
)
_EVENT_NAMES = (
    *("name", "time", "visitor", "visit", "hostname", "pathname", *_ATTRIBUTES, "props", "revenue"),
    *("scroll_depth", "engagement_time", "interactive"),
)
_VISIT_NAMES = (
    *("visit", "visitor", "time", "last_time", "hostname", "entry_page", "exit_hostname", "exit_page", *_ATTRIBUTES),
    *("props", "pageviews", "events", "is_bounce", "duration"),
)


def _event(*values: Any) -> Row:
    *others, amount, currency, depth, engagement_ms, interactive = values
    revenue = None if amount is None else {"amount": amount, "currency": currency}
    return dict(zip(_EVENT_NAMES, (*others, revenue, depth, engagement_ms, bool(interactive)), strict=True))


def _visit(*values: Any) -> Row:
    *others, is_bounce, duration = values
    return dict(zip(_VISIT_NAMES, (*others, bool(is_bounce), duration), strict=True))
