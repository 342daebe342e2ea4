"""Buckets of a period: its minutes, hours, days, weeks or months.

Time zone arithmetic happens here; SQL only compares instants. A day has 23 or 25 hours when the clocks change, and the
repeated hour is two buckets with the same label. A week starts on Monday or with the period. A month is labelled with
its first day, even if the period starts later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dashboard.stats.model.period import Interval, Period
from schema.days.local_day import day_start

_LENGTHS = {Interval.MINUTE: timedelta(minutes=1), Interval.HOUR: timedelta(hours=1)}


@dataclass(frozen=True, slots=True)
class Bucket:
    start: datetime  # UTC
    label: str  # local: YYYY-MM-DD, for minutes and hours YYYY-MM-DD HH:MM:SS


def buckets(period: Period, interval: Interval) -> tuple[Bucket, ...]:
    """Return the buckets of a period that have started, in order. Each ends where the next starts."""
    if interval in _LENGTHS:
        return tuple(_within_days(period, _LENGTHS[interval]))
    return tuple(
        Bucket(max(day_start(day, period.zone), period.start), _label(day, interval))
        for day in _days(period)
        if day == period.first or _starts_bucket(day, interval)
    )


def _starts_bucket(day: date, interval: Interval) -> bool:
    if interval is Interval.WEEK:
        return day.weekday() == 0
    return interval is Interval.DAY or day.day == 1


def _label(day: date, interval: Interval) -> str:
    return (day.replace(day=1) if interval is Interval.MONTH else day).isoformat()


def _days(period: Period) -> Iterator[date]:
    return (period.first + timedelta(days=number) for number in range(period.days))


def _within_days(period: Period, length: timedelta) -> Iterator[Bucket]:
    """Count from the start of each day: a clock change must not shift the hours of later days."""
    for day in _days(period):
        start = day_start(day, period.zone)
        end = min(day_start(day + timedelta(days=1), period.zone), period.end)
        while start < end:
            if start + length > period.start:
                yield Bucket(max(start, period.start), start.astimezone(period.zone).strftime("%Y-%m-%d %H:%M:%S"))
            start += length


def starts(period: Period, interval: Interval | None) -> dict[date, int]:
    """Return the first instants of buckets, in epoch seconds, by first day. Without an interval, there is one."""
    if not interval:
        return {period.first: 0}
    return {
        bucket.start.astimezone(period.zone).date(): int(bucket.start.timestamp())
        for bucket in buckets(period, interval)
    }
