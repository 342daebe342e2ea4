"""Who was on a site in the last half hour, in one statement.

Numbers of the whole half hour and of each minute, and rows of the last five minutes by page, source and country.
Attention alone is not activity: a tab that was left open does not count, unless a goal counts scrolling.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from dashboard.stats.model.filters import Filter, Reaches
from dashboard.stats.model.metrics import Metric, Table
from dashboard.stats.model.period import Period
from dashboard.stats.model.query import Query
from dashboard.stats.protection import limits, rounding
from dashboard.stats.protection.limits import REST
from dashboard.stats.reports.realtime import WINDOW
from dashboard.stats.sql import in_period
from dashboard.stats.sql.conditions import hold
from dashboard.stats.sql.fragment import Fragment, fill, join, value
from schema.privacy.profile import Privacy
from schema.stores.database import Database

MINUTES = 30
KINDS = ("page", "source", "country")
_SQL = Path(__file__).with_suffix(".sql").read_text()
_PLACE = re.compile(r"\{(\w+)\}")
_ROWS = MINUTES + 2  # at least as many as there are minutes
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Count:
    """Visitors with their page views, and with page views and custom events."""

    value: str
    visitors: int = 0
    pageviews: int = 0
    events: int = 0


@dataclass(frozen=True, slots=True)
class LastMinutes:
    """The last half hour of a site."""

    current: Count  # of the last five minutes
    total: Count
    minutes: tuple[Count, ...]  # MINUTES of them, the latest last
    rows: Mapping[str, Sequence[Count]]  # by KINDS, of the last five minutes, most visitors first


def period(zone: ZoneInfo, now: datetime) -> Period:
    """Return the last half hour, with the current second."""
    end = now.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
    start = end - MINUTES * _MINUTE
    return Period("custom", start.astimezone(zone).date(), end.astimezone(zone).date(), zone, end, start)


def starts(period: Period) -> list[datetime]:
    """Return the starts of the minutes of a half hour, UTC."""
    return [period.start + number * _MINUTE for number in range(MINUTES)]


def last_minutes(
    database: Database, site_id: int, period: Period, filters: Sequence[Filter] = (), *, privacy: Privacy
) -> LastMinutes:
    """Return the numbers of the half hour that `period` returned. privacy: of the site.

    Raises QueryError for filters that an exempt site does not accept. Its rows end with the rest, without a number.
    """
    if privacy.is_exempt:
        limits.check_rows_of_now(tuple(filters), privacy)
    counts: dict[str, list[Count]] = {}
    statement = _statement(Query(site_id, period, (Metric.VISITORS,), filters=tuple(filters)))
    for kind, *columns in database.query(statement.sql, statement.params):
        counts.setdefault(kind, []).append(Count(*columns))
    if privacy.is_exempt:
        counts = {kind: _protected(kind, every) for kind, every in counts.items()}
        if not privacy.stores_acquisition:
            counts.pop("source", None)
    by_minute = {count.value: count for count in counts.get("minute", ())}
    return LastMinutes(
        current=_only(counts.get("now", ())),
        total=_only(counts.get("", ())),
        minutes=tuple(by_minute.get(str(number), Count(str(number))) for number in range(1, MINUTES + 1)),
        rows={kind: counts.get(kind, []) for kind in KINDS},
    )


def _protected(kind: str, counts: Sequence[Count]) -> list[Count]:
    shown = [
        Count(
            count.value,
            rounding.shown(count.visitors, count.visitors),
            rounding.shown(count.pageviews, count.visitors),
            rounding.shown(count.events, count.visitors),
        )
        for count in counts
        if rounding.is_shown(count.visitors)
    ]
    return [*shown, Count(REST)] if kind in KINDS and len(shown) < len(counts) else shown


def _only(counts: Sequence[Count]) -> Count:
    return counts[0] if counts else Count("")


def _statement(query: Query) -> Fragment:
    is_active = [] if any(isinstance(node, Reaches) for node in query.filters) else [Fragment("name != 'engagement'")]
    conditions = [hold(Table.EVENTS, query.filters, query)] if query.filters else []
    parts = {
        "minutes": value("Array(UInt32)", [int(start.timestamp()) for start in starts(query.period)]),
        # Times are whole seconds, and the period ends after the current one.
        "recent": value("DateTime('UTC')", query.period.end - timedelta(seconds=1) - WINDOW),
        "period": in_period.of_events(query),
        "filters": join("\nand ", [*is_active, *conditions]),
        "rows": value("UInt32", _ROWS),
    }
    return fill(_PLACE.sub("{}", _SQL), *(parts[name] for name in _PLACE.findall(_SQL)))
