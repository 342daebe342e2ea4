"""Into which pieces a period falls when it is cut by hour, day, week or month.

All arithmetic with time zones is here; SQL only compares instants. Days have 23 or 25 hours when the clocks change:
the hour that comes twice is two buckets with one label. A week begins on Monday or with the period, a month is
labelled with its first day even where the period begins later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dashboard.stats.model.period import Interval, Period
from schema.days.local_day import day_start

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Bucket:
    start: datetime  # UTC
    label: str  # local: YYYY-MM-DD, for hours YYYY-MM-DD HH:MM:SS


def buckets(period: Period, interval: Interval) -> tuple[Bucket, ...]:
    """Return the pieces of a period that have begun, in order. Each ends where the next begins."""
    if interval is Interval.HOUR:
        return tuple(_hours(period))
    return tuple(
        Bucket(max(day_start(day, period.zone), period.start), _label(day, interval))
        for day in _each_day(period)
        if day == period.first or _begins(day, interval)
    )


def _begins(day: date, interval: Interval) -> bool:
    if interval is Interval.WEEK:
        return day.weekday() == 0
    return interval is Interval.DAY or day.day == 1


def _label(day: date, interval: Interval) -> str:
    return (day.replace(day=1) if interval is Interval.MONTH else day).isoformat()


def _each_day(period: Period) -> Iterator[date]:
    return (period.first + timedelta(days=number) for number in range(period.days))


def _hours(period: Period) -> Iterator[Bucket]:
    """Count hours from each day's start, so that a clock change never moves the hours of the days after it."""
    for day in _each_day(period):
        hour = day_start(day, period.zone)
        end = min(day_start(day + timedelta(days=1), period.zone), period.end)
        while hour < end:
            if hour + _HOUR > period.start:
                yield Bucket(max(hour, period.start), hour.astimezone(period.zone).strftime("%Y-%m-%d %H:%M:%S"))
            hour += _HOUR
