"""The chart of a report: one metric through the period, and through the period before it."""

import functools
from collections.abc import Mapping
from datetime import date, datetime

from babel.dates import format_date
from markupsafe import Markup

from dashboard.charts.line import Point, line
from dashboard.pages import figures, headline
from dashboard.pages.picker import LOCALE, Choice, days_of
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval
from dashboard.stats.model.result import Row


def chart(
    choice: Choice, interval: Interval, series: tuple[Row, ...], before: tuple[Row, ...], marks: Mapping[int, str]
) -> Markup:
    """Return the chart as SVG.

    series, before: one row an interval; before is empty where there is no such period. marks: sentences, by place.
    """
    metric = choice.metric
    values, previous = [row.numbers[0] for row in series], [row.numbers[0] for row in before]
    old_values = [*previous, *[None] * len(values)]
    points = [
        Point(
            value,
            short_label(row.groups[0], interval),
            _tooltip(metric, long_label(row.groups[0], interval), value, old),
            marks.get(place, ""),
        )
        for place, (row, value, old) in enumerate(zip(series, values, old_values, strict=False))
    ]
    drawn = line(
        points,
        title=f"{headline.NAMES[metric]} by {interval.value}",
        description=f"{days_of(choice.period)}. {highest(points)}",
        previous=previous,
        is_unfinished=choice.period.until is not None,
        number=functools.partial(figures.of_metric, metric),
        tick_base=60 if metric is Metric.VISIT_DURATION else 10,
    )
    return Markup(drawn)  # noqa: S704 - charts escape every text they are given


def _tooltip(metric: Metric, when: str, value: float, old: float | None) -> str:
    text = f"{when}: {headline.NAMES[metric].lower()} {figures.exactly_of_metric(metric, value)}"
    return text if old is None else f"{text}, before {figures.exactly_of_metric(metric, old)}"


def highest(points: list[Point]) -> str:
    """Return in words where a chart is highest."""
    if not points:
        return "Nothing yet."
    return f"Highest on {max(points, key=lambda point: point.value).text}."


def short_label(label: str, interval: Interval) -> str:
    """Return the label of a bucket for under the axis."""
    match interval:
        case Interval.HOUR:
            return label[11:16]
        case Interval.MONTH:
            return format_date(date.fromisoformat(label), "MMM y", locale=LOCALE)
        case _:
            return format_date(date.fromisoformat(label), "d MMM", locale=LOCALE)


def long_label(label: str, interval: Interval) -> str:
    """Return the label of a bucket for where there is room."""
    day = datetime.fromisoformat(label).date()
    match interval:
        case Interval.HOUR:
            return f"{format_date(day, 'EEE d MMM', locale=LOCALE)}, {label[11:16]}"
        case Interval.DAY:
            return format_date(day, "EEE d MMM y", locale=LOCALE)
        case Interval.WEEK:
            return f"week from {format_date(day, 'd MMM y', locale=LOCALE)}"
        case Interval.MONTH:
            return format_date(day, "MMMM y", locale=LOCALE)
