"""Records as the collector writes them. Fields that a test does not set have defaults.

A time is a `datetime` with a zone, or a text in UTC: `"2026-03-10 12:00"`. Days are local in `zone`.
"""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from schema.exclusions import rules
from schema.exclusions.rules import Exclusion
from schema.records.event import NO_SCROLL_DEPTH, PAGEVIEW, Event, Record, event_columns
from schema.records.visit import ATTRIBUTE_COLUMNS, Attributes, Visit, visit_columns
from schema.stores.database import Database

PARIS = ZoneInfo("Europe/Paris")
NOON = "2026-03-10 12:00"
FAR_AHEAD = date(2140, 1, 1)  # ClickHouse deletes expired rows while it inserts them
_EPOCH = date(1970, 1, 1)
_numbers = itertools.count(1)


def a_visit(
    *, start: datetime | str = NOON, last: datetime | str | None = None, zone: ZoneInfo = PARIS, **changes: Any
) -> Visit:
    """Return a visit with one page view. changes: fields of Visit or Attributes."""
    first_s = _epoch_s(start)
    last_s = first_s if last is None else _epoch_s(last)
    attributes = {name: changes.pop(name) for name in ATTRIBUTE_COLUMNS if name in changes}
    number = next(_numbers)
    pageviews = changes.get("pageviews", 1)
    page = changes.get("entry_page", "/")
    fields: dict[str, Any] = {
        "site_id": 1,
        "day": _local_day(first_s, zone),
        "visitor_id": number,
        "visit_id": number,
        "version": changes.get("events", pageviews),
        "start": first_s,
        "last": last_s,
        "duration": last_s - first_s,
        "is_bounce": pageviews == 1,
        "pageviews": pageviews,
        "events": pageviews,
        "hostname": "example.org",
        "entry_page": page,
        "exit_hostname": "example.org",
        "exit_page": page,
        "entry_props": {},
        "attributes": Attributes(**attributes),
        "expires": _days(FAR_AHEAD),
    }
    return Visit(**fields | changes)


def an_event(
    visit: Visit | None = None, *, time: datetime | str | None = None, zone: ZoneInfo = PARIS, **changes: Any
) -> Record:
    """Return a page view of a visit. changes: fields of Event; without a visit, also those of `a_visit`."""
    own = {name: changes.pop(name) for name in Event.__struct_fields__ if name in changes}
    if visit is None:
        visit = a_visit(start=time or NOON, zone=zone, entry_page=own.get("path", "/"), **changes)
    elif changes:
        raise TypeError(f"{', '.join(changes)}: these fields belong to the visit")
    time_s = visit.start if time is None else _epoch_s(time)
    fields: dict[str, Any] = {
        "day": _local_day(time_s, zone),
        "time": time_s,
        "position": 1,
        "name": PAGEVIEW,
        "hostname": visit.hostname,
        "path": visit.entry_page,
        "props": {},
        "interactive": True,
        "scroll_depth": NO_SCROLL_DEPTH,
        "engagement_ms": 0,
        "revenue_amount": None,
        "revenue_currency": "",
        "expires": visit.expires,
    }
    return Record(Event(**fields | own), visit)


def views(*paths: str, start: datetime | str = NOON, every_s: int = 60, **changes: Any) -> list[Record]:
    """Return the page views of one visit, `every_s` seconds apart."""
    first = _instant(start)
    times = [datetime.fromtimestamp(first.timestamp() + every_s * number, UTC) for number in range(len(paths))]
    visit = a_visit(
        start=first, last=times[-1], pageviews=len(paths), entry_page=paths[0], exit_page=paths[-1], **changes
    )
    zone = changes.get("zone", PARIS)
    return [
        an_event(visit, time=time, path=path, position=number, zone=zone)
        for number, (path, time) in enumerate(zip(paths, times, strict=True), start=1)
    ]


def an_exclusion(
    fields: Mapping[str, Any], *, rule_id: int = 7, site_id: int | None = None, created_at: int = 0, **more: Any
) -> Exclusion:
    """Return a stored rule. fields: as in exclusions.toml. more: fields of Rule."""
    rule = rules.read(fields, site_id=site_id, now=0)
    return Exclusion(rule_id, replace(rule, **more), created_at)


def store(database: Database, records: Iterable[Record | Visit]) -> None:
    """Store events with their visits, or visits alone, as a flush does."""
    records = list(records)
    events = [item for item in records if isinstance(item, Record)]
    visits = [item.visit if isinstance(item, Record) else item for item in records]
    token = f"factories-{next(_numbers)}"
    if events:
        database.insert("events", event_columns(events), token=token)
    if visits:
        database.insert("visits", visit_columns(visits), token=token)


def store_drops(
    database: Database, reason: str, count: int = 1, *, at: datetime | str = NOON, zone: ZoneInfo = PARIS, **ids: int
) -> None:
    """Store the number of hits that were dropped in one hour. ids: rule, and site_id, which is 1 by default."""
    local = _instant(at).astimezone(zone)
    row = {"site_id": 1, "day": _days(local.date()), "hour": local.hour, "reason": reason, "rule": 0, "count": count}
    database.insert("drops", {name: [value] for name, value in (row | ids).items()}, token=f"drops-{next(_numbers)}")


def _instant(time: datetime | str) -> datetime:
    return datetime.fromisoformat(time).replace(tzinfo=UTC) if isinstance(time, str) else time


def _epoch_s(time: datetime | str) -> int:
    return int(_instant(time).timestamp())


def _local_day(time_s: int, zone: ZoneInfo) -> int:
    return _days(datetime.fromtimestamp(time_s, zone).date())


def _days(day: date) -> int:
    return (day - _EPOCH).days
