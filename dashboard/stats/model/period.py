"""Periods: ranges of local days in the site's time zone, first and last included.

API clients may cut the first and last day short. `start` and `end` are UTC and half-open.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dashboard.stats.model.error import QueryError
from schema.days.local_day import day_start

EARLIEST = date(2000, 1, 1)
MAX_DAYS = 3653  # ten years
_ROLLING_DAYS = {"7d": 7, "28d": 28, "30d": 30, "91d": 91}
_DAY = timedelta(days=1)

_WHOLE_MONTHS = {"6mo": 6, "12mo": 12}

KEYS = ("day", "yesterday", "24h", *_ROLLING_DAYS, "month", *_WHOLE_MONTHS, "year", "all", "custom")


class Interval(StrEnum):
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


WITHIN_A_DAY = frozenset({Interval.MINUTE, Interval.HOUR})  # daily counts know neither


@dataclass(frozen=True, slots=True)
class Period:
    key: str  # one of KEYS
    first: date
    last: date
    zone: ZoneInfo
    until: datetime | None = None  # set if the last day is cut short: end of the period, UTC
    since: datetime | None = None  # set if the first day is cut short: start of the period, UTC

    @property
    def start(self) -> datetime:
        """Return the first instant, UTC."""
        return self.since or day_start(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """Return the first instant after the period, UTC."""
        return self.until or day_start(self.last + _DAY, self.zone)

    @property
    def days(self) -> int:
        """Return the number of local days, including a day that isn't over."""
        return (self.last - self.first).days + 1

    def previous(self) -> "Period | None":
        """Return the same number of days directly before, or None for all time.

        For a single day that isn't over, return the day before up to the same hour.
        """
        if self.key == "all":
            return None
        length = timedelta(days=self.days)
        before = replace(self, first=self.first - length, last=self.last - length, until=None)
        if self.days == 1 and self.until and self.until < day_start(self.last + _DAY, self.zone):
            wall_clock = self.until.astimezone(self.zone).replace(tzinfo=None) - length
            before = replace(before, until=wall_clock.replace(tzinfo=self.zone).astimezone(UTC))
        return before


def parse(
    key: str,
    *,
    zone: ZoneInfo,
    now: datetime,
    first_day: date | None,
    start: str = "",
    end: str = "",
    as_of: str = "",
) -> Period:
    """Return the period that a key means now, without future days.

    first_day: the first local day with an event, where "all" starts. start, end: YYYY-MM-DD, for "custom" only, in
    either order. as_of: YYYY-MM-DD, takes the place of today in all other periods. Raises QueryError.
    """
    today = now.astimezone(zone).date()
    as_of_day = _past_day(as_of, today=today) if as_of else today
    if key == "24h" and as_of_day == today:
        return _last_24_hours(now, zone)
    first, last = _days(key, today=as_of_day, first_day=first_day, start=start, end=end)
    last = min(last, today)
    return Period(key, first, last, zone, hour_end(now, zone) if last == today else None)


def stepped(period: Period, *, by: int) -> dict[str, str] | None:
    """Return the URL parameters of a period of the same kind, earlier (by = -1) or later (by = 1), or None.

    All time and the last 24 hours have no neighbours.
    """
    match period.key:
        case "all" | "24h":
            return None
        case "day" | "yesterday":
            return {"period": "day", "date": str(period.first + by * _DAY)}
        case "month":
            return {"period": "month", "date": str(months_later(period.first, by))}
        case "year":
            return {"period": "year", "date": str(months_later(period.first, 12 * by))}
        case "6mo" | "12mo" as key:
            ended = months_later(period.first, _WHOLE_MONTHS[key])
            return {"period": key, "date": str(months_later(ended, by * _WHOLE_MONTHS[key]))}
    length = timedelta(days=period.days) * by
    if period.key in _ROLLING_DAYS:
        return {"period": period.key, "date": str(period.last + _DAY + length)}
    return {"period": "custom", "from": str(period.first + length), "to": str(period.last + length)}


