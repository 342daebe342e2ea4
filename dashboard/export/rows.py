"""Events and visits of a site as rows, with the field names that an import accepts.

They are read in pieces of some megabytes. Memory use stays low for years of a busy site, whatever the size of a row and
the number of rows in an hour.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from importlib.resources import files
from itertools import pairwise
from typing import Any

from schema.sentence import SentenceError
from schema.sites.sites import Site
from schema.stores.database import Database

SPAN_ROWS = 50_000
PIECE_BYTES = 2_000_000
ROW_BYTES = 500  # estimate for a row without its texts
FIRST, LAST = date(1970, 1, 1), date(2149, 6, 6)  # the range of a ClickHouse Date
Row = dict[str, Any]


class Kind(StrEnum):
    """What a row is."""

    EVENTS = "events"
    VISITS = "visits"


Key = tuple[int, int, int]  # epoch seconds, visit, position in the visit: the order of rows
_FIRST_KEY: Key = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Span:
    """Some hours with about SPAN_ROWS rows, or one busy hour with more."""

    start: int  # epoch seconds
    end: int  # epoch seconds, exclusive
    rows: int


class ExportRefusedError(SentenceError):
    """The site has no export of rows. The message is shown to the user."""


def check(site: Site) -> None:
    """Raise ExportRefusedError for a site whose privacy profile does not let rows leave."""
    if site.privacy.is_exempt:
        raise ExportRefusedError("This site does not export events or visits: its privacy profile is exempt.")


def spans(database: Database, site: Site, kind: Kind, *, first: date, last: date) -> list[Span]:
    """Return the spans to read for some local days of a site. Raises ExportRefusedError, and as Database.query does."""
    check(site)
    hours = database.query(_sql(f"{kind}_by_hour"), {"site_id": site.id, "first": first, "last": last})
    joined: list[Span] = []
    for start, count in hours:
        if joined and joined[-1].rows + count <= SPAN_ROWS:
            joined[-1] = Span(joined[-1].start, start + 3600, joined[-1].rows + count)
        else:
            joined.append(Span(start, start + 3600, count))
    return joined


def rows(
    database: Database, site: Site, kind: Kind, parts: Iterable[Span], *, first: date, last: date
) -> Iterator[list[Row]]:
    """Yield pieces of about PIECE_BYTES, in order of time. Raises ExportRefusedError, and as Database.query does.

    No query runs between two pieces, so a consumer may be slow.
    """
    check(site)
    make = _event if kind is Kind.EVENTS else _visit
    for span in parts:
        parameters = _parameters(site, span, first, last)
        for after, until in pairwise([_FIRST_KEY, *_cuts(database, kind, parameters)]):
            bounds = {"after": after, "until": until}
            yield [make(*row) for row in database.query(_sql(kind), parameters | bounds)]


def _parameters(site: Site, span: Span, first: date, last: date) -> dict[str, Any]:
    """Return the bounds of a span. The days are for the index, and a day wider than in UTC to cover every time zone."""
    day = timedelta(days=1)
    start, end = (datetime.fromtimestamp(moment, UTC).date() for moment in (span.start, span.end))
    return {
        "site_id": site.id,
        "first": max(first, start - day if start > FIRST else start),
        "last": min(last, end + day),
        "start": span.start,
        "end": span.end,
    }


def _cuts(database: Database, kind: Kind, parameters: Mapping[str, Any]) -> list[Key]:
    """Return the last keys of the pieces of a span."""
    sizes = {"row_bytes": ROW_BYTES, "piece_bytes": PIECE_BYTES}
    return [key for (key,) in database.query(_sql(f"{kind}_cuts"), {**parameters, **sizes})]


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
