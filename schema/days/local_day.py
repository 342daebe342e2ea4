"""Local days: when a day begins and ends in a time zone, including days of 23 and 25 hours.

When clocks skip midnight, the day begins at the first instant after the gap. When midnight occurs twice, the day begins
at the first one.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

_EPOCH = date(1970, 1, 1)

SiteDay: TypeAlias = tuple[int, date]  # site id, local day


@dataclass(frozen=True, slots=True)
class LocalDay:
    number: int  # days since 1970-01-01
    start: int  # epoch seconds
    end: int  # epoch seconds, the next day's start


def local_day(now: float, zone: ZoneInfo) -> LocalDay:
    """Return the day of a zone that contains an instant. now: epoch seconds."""
    day = datetime.fromtimestamp(now, zone).date()
    start, end = day_start(day, zone), day_start(day + timedelta(days=1), zone)
    return LocalDay((day - _EPOCH).days, int(start.timestamp()), int(end.timestamp()))


def date_of(number: int) -> date:
    """Return the date of a day that is stored as a number of days since 1970-01-01."""
    return _EPOCH + timedelta(days=number)


def month_of(day: date) -> date:
    """Return the first day of the month of a day."""
    return day.replace(day=1)


def month_end(month: date) -> date:
    """Return the last day of a month. month: any of its days."""
    return month_of(month_of(month) + timedelta(days=31)) - timedelta(days=1)


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a local day, UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
