"""When a report is due, and which days it covers.

Weekly reports are due on Mondays, monthly ones on the first day of a month, at 06:00 in the time zone of the site.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schema.days.local_day import month_of
from schema.mail.subscriptions import Kind

AT = time(6)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """A report that was due."""

    first: date
    last: date
    at: datetime  # UTC


def latest(kind: Kind, zone: ZoneInfo, now: datetime) -> Due:
    """Return the report that was due last."""
    today = now.astimezone(zone).date()
    return next(due for day in _days(kind, today) if (due := _due(kind, day, zone)).at <= now)


def before(kind: Kind, first: date) -> tuple[date, date]:
    """Return the first and the last day of the week or month before the one that begins with a day."""
    last = first - _DAY
    return (first - 7 * _DAY, last) if kind is Kind.WEEKLY else (month_of(last), last)


def _days(kind: Kind, today: date) -> Iterator[date]:
    """Yield the days on which reports are due, the latest first. Today is perhaps not yet one of them."""
    day = today - today.weekday() * _DAY if kind is Kind.WEEKLY else month_of(today)
    while True:
        yield day
        day = before(kind, day)[0]


def _due(kind: Kind, day: date, zone: ZoneInfo) -> Due:
    first, last = before(kind, day)
    return Due(first, last, datetime.combine(day, AT, zone).astimezone(UTC))
