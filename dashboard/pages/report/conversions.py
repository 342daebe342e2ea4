"""The tab Conversions of the box of goals: how often visitors reached each, and events that no goal counts yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.trend import trend
from dashboard.language import ngettext
from dashboard.pages import figures
from dashboard.pages.report.view import View
from dashboard.stats.model import dimensions
from dashboard.stats.model.buckets import buckets
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import without_minutes
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Number, Row
from schema.measures.goals import Goal, GoalKind
from schema.privacy.conversion import is_countable
from schema.records.event import ENGAGEMENT, PAGEVIEW

ROWS = 9
MAX_OFFERS = 3
_COUNTS = (Metric.VISITORS, Metric.EVENTS, Metric.CONVERSION_RATE)


@dataclass(frozen=True, slots=True)
class GoalRow:
    id: int
    name: str
    url: str  # of the view filtered by the goal
    visitors: str
    total: str
    rate: str
    revenue: str
    trend: Markup


@dataclass(frozen=True, slots=True)
class Offer:
    """An event that the site sends and no goal counts."""

    event_name: str
    count: str


@dataclass(frozen=True, slots=True)
class Conversions:
    rows: list[GoalRow]
    offers: list[Offer]
    has_revenue: bool
    all_url: str  # of the view with all rows; empty if it has them
    all_text: str
    next_url: str  # of the view to return to with a new goal


def questions(view: View, goals: Sequence[Goal]) -> dict[str, Query]:
    """Return the queries of the tab by name. Without goals, only the one that finds events."""
    names = Query(
        view.site.id,
        view.period,
        (Metric.EVENTS,),
        (dimensions.EVENT_NAME,),
        filters=view.nodes,
        limit=ROWS + len(goals) + 2,
    )
    if not goals:
        return {"event_names": names}
    metrics = (*_COUNTS, Metric.TOTAL_REVENUE) if _has_revenue(view, goals) else _COUNTS
    by_goal, by_time = (dimensions.GOAL,), (dimensions.GOAL, without_minutes(view.interval))
    return {
        "event_names": names,
        "goals": Query(view.site.id, view.period, metrics, by_goal, filters=view.nodes, goals=tuple(goals)),
        "goal_series": Query(
            view.site.id, view.period, (Metric.VISITORS,), by_time, filters=view.nodes, goals=tuple(goals)
        ),
    }


def conversions(view: View, goals: Sequence[Goal], answers: Mapping[str, tuple[Row, ...]]) -> Conversions:
    """Return the tab, with nine goals unless the URL asks for all."""
    all_rows = rows(view, goals, answers)
    is_whole = view.shows_all or len(all_rows) <= ROWS
    count = len(all_rows)
    return Conversions(
        rows=all_rows if is_whole else all_rows[:ROWS],
        offers=offers(goals, answers)[:MAX_OFFERS],
        has_revenue=_has_revenue(view, goals),
        all_url="" if is_whole else f"{view.url(all='goals')}#goals",
        all_text=ngettext("All %(number)s goals", "All %(number)s goals", count, number=figures.exact(count)),
        # The new goal is perhaps not among the first nine.
        next_url=view.url(all="goals") if count >= ROWS else view.url(),
    )


def rows(view: View, goals: Sequence[Goal], answers: Mapping[str, tuple[Row, ...]]) -> list[GoalRow]:
    """Return one row per goal, most visitors first; goals that nobody reached come last.

    A goal that the privacy profile does not count has no numbers: 0 would be false.
    """
    answered = {row.groups[0]: row.metrics for row in answers.get("goals", ())}
    series = _series(view, answers.get("goal_series", ()))
    by_name = {goal.display_name: goal for goal in goals}
    names = [*answered, *(name for name in by_name if name not in answered)]
    return [
        _row(view, by_name[name], answered.get(name) or _nothing(view, by_name[name]), series.get(name, []))
        for name in names
    ]


def _nothing(view: View, goal: Goal) -> tuple[Number, ...]:
    return (0, 0, 0, None) if is_countable(goal, view.site.privacy) else (None, None, None, None)


def offers(goals: Sequence[Goal], answers: Mapping[str, tuple[Row, ...]]) -> list[Offer]:
    """Return the events that no goal counts, most frequent first."""
    counted = {goal.event_name for goal in goals if goal.kind is GoalKind.EVENT} | {PAGEVIEW, ENGAGEMENT, ""}
    return [
        Offer(row.groups[0], figures.exact(row.numbers[0]))
        for row in answers["event_names"]
        if row.groups[0] not in counted and not row.is_rest
    ]


def _has_revenue(view: View, goals: Sequence[Goal]) -> bool:
    return not view.site.privacy.is_exempt and any(goal.currency for goal in goals)


def _row(view: View, goal: Goal, metrics: tuple[Number, ...], series: Sequence[float]) -> GoalRow:
    visitors, total, rate, *revenue = metrics
    return GoalRow(
        goal.id,
        goal.display_name,
        view.with_filter("goal", goal.display_name),
        figures.of_metric(Metric.VISITORS, visitors),
        figures.of_metric(Metric.EVENTS, total),
        figures.of_metric(Metric.CONVERSION_RATE, rate),
        figures.of_metric(Metric.TOTAL_REVENUE, revenue[0] if revenue and goal.currency else None),
        Markup(trend(series)),  # noqa: S704 - contains only numbers
    )


def _series(view: View, rows_by_time: Sequence[Row]) -> dict[str, list[float]]:
    """Return the visitors of every interval by goal."""
    starts = [int(bucket.start.timestamp()) for bucket in buckets(view.period, without_minutes(view.interval))]
    counts: dict[str, dict[int, float]] = {}
    for row in rows_by_time:
        counts.setdefault(row.groups[0], {})[row.start or 0] = row.numbers[0]
    return {name: [by_start.get(start, 0) for start in starts] for name, by_start in counts.items()}
