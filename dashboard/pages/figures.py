"""Numbers formatted for people."""

import math

from dashboard.stats.model.metrics import Metric

_COUNTS = frozenset({Metric.VISITORS, Metric.VISITS, Metric.PAGEVIEWS})
_STEPS = ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k"))


def short(number: float) -> str:
    """Return a number in at most five characters: 999, 12.3k, 4M. Digits are cut off, never rounded up."""
    for size, letter in _STEPS:
        if number >= size:
            tenths = math.floor(number / size * 10) / 10
            return f"{tenths:.1f}".removesuffix(".0") + letter
    return f"{number:g}"


def exact(number: float) -> str:
    """Return a number with all its digits: 12,345."""
    return f"{number:,}"


def duration(seconds: float) -> str:
    """Return a duration: 45s, 1m 23s, 2h 5m."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes}m"
    return f"{minutes}m {rest}s" if minutes else f"{rest}s"


def percent(share: float) -> str:
    """Return a share from 0 to 1: 0%, <0.1%, 0.4%, 37%."""
    points = share * 100
    if 0 < points < 0.1:
        return "<0.1%"
    return f"{points:.1f}%" if 0 < points < 1 else f"{points:.0f}%"


def of_metric(metric: Metric, number: float) -> str:
    """Return a number in the format of its metric."""
    match metric:
        case Metric.BOUNCE_RATE:
            return f"{number:g}%"
        case Metric.VISIT_DURATION:
            return duration(number)
        case Metric.VIEWS_PER_VISIT:
            return f"{number:.2f}".rstrip("0").rstrip(".")
        case _:
            return short(number)


def exactly_of_metric(metric: Metric, number: float) -> str:
    """Return a number in the format of its metric, with all its digits."""
    return exact(number) if metric in _COUNTS else of_metric(metric, number)
