"""Metrics from the daily counts of a site, added up over days.

Over days that follow one another, counts add up exactly: all of the first day, and of each later day what the day
before did not have. See the comments of `daily_events` and `daily_visits`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dashboard.stats.model.metrics import Metric, Table

Sums: TypeAlias = Mapping[str, int]  # by name of a column


@dataclass(frozen=True, slots=True)
class Column:
    """A sum over days: the counted column, with corrections on the first day and on later days."""

    counted: str
    on_first: str = ""  # added
    on_later: str = ""  # subtracted

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the columns of the table that it is made of."""
        return tuple(part for part in (self.counted, self.on_first, self.on_later) if part)

    def parts_of_day(self, *, is_first: bool) -> tuple[str, ...]:
        """Return the columns that `of_day` uses."""
        correction = self.on_first if is_first else self.on_later
        return (self.counted, correction) if correction else (self.counted,)

    def of_day(self, day: Sums, *, is_first: bool) -> int:
        """Return what a day adds to the sum."""
        if is_first:
            return day[self.counted] + (day[self.on_first] if self.on_first else 0)
        return day[self.counted] - (day[self.on_later] if self.on_later else 0)


_OF_EVENTS = {
    "visitors": Column("visitors", on_later="visitors_again"),
    "visits": Column("visits", on_later="visits_again"),
    "pageviews": Column("pageviews"),
    "events": Column("events"),
    "depth": Column("depth", on_later="depth_again"),
    "depth_visits": Column("depth_visits", on_later="depth_visits_again"),
    "engagement_ms": Column("engagement_ms"),
    "engaged_visits": Column("engaged_visits", on_later="engaged_visits_again"),
}
_VISITS = ("visitors", "visits", "bounces", "duration", "pageviews", "events")
_OF_PERIODS = {name: Column(f"started_{name}", on_first=f"carried_{name}") for name in _VISITS}
_OF_BUCKETS = {name: Column(f"ended_{name}") for name in _VISITS} | {
    "visitors": Column("ended_visitors", on_later="ended_visitors_again")
}
_SUMS = {
    Metric.VIEWS_PER_VISIT: ("pageviews", "visits"),
    Metric.BOUNCE_RATE: ("bounces", "visits"),
    Metric.VISIT_DURATION: ("duration", "visits"),
    Metric.SCROLL_DEPTH: ("depth", "depth_visits"),
    Metric.TIME_ON_PAGE: ("engagement_ms", "engaged_visits"),
}


def columns(table: Table, metrics: Iterable[Metric], *, by_time: bool, has_groups: bool = False) -> dict[str, Column]:
    """Return the sums that metrics are made of, by name. With groups, also what `is_empty` needs.

    by_time: of visits, those that ended in a bucket.
    """
    kinds = _OF_EVENTS if table is Table.EVENTS else _OF_BUCKETS if by_time else _OF_PERIODS
    names = [name for metric in metrics for name in _SUMS.get(metric, (metric.value,))]
    if has_groups and Metric.VISITORS not in names:
        names.append(Metric.VISITS)
    return {name: kinds[name] for name in dict.fromkeys(names)}


def is_empty(sums: Sums) -> bool:
    """True if nobody visited: such a group is not a row."""
    return sums.get(Metric.VISITORS, sums.get(Metric.VISITS, 0)) <= 0


def added(columns: Mapping[str, Column], days: Iterable[tuple[Sums, bool]]) -> dict[str, int]:
    """Return the sums over days, each with whether it is the first one."""
    sums = dict.fromkeys(columns, 0)
    for day, is_first in days:
        for name, column in columns.items():
            sums[name] += column.of_day(day, is_first=is_first)
    return sums


def metric_of(metric: Metric, sums: Sums) -> float | None:
    """Return a metric, rounded as ClickHouse does: halves to even."""
    match metric:
        case Metric.VIEWS_PER_VISIT:
            return hundredths(sums["pageviews"] / sums["visits"]) if sums["visits"] else 0.0
        case Metric.BOUNCE_RATE:
            return round(100 * sums["bounces"] / sums["visits"]) if sums["visits"] else 0
        case Metric.VISIT_DURATION:
            return round(sums["duration"] / sums["visits"]) if sums["visits"] else 0
        case Metric.SCROLL_DEPTH:
            return round(sums["depth"] / sums["depth_visits"]) if sums["depth_visits"] else None
        case Metric.TIME_ON_PAGE:
            return round(sums["engagement_ms"] / 1000 / sums["engaged_visits"]) if sums["engaged_visits"] else None
    return sums[metric.value]


def share_of(metric: Metric, visitors: float, total: float) -> float | None:
    """Return visitors as a share in percent, with two decimals."""
    if total:
        return hundredths(100 * visitors / total)
    return None if metric is Metric.PERCENTAGE else 0.0


def hundredths(number: float) -> float:
    """Return a number with two decimals."""
    return round(number * 100) / 100


def line_of(metrics: Sequence[Metric], sums: Sums) -> dict[Metric, float | None]:
    """Return metrics by name."""
    return {metric: metric_of(metric, sums) for metric in metrics}
