"""Date ranges of the Stats API as periods.

Ranges such as `7d` and `6mo` end before the current day or month. `day`, `month` and `year` include the future unless
they are trimmed. Ends are included: a date up to its last second, an instant with its own second.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.stats.model.buckets import buckets
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.period import EARLIEST, Interval, Period, hour_end, months_later
from schema.sentence import Count

MAX_RELATIVE_DAYS = 5000
MAX_RELATIVE_MONTHS = 100
MAX_BUCKETS = 10_000
LATEST = date(2100, 1, 1)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_RELATIVE = re.compile(r"([1-9]\d{0,3})(d|mo)", re.ASCII)


def parse(
    date_range: Any, *, zone: ZoneInfo, now: datetime, first_day: Callable[[], date | None], is_trimmed: bool = False
) -> Period:
    """Return the period that a date range means now. Raises QueryError.

    date_range: parsed JSON, a keyword or a pair of dates or instants. first_day: where `all` starts.
    is_trimmed: `day`, `month` and `year` end with the current hour or day.
    """
    today = now.astimezone(zone).date()
    if date_range == "24h":
        return _exact(now - timedelta(hours=24), now, zone)
    if isinstance(date_range, list):
        return _pair(date_range, zone)
    if not isinstance(date_range, str):
        raise _invalid(date_range)
    if date_range == "all":
        return _days(min(first_day() or today, today), today, zone)
    first, last = _relative(date_range, today)
    if is_trimmed and last >= today:
        until = hour_end(now, zone) if date_range == "day" else None
        return replace(_days(first, today, zone), until=until)
    return _days(first, last, zone)


def bounded(day: date) -> date:
    """Return a day from a request if it is in the supported range. Raises QueryError.

    Check every day before any date arithmetic: the result of shifting it by months or years is then always a valid
    date, in every time zone.
    """
    if not EARLIEST <= day <= LATEST:
        raise QueryError("A period must lie between %(earliest)s and %(latest)s", earliest=EARLIEST, latest=LATEST)
    return day


def interval_of(period: Period) -> Interval:
    """Return the interval that `time` means for a period of this length."""
    length = period.end - period.start
    if length <= timedelta(hours=48):
        return Interval.HOUR
    if length <= timedelta(days=40):
        return Interval.DAY
    return Interval.WEEK if length <= timedelta(weeks=52) else Interval.MONTH


def check_buckets(period: Period, interval: Interval) -> None:
    """Raise QueryError if a period has too many buckets."""
    if (interval is Interval.HOUR and period.days * 24 > MAX_BUCKETS + 48) or len(
        buckets(period, interval)
    ) > MAX_BUCKETS:
        raise QueryError(
            "The period has more than %(most)s intervals of one %(interval)s: choose a shorter period or"
            " longer intervals",
            most=Count(MAX_BUCKETS),
            interval=interval.value,
        )


def _relative(keyword: str, today: date) -> tuple[date, date]:
    """Return the first and the last day."""
    match keyword:
        case "day":
            return today, today
        case "month":
            return today.replace(day=1), months_later(today, 1) - _DAY
        case "year":
            return date(today.year, 1, 1), date(today.year, 12, 31)
    relative = _RELATIVE.fullmatch(keyword)
    if relative is None:
        raise _invalid(keyword)
    count = int(relative[1])
    if relative[2] == "d" and count <= MAX_RELATIVE_DAYS:
        return today - timedelta(days=count), today - _DAY
    if relative[2] == "mo" and count <= MAX_RELATIVE_MONTHS:
        return months_later(today, -count), today.replace(day=1) - _DAY
    raise _invalid(keyword)


def _pair(pair: list[Any], zone: ZoneInfo) -> Period:
    match pair:
        case [str(start), str(end)]:
            dates = [day for text in (start, end) if (day := _date(text))]
            if len(dates) == 2:
                return _days(min(dates), max(dates), zone)
            instants = [instant for text in (start, end) if (instant := _instant(text))]
            if len(instants) == 2:
                return _exact(min(instants), max(instants), zone)
    raise _invalid(pair)


def _date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if len(text) == len("2026-03-29") else None
    except ValueError:
        return None
    return bounded(day) if day else None


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    bounded(instant.date())
    return None if instant.tzinfo is None else instant.astimezone(UTC).replace(microsecond=0)


def _days(first: date, last: date, zone: ZoneInfo) -> Period:
    return Period("custom", bounded(first), bounded(last), zone)


def _exact(start: datetime, last: datetime, zone: ZoneInfo) -> Period:
    """Return the period between two instants, both included."""
    days = _days(start.astimezone(zone).date(), last.astimezone(zone).date(), zone)
    return replace(days, since=start.replace(microsecond=0), until=last.replace(microsecond=0) + _SECOND)


def _invalid(date_range: Any) -> QueryError:
    return QueryError("Invalid date range %(date_range)r", date_range=str(date_range)[:60])
