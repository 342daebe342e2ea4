"""The sums that leave of single values, from their counts by day: of the days, weeks and months with enough visitors.

`dashboard/stats/sql/protected.py` does the same for all values of a dimension.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from dashboard.stats.protection import rounding
from dashboard.stats.protection.grid import Grid

# Sums, and what they are averaged over.
AVERAGED: Mapping[str, str] = {"duration": "visits", "depth": "depth_visits", "engagement_ms": "engaged_visits"}

Sums = Mapping[str, int]


def by_bucket(days: Mapping[date, Sums], grid: Grid) -> dict[date, dict[str, int]]:
    """Return the sums of each bucket with any, by its first day. days: with daily counts, also outside the grid."""
    shown, _left = _divided(days, grid)
    return {bucket: dict(sums) for bucket, sums in shown.items()}


def rest(values: Iterable[Mapping[date, Sums]], grid: Grid) -> int | None:
    """Return the visitors of what no value shows, by month and rounded. None: all is shown. values: counts by day."""
    months: dict[date, int] = defaultdict(int)
    for days in values:
        _shown, left = _divided(days, grid)
        for month, sums in left.items():
            months[month] += sums["visitors"]
    return sum(rounding.shown(visitors, visitors) for visitors in months.values()) if months else None


def _divided(days: Mapping[date, Sums], grid: Grid) -> tuple[dict[date, dict[str, int]], dict[date, Sums]]:
    """Return what is shown by bucket, and what is left by month."""
    buckets: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    inside = {day: sums for day, sums in days.items() if grid.first <= day <= grid.last and day not in grid.uncounted}
    left = _show(inside, grid.weeks, grid.buckets, buckets)
    left = _show(left, grid.months, grid.buckets, buckets)
    return buckets, _show(left, grid.months, grid.buckets, buckets)


def _show(
    cells: Mapping[date, Sums], wider: Sequence[date], buckets: Sequence[date], shown: dict[date, dict[str, int]]
) -> dict[date, Sums]:
    """Add the cells with enough visitors to their buckets, and return the others by wider block."""
    left: dict[date, list[Sums]] = defaultdict(list)
    for day, sums in cells.items():
        if rounding.is_shown(sums["visitors"]):
            bucket = shown[_block(buckets, day)]
            for name, number in _protected(sums).items():
                bucket[name] += number
        else:
            left[_block(wider, day)].append(sums)
    return {block: _total(parts) for block, parts in left.items()}


def _block(firsts: Sequence[date], day: date) -> date:
    return firsts[bisect_right(firsts, day) - 1]


def _protected(sums: Sums) -> dict[str, int]:
    visitors = sums["visitors"]
    return {
        name: rounding.weighted(number, sums[AVERAGED[name]], visitors)
        if name in AVERAGED
        else rounding.shown(number, visitors)
        for name, number in sums.items()
    }


def _total(parts: Iterable[Sums]) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for sums in parts:
        for name, number in sums.items():
            total[name] += number
    return dict(total)
