"""Metrics as expressions over the rows of a table.

uniqExact, for what is told has to be exact. ClickHouse rounds a half to the even neighbour: 12.5 percent is 12.
Nothing divided by nothing is 0, or null where that is not known. Engagement events count as a sign of a visitor, and
as nothing else.
"""

from dashboard.stats.answer.revenue import reporting, worth
from dashboard.stats.model import dimensions
from dashboard.stats.model.filters import Reaches, leaves
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import MetricWarning
from dashboard.stats.sql.fragment import Fragment, fill, join, texts, value
from schema.measures.goals import Goal, GoalKind
from schema.measures.rates import Rates

_OF_EVENTS = {
    Metric.VISITORS: "uniqExact(visitor_id)",
    Metric.VISITS: "uniqExact(visit_id)",
    Metric.PAGEVIEWS: "countIf(name = 'pageview')",
    Metric.EVENTS: "countIf(name != 'engagement')",
    # The depth of a visit is the greatest of its events; a map keeps one number a visit.
    Metric.SCROLL_DEPTH: "if(countIf(name = 'engagement' and scroll_depth <= 100) = 0, null, toUInt8(round(arrayAvg("
    "mapValues(maxMapIf(map(visit_id, scroll_depth), name = 'engagement' and scroll_depth <= 100))))))",
    Metric.TIME_ON_PAGE: "if(countIf(name = 'engagement') = 0, null, toUInt32(round("
    "sumIf(engagement_ms, name = 'engagement') / 1000 / uniqExactIf(visit_id, name = 'engagement'))))",
}
_COUNTS_OF_VISITS = {
    Metric.VISITORS: "uniqExact(visitor_id)",
    Metric.VISITS: "uniqExact(visit_id)",
    Metric.PAGEVIEWS: "sum(pageviews)",
    Metric.EVENTS: "sum(events)",
}
_RATIOS_OF_VISITS = {
    Metric.VIEWS_PER_VISIT: "ifNotFinite(round(sumIf(pageviews, {}) / countIf({}), 2), 0)",
    Metric.BOUNCE_RATE: "toUInt32(ifNotFinite(round(100 * sumIf(is_bounce, {}) / countIf({})), 0))",
    Metric.VISIT_DURATION: "toUInt32(ifNotFinite(round(sumIf(duration, {}) / countIf({})), 0))",
}
# Null, but an aggregate: a select without any has a row for each event.
_NULL = Fragment("nullIf(count(), count())")


def of_events(metric: Metric, query: Query, rates: Rates, *, goal: str = "") -> Fragment:
    """Return a metric over `events`. goal: the column with the name of the goal, where rows are told apart by it."""
    match metric:
        case Metric.EVENTS:
            return _events(query, goal)
        case Metric.TOTAL_REVENUE:
            return _revenue(query, rates, goal, "ifNull(sum({}), 0)")
        case Metric.AVERAGE_REVENUE:
            return _revenue(query, rates, goal, "ifNull(sum({}) / nullIf(count({}), 0), 0)")
        case _:
            return Fragment(_OF_EVENTS[metric])


def of_visits(metric: Metric, counted: Fragment) -> Fragment:
    """Return a metric over `visits`. counted: condition for the visits that ratios are made of."""
    if metric in _COUNTS_OF_VISITS:
        return Fragment(_COUNTS_OF_VISITS[metric])
    return fill(_RATIOS_OF_VISITS[metric], counted, counted)


def _events(query: Query, goal: str) -> Fragment:
    """Return the number of events; reading so far down is reached by none that could be counted."""
    count = Fragment(_OF_EVENTS[Metric.EVENTS])
    if goal:
        scrolled = [each.display_name for each in query.goals if _is_scroll(each)]
        return fill(f"if({goal} in {{}}, null, {{}})", texts(scrolled), count) if scrolled else count
    goals = [each for leaf in leaves(query.filters) if isinstance(leaf, Reaches) for each in leaf.goals]
    return _NULL if any(_is_scroll(each) for each in goals) else count


def _is_scroll(goal: Goal) -> bool:
    return goal.kind is GoalKind.SCROLL


def _revenue(query: Query, rates: Rates, goal: str, aggregate: str) -> Fragment:
    found = reporting(query)
    if isinstance(found, MetricWarning):
        return _NULL
    if dimensions.GOAL not in query.groups:
        return _aggregate(aggregate, found.targets[0], rates)
    cases = [
        fill(
            f"{goal} in {{}}, {{}}",
            texts(name for name, currency in found.currencies.items() if currency == target),
            _aggregate(aggregate, target, rates),
        )
        for target in found.targets
    ]
    return fill("multiIf({}, null)", join(", ", cases))


def _aggregate(aggregate: str, target: str, rates: Rates) -> Fragment:
    known = worth(rates, target)
    amount = fill(
        "revenue_amount * nullIf({}[indexOf({}, revenue_currency)], 0)",
        value("Array(Decimal(38, 12))", list(known.values())),
        texts(known),
    )
    return fill(aggregate, *[amount] * aggregate.count("{}"))
