"""Metrics as SQL expressions over the rows of a table.

Visitors and visits are exact, hence uniqExact. ClickHouse rounds halves to even: 12.5 percent becomes 12. A ratio of
nothing is 0, or null if unknown. Engagement events count for visitors and visits, not as events.
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
    # The depth of a visit is the maximum of its events; the map has one entry per visit.
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
# An aggregate that is always null: a select without aggregates returns one row per event.
_NULL = Fragment("nullIf(count(), count())")


def of_events(metric: Metric, query: Query, rates: Rates, *, goal_column: str = "") -> Fragment:
    """Return a metric over `events`. goal_column: the goal's name if rows are grouped by goal."""
    match metric:
        case Metric.EVENTS:
            return _events(query, goal_column)
        case Metric.TOTAL_REVENUE:
            return _revenue(query, rates, goal_column, "ifNull(sum({}), 0)")
        case Metric.AVERAGE_REVENUE:
            return _revenue(query, rates, goal_column, "ifNull(sum({}) / nullIf(count({}), 0), 0)")
        case _:
            return Fragment(_OF_EVENTS[metric])


def of_visits(metric: Metric, counted: Fragment) -> Fragment:
    """Return a metric over `visits`. counted: the condition for visits that count in ratios."""
    if metric in _COUNTS_OF_VISITS:
        return Fragment(_COUNTS_OF_VISITS[metric])
    return fill(_RATIOS_OF_VISITS[metric], counted, counted)


def _events(query: Query, goal_column: str) -> Fragment:
    """Return the number of events, or null for scroll goals, which are reached without an event to count."""
    count = Fragment(_OF_EVENTS[Metric.EVENTS])
    if goal_column:
        scroll_goals = [goal.display_name for goal in query.goals if _is_scroll(goal)]
        return fill(f"if({goal_column} in {{}}, null, {{}})", texts(scroll_goals), count) if scroll_goals else count
    filtered = [goal for leaf in leaves(query.filters) if isinstance(leaf, Reaches) for goal in leaf.goals]
    return _NULL if any(_is_scroll(goal) for goal in filtered) else count


def _is_scroll(goal: Goal) -> bool:
    return goal.kind is GoalKind.SCROLL


def _revenue(query: Query, rates: Rates, goal_column: str, aggregate: str) -> Fragment:
    money = reporting(query)
    if isinstance(money, MetricWarning):
        return _NULL
    if dimensions.GOAL not in query.groups:
        return _aggregate(aggregate, money.targets[0], rates)
    cases = [
        fill(
            f"{goal_column} in {{}}, {{}}",
            texts(name for name, currency in money.currencies.items() if currency == target),
            _aggregate(aggregate, target, rates),
        )
        for target in money.targets
    ]
    return fill("multiIf({}, null)", join(", ", cases))


def _aggregate(aggregate: str, target: str, rates: Rates) -> Fragment:
    worths = worth(rates, target)
    amount = fill(
        "revenue_amount * nullIf({}[indexOf({}, revenue_currency)], 0)",
        value("Array(Decimal(38, 12))", list(worths.values())),
        texts(worths),
    )
    return fill(aggregate, *[amount] * aggregate.count("{}"))
