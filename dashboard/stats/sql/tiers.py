"""Which days of a period are read from the monthly counts, and which from the daily ones."""

from collections.abc import Iterable
from datetime import date, timedelta

from schema.days.local_day import month_end

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
