"""Date ranges of the Stats API as periods.

Relative ranges of days and months end before the present one; `day`, `month` and `year` are whole, with what is still
to come, unless they are trimmed. Ends are included: that of a date with its last second, that of an instant with its
own.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.stats.model.buckets import buckets
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.period import EARLIEST, Interval, Period, hour_end

MAX_RELATIVE_DAYS = 5000
MAX_RELATIVE_MONTHS = 100
MAX_BUCKETS = 10_000
LATEST = date(2100, 1, 1)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_RELATIVE = re.compile(r"([1-9]\d{0,3})(d|mo)", re.ASCII)


def parse(
    asked: Any, *, zone: ZoneInfo, now: datetime, first_day: Callable[[], date | None], is_trimmed: bool = False
) -> Period:
    """Return the period a date range means now. Raises QueryError.

    asked: parsed JSON, a word or a pair of dates or instants. first_day: where `all` begins.
    is_trimmed: whether `day`, `month` and `year` end with the present hour or day.
    """
    today = now.astimezone(zone).date()
    if asked == "24h":
        return _exact(now - timedelta(hours=24), now, zone)
    if isinstance(asked, list):
        return _pair(asked, zone)
    if not isinstance(asked, str):
        raise _invalid(asked)
    if asked == "all":
        return _days(min(first_day() or today, today), today, zone)
    first, last = _relative(asked, today)
    if is_trimmed and last >= today:
        until = hour_end(now, zone) if asked == "day" else None
        return replace(_days(first, today, zone), until=until)
    return _days(first, last, zone)


def bounded(day: date) -> date:
    """Return a day that a program names, if a period can lie around it. Raises QueryError.

    Every such day passes here before anything is reckoned with it: what is a few months away, or at the other end of
    a comparison, is a day of the calendar then, in every time zone.
    """
    if not EARLIEST <= day <= LATEST:
        raise QueryError(f"A period lies between {EARLIEST} and {LATEST}")
    return day


def interval_of(period: Period) -> Interval:
    """Return what `time` means for a period of this length."""
    length = period.end - period.start
    if length <= timedelta(hours=48):
        return Interval.HOUR
    if length <= timedelta(days=40):
        return Interval.DAY
    return Interval.WEEK if length <= timedelta(weeks=52) else Interval.MONTH


def check_buckets(period: Period, interval: Interval) -> None:
    """Raise QueryError where a period falls into too many pieces."""
    if (interval is Interval.HOUR and period.days * 24 > MAX_BUCKETS + 48) or len(
        buckets(period, interval)
    ) > MAX_BUCKETS:
        raise QueryError(
            f"The period has more than {MAX_BUCKETS:,} intervals of one {interval.value}: ask for a shorter one, or for"
            " longer intervals"
        )


def _relative(asked: str, today: date) -> tuple[date, date]:
    """Return the first and the last day."""
    match asked:
        case "day":
            return today, today
        case "month":
            return today.replace(day=1), _months_before(today, -1) - _DAY
        case "year":
            return date(today.year, 1, 1), date(today.year, 12, 31)
    found = _RELATIVE.fullmatch(asked)
    if found is None:
        raise _invalid(asked)
    count = int(found[1])
    if found[2] == "d" and count <= MAX_RELATIVE_DAYS:
        return today - timedelta(days=count), today - _DAY
    if found[2] == "mo" and count <= MAX_RELATIVE_MONTHS:
        return _months_before(today, count), today.replace(day=1) - _DAY
    raise _invalid(asked)


def _months_before(day: date, count: int) -> date:
    """Return the first day of the month that is so many before that of a day."""
    months = day.year * 12 + day.month - 1 - count
    return date(months // 12, months % 12 + 1, 1)


def _pair(asked: list[Any], zone: ZoneInfo) -> Period:
    match asked:
        case [str(start), str(end)]:
            dates = [found for text in (start, end) if (found := _date(text))]
            if len(dates) == 2:
                return _days(min(dates), max(dates), zone)
            instants = [found for text in (start, end) if (found := _instant(text))]
            if len(instants) == 2:
                return _exact(min(instants), max(instants), zone)
    raise _invalid(asked)


def _date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if len(text) == len("2026-03-29") else None
    except ValueError:
        return None
    return bounded(day) if day else None


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    bounded(found.date())
    return None if found.tzinfo is None else found.astimezone(UTC).replace(microsecond=0)


def _days(first: date, last: date, zone: ZoneInfo) -> Period:
    return Period("custom", bounded(first), bounded(last), zone)


def _exact(start: datetime, last: datetime, zone: ZoneInfo) -> Period:
    """Return the period between two instants, both included."""
    days = _days(start.astimezone(zone).date(), last.astimezone(zone).date(), zone)
    return replace(days, since=start.replace(microsecond=0), until=last.replace(microsecond=0) + _SECOND)


def _invalid(asked: Any) -> QueryError:
    return QueryError(f"Invalid date range {str(asked)[:60]!r}")
