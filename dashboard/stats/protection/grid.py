"""The fixed blocks that a period is made of: whole months, then whole weeks of a month, then single days.

A week that two months share is a block in each of them, so every block lies in exactly one larger block. The blocks
do not depend on the period: a period only decides which of them it includes. Weeks and months with a day that has no
daily counts yet, such as today, are not blocks: their days stand alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from dashboard.stats.model.buckets import buckets
from dashboard.stats.model.period import Interval, Period, months_later
from schema.days.rolled_days import RolledDays

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Grid:
    """The days of a period that have daily counts, in blocks, by the first days of these."""

    first: date
    last: date
    buckets: tuple[date, ...]  # of the interval of a question; without one, there is one
    weeks: tuple[date, ...]  # first days of whole weeks, and all days outside them
    months: tuple[date, ...]  # first days of whole months, and the weeks and days outside them
    uncounted: tuple[date, ...] = ()  # days without daily counts
    to_count: tuple[date, ...] = ()  # those of them that may have rows

    @property
    def has_counts(self) -> bool:
        """False if all days are uncounted."""
        return len(self.uncounted) <= (self.last - self.first).days


def grid(period: Period, interval: Interval | None, rolled: RolledDays) -> Grid:
    """Return the blocks of a period until today. interval: its buckets have blocks of their own."""
    last = min(period.last, rolled.today)
    uncounted = tuple(rolled.missing(period.first, last, lambda _day: True))
    if period.first <= rolled.today <= last and rolled.today not in uncounted:
        uncounted = (*uncounted, rolled.today)
    starts = _starts(period, interval, last)
    ends = [*(start - _DAY for start in starts[1:]), last]
    weeks, months = [], []
    for start, end in zip(starts, ends, strict=True):
        for block in _blocks(start, end, frozenset(uncounted)):
            months.append(block[0])
            weeks += block
    to_count = tuple(rolled.worth_counting(uncounted))
    return Grid(period.first, last, tuple(starts), tuple(weeks), tuple(months), uncounted, to_count)


def _starts(period: Period, interval: Interval | None, last: date) -> list[date]:
    if interval is None:
        return [period.first]
    firsts = (bucket.start.astimezone(period.zone).date() for bucket in buckets(period, interval))
    return [first for first in firsts if first <= last] or [period.first]


def _blocks(first: date, last: date, uncounted: frozenset[date]) -> Iterator[list[date]]:
    """Yield the blocks of some days, in order, each with the first days of the blocks below it."""
    day = first
    while day <= last:
        month_ends = months_later(day, 1) - _DAY
        if day.day == 1 and _is_whole(day, month_ends, last, uncounted):
            yield list(_weeks(day, month_ends))
            day = month_ends + _DAY
        else:
            week_ends = min(day + (6 - day.weekday()) * _DAY, month_ends)
            is_first_of_week = day.weekday() == 0 or day.day == 1
            yield [day]
            day = week_ends + _DAY if is_first_of_week and _is_whole(day, week_ends, last, uncounted) else day + _DAY


def _is_whole(first: date, end: date, last: date, uncounted: frozenset[date]) -> bool:
    return end <= last and not any(first <= day <= end for day in uncounted)


def _weeks(first: date, last: date) -> Iterator[date]:
    """Yield the first days of the weeks of a month."""
    day = first
    while day <= last:
        yield day
        day += (7 - day.weekday()) * _DAY