def months_later(day: date, count: int) -> date:
    """Return the first day of the month that is `count` months after the month of `day`."""
    months = day.year * 12 + day.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def intervals(period: Period) -> tuple[Interval, ...]:
    """Return the intervals that a period can be grouped by, the default first.

    A chart has at most 1,500 points, which are the minutes of a day of 25 hours. Hours are for a week at most.
    """
    if period.days == 1 or period.key == "24h":
        return (Interval.HOUR, Interval.MINUTE)
    if period.key in _FIXED_INTERVALS:
        return _FIXED_INTERVALS[period.key]
    return _by_length(period.days, weeks_first=period.key != "all")


_FIXED_INTERVALS = {
    "7d": (Interval.DAY, Interval.HOUR),
    "28d": (Interval.DAY, Interval.WEEK),
    "30d": (Interval.DAY, Interval.WEEK),
    "91d": (Interval.DAY, Interval.WEEK, Interval.MONTH),
    "month": (Interval.DAY, Interval.WEEK),
    "6mo": (Interval.MONTH, Interval.WEEK, Interval.DAY),
    "12mo": (Interval.MONTH, Interval.WEEK, Interval.DAY),
    "year": (Interval.MONTH, Interval.WEEK, Interval.DAY),
}


def _by_length(days: int, *, weeks_first: bool) -> tuple[Interval, ...]:
    if days < 7:
        return (Interval.DAY,)
    if days < 30:
        return (Interval.DAY, Interval.WEEK)
    if days < 183 and weeks_first:
        return (Interval.WEEK, Interval.DAY, Interval.MONTH)
    if days < 366:
        return (Interval.MONTH, Interval.WEEK, Interval.DAY)
    return (Interval.MONTH, Interval.WEEK)


def _days(key: str, *, today: date, first_day: date | None, start: str, end: str) -> tuple[date, date]:
    """Return the first and the last day."""
    if key in _ROLLING_DAYS:
        return today - timedelta(days=_ROLLING_DAYS[key]), today - _DAY
    match key:
        case "day":
            return today, today
        case "yesterday" | "24h":
            return today - _DAY, today - _DAY
        case "month":
            return today.replace(day=1), months_later(today, 1) - _DAY
        case "6mo" | "12mo":
            return months_later(today, -_WHOLE_MONTHS[key]), today.replace(day=1) - _DAY
        case "year":
            return date(today.year, 1, 1), date(today.year, 12, 31)
        case "all":
            return min(first_day or today, today), today
        case "custom":
            return _custom_days(start, end, today=today)
    raise QueryError("There is no period %(key)r: choose one of %(choices)s.", key=key[:20], choices=", ".join(KEYS))


def _custom_days(start: str, end: str, *, today: date) -> tuple[date, date]:
    first, last = sorted((_date(start), _date(end)))
    if first < EARLIEST:
        raise QueryError("A period can't start before %(earliest)s.", earliest=EARLIEST)
    if first > today:
        raise QueryError("A period can't start in the future.")
    if (last - first).days >= MAX_DAYS:
        raise QueryError("A period can't be longer than ten years.")
    return first, min(last, today)


def _past_day(text: str, *, today: date) -> date:
    """Return a day from EARLIEST until today; a later day of this year is today. Raises QueryError."""
    day = _date(text)
    if day < EARLIEST:
        raise QueryError("A period can't start before %(earliest)s.", earliest=EARLIEST)
    if day.year > today.year:
        raise QueryError("A period can't start in the future.")
    return min(day, today)


def _last_24_hours(now: datetime, zone: ZoneInfo) -> Period:
    until = hour_end(now, zone)
    since = until - timedelta(hours=24)
    return Period("24h", since.astimezone(zone).date(), now.astimezone(zone).date(), zone, until, since)


def _date(text: str) -> date:
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").date()  # noqa: DTZ007 - a calendar day, not an instant
    except ValueError:
        raise QueryError("%(text)r is not a date: write it as in 2026-03-29.", text=text[:20]) from None


def without_minutes(interval: Interval) -> Interval:
    """Return an interval for numbers and drawings that minutes are too fine for."""
    return Interval.HOUR if interval is Interval.MINUTE else interval


def to_the_minute(period: Period, now: datetime) -> Period:
    """Return the period without the minutes of the current hour that have not begun."""
    end = now.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    return replace(period, until=min(period.until, end)) if period.until else period


def hour_end(now: datetime, zone: ZoneInfo) -> datetime:
    """Return the end of the current local hour, UTC."""
    minute = now.astimezone(zone).minute
    return now.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=60 - minute)
