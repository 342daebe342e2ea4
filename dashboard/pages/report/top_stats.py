"""The metrics at the top of a report, each with its change from the period before, and a link that graphs it."""

from dataclasses import dataclass

from dashboard.language import gettext as _
from dashboard.language import later, ngettext
from dashboard.pages import figures
from dashboard.pages.report.view import View
from dashboard.stats.answer.percent_change import change
from dashboard.stats.model.metrics import CONVERSIONS, Metric
from dashboard.stats.model.result import Money, Number, Row

NAMES = {
    Metric.VISITORS: later("Visitors"),
    Metric.VISITS: later("Visits"),
    Metric.PAGEVIEWS: later("Page views"),
    Metric.EVENTS: later("Events"),
    Metric.VIEWS_PER_VISIT: later("Views per visit"),
    Metric.BOUNCE_RATE: later("Bounce rate"),
    Metric.VISIT_DURATION: later("Visit duration"),
    Metric.SCROLL_DEPTH: later("Scroll depth"),
    Metric.TIME_ON_PAGE: later("Time on page"),
    Metric.CONVERSION_RATE: later("Conversion rate"),
    Metric.TOTAL_REVENUE: later("Revenue"),
    Metric.AVERAGE_REVENUE: later("Average revenue"),
    Metric.PERCENTAGE: later("Share"),
    Metric.GROUP_CONVERSION_RATE: later("Conversion rate"),
}
_OF_GOALS = {Metric.VISITORS: later("Conversions"), Metric.EVENTS: later("Total conversions")}
_COUNTS = frozenset({Metric.VISITORS, Metric.VISITS, Metric.PAGEVIEWS, Metric.EVENTS})
_IN_POINTS = CONVERSIONS | {Metric.BOUNCE_RATE}
_BETTER_LESS = frozenset({Metric.BOUNCE_RATE})


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
    before: str  # empty without comparison
    change: Change | None
    url: str
    is_chosen: bool


def name_of(view: View, metric: Metric) -> str:
    """Return the name of a metric on this page: the visitors of a goal are conversions."""
    return _(_OF_GOALS.get(metric, NAMES[metric]) if view.has_goal else NAMES[metric])


def top_stats(view: View, now: Row, before: Row | None) -> list[Stat]:
    """Return the metrics in reading order. now, before: rows of `view.metrics`."""
    old = before.metrics if before else (None,) * len(view.metrics)
    return [
        Stat(
            name=name_of(view, metric),
            value=_few(view, metric, new_number) or figures.of_metric(metric, new_number),
            exact=_few(view, metric, new_number) or figures.exactly_of_metric(metric, new_number),
            before=(_few(view, metric, old_number) or figures.exactly_of_metric(metric, old_number)) if before else "",
            change=change_of(metric, new_number, old_number),
            url=view.url(metric=metric.value),
            is_chosen=metric is view.metric,
        )
        for metric, new_number, old_number in zip(view.metrics, now.metrics, old, strict=True)
    ]


def _few(view: View, metric: Metric, number: Number) -> str:
    """Return what stands for 0 on an exempt site, which does not tell 0 from 9; else an empty text."""
    return _("<10") if view.site.privacy.is_exempt and number == 0 and metric in _COUNTS else ""


def change_of(metric: Metric, new: Number, old: Number) -> Change | None:
    """Return how a metric changed, or None if it cannot be compared."""
    points = change(_plain(new), _plain(old), metric)
    if points is None:
        return None
    size = _size(metric, abs(points))
    if points == 0:
        return Change(size, _("unchanged"), "same")
    if points > 0:
        arrow, words = f"↑ {size}", _("up %(size)s", size=size)
    else:
        arrow, words = f"↓ {size}", _("down %(size)s", size=size)
    is_good = (points > 0) != (metric in _BETTER_LESS)
    return Change(arrow, words, "good" if is_good else "bad")


def _plain(number: Number) -> float | None:
    return float(number.amount) if isinstance(number, Money) else number


def _size(metric: Metric, points: float) -> str:
    if metric in _IN_POINTS:
        return ngettext("%(number)s point", "%(number)s points", points, number=figures.exact(points))
    return figures.of_percent(points, "#,##0")
