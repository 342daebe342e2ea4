"""When does a day begin and end in a time zone? Days of 23 and 25 hours included."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class LocalDay:
    number: int  # days since 1970-01-01
    start: int  # epoch seconds
    end: int  # epoch seconds, the next day's start


def local_day(now: float, zone: ZoneInfo) -> LocalDay:
    """Return the day of a zone that holds an instant given in epoch seconds."""
    day = datetime.fromtimestamp(now, zone).date()
    return LocalDay((day - _EPOCH).days, _midnight(day, zone), _midnight(day + timedelta(days=1), zone))


def _midnight(day: date, zone: ZoneInfo) -> int:
    # A midnight that a clock change skips counts with the offset before it: the first instant after the gap.
    return int(datetime.combine(day, time(), zone).timestamp())
