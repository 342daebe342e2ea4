"""The change of a metric between two periods."""

import math

from dashboard.stats.model.metrics import CONVERSIONS, Metric


def change(new: float | None, old: float | None, metric: Metric) -> float | None:
    """Return the change in whole percent, or in points for rates. None if a value is unknown.

    An increase from 0 is 100 percent. A bounce rate that was 0 has no change. Conversion rates change in tenths of
    points.
    """
    if new is None or old is None:
        return None
    if metric is Metric.BOUNCE_RATE:
        return _nearest(new - old) if old else None
    if metric in CONVERSIONS:
        return round(new - old, 1)
    if old == 0:
        return 100 if new else 0
    return _nearest((new - old) * 100 / old)


def _nearest(number: float) -> int:
    """Return the nearest whole number, halves rounded away from zero."""
    return int(math.copysign(math.floor(abs(number) + 0.5), number))
