"""The chart of a report: one metric over the period, and over the previous period."""

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

    series, before: one row per interval; before is empty if there is no previous period. marks: sentences by index.
    """
    metric = choice.metric
    values, previous = [row.numbers[0] for row in series], [row.numbers[0] for row in before]
    old_values = [*previous, *[None] * len(values)]
    points = [
        Point(
            value,
            short_label(row.groups[0], interval),
            _tooltip(metric, long_label(row.groups[0], interval), value, old),
            marks.get(index, ""),
        )
        for index, (row, value, old) in enumerate(zip(series, values, old_values, strict=False))
    ]
    svg = line(
        points,
        title=f"{headline.NAMES[metric]} by {interval.value}",
        description=f"{days_of(choice.period)}. {highest(points)}",
        previous=previous,
        is_unfinished=choice.period.until is not None,
        number=functools.partial(figures.of_metric, metric),
        tick_base=60 if metric is Metric.VISIT_DURATION else 10,
    )
    return Markup(svg)  # noqa: S704 - charts escape their texts


def _tooltip(metric: Metric, when: str, value: float, old: float | None) -> str:
    text = f"{when}: {headline.NAMES[metric].lower()} {figures.exactly_of_metric(metric, value)}"
    return text if old is None else f"{text}, previously {figures.exactly_of_metric(metric, old)}"


def highest(points: list[Point]) -> str:
    """Return a sentence that names the highest point of a chart."""
    if not points:
        return "No data yet."
    return f"Highest on {max(points, key=lambda point: point.value).text}."


def short_label(label: str, interval: Interval) -> str:
    """Return the label of a bucket below the axis."""
    match interval:
        case Interval.HOUR:
            return label[11:16]
        case Interval.MONTH:
            return format_date(date.fromisoformat(label), "MMM y", locale=LOCALE)
        case _:
            return format_date(date.fromisoformat(label), "d MMM", locale=LOCALE)


def long_label(label: str, interval: Interval) -> str:
    """Return the label of a bucket in a tooltip or a list."""
    day = datetime.fromisoformat(label).date()
    match interval:
        case Interval.HOUR:
            return f"{format_date(day, 'EEE d MMM', locale=LOCALE)}, {label[11:16]}"
        case Interval.DAY:
            return format_date(day, "EEE d MMM y", locale=LOCALE)
        case Interval.WEEK:
            return f"week of {format_date(day, 'd MMM y', locale=LOCALE)}"
        case Interval.MONTH:
            return format_date(day, "MMMM y", locale=LOCALE)
