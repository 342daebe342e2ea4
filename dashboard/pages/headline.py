"""The six metrics at the top of a report, each with its change from the previous period."""

from dataclasses import dataclass

from dashboard.pages import figures
from dashboard.pages.picker import METRICS, Choice
from dashboard.stats.answer.percent_change import change
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.result import Row
from schema.sites.sites import Site

NAMES = {
    Metric.VISITORS: "Visitors",
    Metric.VISITS: "Visits",
    Metric.PAGEVIEWS: "Page views",
    Metric.VIEWS_PER_VISIT: "Views per visit",
    Metric.BOUNCE_RATE: "Bounce rate",
    Metric.VISIT_DURATION: "Visit duration",
}


@dataclass(frozen=True, slots=True)
class Change:
    text: str  # with an arrow, because not everyone sees colours
    words: str  # for screen readers
    mood: str  # good, bad, same


@dataclass(frozen=True, slots=True)
class Stat:
    name: str
    value: str
    exact: str
    before: str  # empty if there is no previous period
    change: Change | None
    url: str
    is_chosen: bool


def stats(site: Site, choice: Choice, now: Row, before: Row | None) -> list[Stat]:
    """Return the metrics in reading order. now, before: rows of METRICS."""
    old: tuple[float | None, ...] = before.numbers if before else (None,) * len(METRICS)
    return [
        Stat(
            name=NAMES[metric],
            value=figures.of_metric(metric, new_number),
            exact=figures.exactly_of_metric(metric, new_number),
            before="" if old_number is None else figures.exactly_of_metric(metric, old_number),
            change=_change(metric, new_number, old_number),
            url=choice.url(site, metric),
            is_chosen=metric is choice.metric,
        )
        for metric, new_number, old_number in zip(METRICS, now.numbers, old, strict=True)
    ]


def _change(metric: Metric, new: float, old: float | None) -> Change | None:
    points = change(new, old, metric)
    if points is None:
        return None
    unit = "%" if metric is not Metric.BOUNCE_RATE else " point" if abs(points) == 1 else " points"
    if points == 0:
        return Change("0" + unit, "unchanged", "same")
    is_up = points > 0
    size = f"{abs(points):,}{unit}"
    # A lower bounce rate is good news; of every other metric, more is.
    is_good = is_up != (metric is Metric.BOUNCE_RATE)
    return Change(
        f"{'↑' if is_up else '↓'} {size}", f"{'up' if is_up else 'down'} {size}", "good" if is_good else "bad"
    )
