"""Which days of a period are read from the monthly counts, and which from the daily ones."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from dashboard.stats.plan import Plan, Select
from schema.days.local_day import month_end, month_of

Counts = TypeVar("Counts")

Span = tuple[date, date]  # first and last day

_DAY = timedelta(days=1)


def spans_of(months: Iterable[date]) -> list[Span]:
    """Return the spans that months make up, in order. months: their first days."""
    spans: list[Span] = []
    for month in sorted(months):
        if spans and spans[-1][1] + _DAY == month:
            spans[-1] = spans[-1][0], month_end(month)
        else:
            spans.append((month, month_end(month)))
    return spans


def without(span: Span, months: Iterable[date]) -> list[Span]:
    """Return what is left of a span besides whole months of it. months: their first days."""
    first, last = span
    rest = []
    for start, end in spans_of(months):
        if first < start:
            rest.append((first, start - _DAY))
        first = end + _DAY
    return [*rest, (first, last)] if first <= last else rest


def undivided(planned: Plan, scopes: Iterable[date]) -> Plan:
    """Return a plan that reads no month of which one day is counted for another question."""
    divided = set(map(month_of, scopes))

    def kept(select: Select) -> Select:
        counts = select.counts
        if not counts or divided.isdisjoint(counts.months):
            return select
        return replace(select, counts=replace(counts, months=tuple(m for m in counts.months if m not in divided)))

    totals = {metric: tuple(map(kept, selects)) for metric, selects in planned.totals.items()}
    by_group = tuple(map(kept, planned.group_totals))
    return replace(planned, selects=tuple(map(kept, planned.selects)), totals=totals, group_totals=by_group)


def in_tiers(
    days: Mapping[date, Counts], by_month: Mapping[date, Counts], span: Span, months: Collection[date]
) -> Iterator[tuple[date, Counts]]:
    """Return the counts of each of some months, and of each day of a span that is in no such month."""
    for day, counts in days.items():
        if span[0] <= day <= span[1] and month_of(day) not in months:
            yield day, counts
    for month in months:
        if month in by_month:
            yield month, by_month[month]
