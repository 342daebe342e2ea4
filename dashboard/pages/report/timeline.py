"""The chart of a report: one metric over the period, and over the period it is compared with."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from dashboard.charts.line import Card, Point, line
from dashboard.language import gettext as _
from dashboard.language import later
from dashboard.pages import figures
from dashboard.pages.report.top_stats import change_of, name_of
from dashboard.pages.report.view import View
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, months_later
from dashboard.stats.model.result import Money, Number, Row

INTERVALS = {
    Interval.MINUTE: later("Minutes"),
    Interval.HOUR: later("Hours"),
    Interval.DAY: later("Days"),
    Interval.WEEK: later("Weeks"),
    Interval.MONTH: later("Months"),
}
_BY = {
    Interval.MINUTE: later("%(metric)s by minute"),
    Interval.HOUR: later("%(metric)s by hour"),
    Interval.DAY: later("%(metric)s by day"),
    Interval.WEEK: later("%(metric)s by week"),
    Interval.MONTH: later("%(metric)s by month"),
}
_IN_SECONDS = frozenset({Metric.VISIT_DURATION, Metric.TIME_ON_PAGE})


@dataclass(frozen=True, slots=True)
class Bucket:
    """One interval of the chart, and of the table with the same numbers."""

    when: str
    number: str
    before_when: str
    before: str
    change: str
    url: str


def chart(view: View, series: Sequence[Row], before: Sequence[Row], marks: Mapping[int, str]) -> Markup:
    """Return the chart as SVG. series, before: one row per interval. marks: sentences by index."""
    pairs = _paired(series, before)
    points = [_point(view, row, old, marks.get(index, "")) for index, (row, old) in enumerate(pairs)]
    svg = line(
        points,
        title=title(view),
        description=f"{figures.days(view.period)}. {highest(view, series)}",
        previous=[_plain(old) if old and _is_counted(view, old) else None for _row, old in pairs],
        is_unfinished=view.period.until is not None,
        number=functools.partial(figures.of_metric, view.metric),
        tick_base=60 if view.metric in _IN_SECONDS else 10,
        label_steps=(1, 5, 15, 30, 60, 120, 180) if view.interval is Interval.MINUTE else (),
    )
    return Markup(svg)  # noqa: S704 - charts escape their texts


def buckets(view: View, series: Sequence[Row], before: Sequence[Row]) -> list[Bucket]:
    """Return the numbers of the chart as rows of a table. Minutes without any are left out."""
    rows = []
    for row, old in _paired(series, before):
        if not _is_counted(view, row) or _is_left_out(view, row, old):
            continue
        change = change_of(view.metric, row.metrics[0], old.metrics[0]) if old else None
        rows.append(
            Bucket(
                figures.bucket(row.groups[0], view.interval),
                figures.exactly_of_metric(view.metric, row.metrics[0]),
                figures.bucket(old.groups[0], view.interval) if old else "",
                figures.exactly_of_metric(view.metric, old.metrics[0]) if old else "",
                change.text if change else "",
                url_of(view, row),
            )
        )
    return rows


def title(view: View) -> str:
    """Return the name of the chart: Visitors by day."""
    return _(_BY[view.interval], metric=name_of(view, view.metric))


def name_of_interval(interval: Interval) -> str:
    """Return the name of an interval in the choice of intervals."""
    return _(INTERVALS[interval])


def when(view: View, row: Row) -> str:
    """Return the interval of a row, for a list."""
    return figures.bucket(row.groups[0], view.interval)


def highest(view: View, series: Sequence[Row]) -> str:
    """Return a sentence that names the highest point."""
    rows = [row for row in series if _is_counted(view, row)]
    if not rows:
        return _("No data yet.")
    top = max(rows, key=_plain)
    when, number = figures.bucket(top.groups[0], view.interval), figures.exactly_of_metric(view.metric, top.metrics[0])
    return _("Highest: %(when)s, %(number)s.", when=when, number=number)


def url_of(view: View, row: Row) -> str:
    """Return the URL of the day, week or month of a row; empty for an hour or a minute."""
    label = row.groups[0]
    first = datetime.fromisoformat(label).date()
    match view.interval:
        case Interval.DAY:
            return view.of_period({"period": "day", "date": str(first)})
        case Interval.WEEK:
            last = min(first + timedelta(days=6 - first.weekday()), view.period.last)
            return view.of_period({"period": "custom", "from": str(first), "to": str(last)})
        case Interval.MONTH:
            return view.of_period({"period": "month", "date": str(months_later(first, 0))})
    return ""


def _is_left_out(view: View, row: Row, old: Row | None) -> bool:
    return view.interval is Interval.MINUTE and not _plain(row) and not (old and _plain(old))


def _paired(series: Sequence[Row], before: Sequence[Row]) -> list[tuple[Row, Row | None]]:
    """Return the rows of the period, each with the row at the same position of the period before."""
    return list(zip(series, [*before, *[None] * len(series)], strict=False))


def _point(view: View, row: Row, old: Row | None, mark: str) -> Point:
    when = figures.bucket(row.groups[0], view.interval)
    name = name_of(view, view.metric).lower()
    number = figures.exactly_of_metric(view.metric, row.metrics[0])
    earlier = figures.exactly_of_metric(view.metric, old.metrics[0]) if old else ""
    change = change_of(view.metric, row.metrics[0], old.metrics[0]) if old else None
    text = _("%(when)s: %(number)s %(name)s", when=when, number=number, name=name)
    return Point(
        _plain(row) if _is_counted(view, row) else None,
        figures.below_axis(row.groups[0], view.interval),
        _("%(text)s, %(before)s before", text=text, before=earlier) if earlier else text,
        mark,
        url_of(view, row),
        Card(
            when,
            _("%(number)s %(name)s", number=number, name=name),
            _("before %(number)s", number=earlier) if earlier else "",
            change.text if change else "",
        ),
    )


def _plain(row: Row) -> float:
    number: Number = row.metrics[0]
    if isinstance(number, Money):
        return float(number.amount)
    return number or 0


def _is_counted(view: View, row: Row) -> bool:
    """True unless the interval ended before the first event of the site: nothing was counted then."""
    first = datetime.fromisoformat(row.groups[0]).date()
    match view.interval:
        case Interval.WEEK:
            return first + timedelta(days=6) >= view.first_day
        case Interval.MONTH:
            return months_later(first, 1) > view.first_day
    return first >= view.first_day
