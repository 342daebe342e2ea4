"""Which table answers which metric of a question.

Page views are only in `events`, what describes whole visits only in `visits`. Visitors and visits follow the
company they keep: they come from `events` where page views or pages are asked for, from `visits` otherwise. Over
intervals a visit is counted once, where it ended; a visitor in every interval with an event.
"""

from dataclasses import dataclass

from dashboard.stats.dimensions import Dimension
from dashboard.stats.metrics import EVENT_ONLY, VISIT_ONLY, Metric
from dashboard.stats.query import Query, QueryError


@dataclass(frozen=True, slots=True)
class Plan:
    events: tuple[Metric, ...]
    visits: tuple[Metric, ...]


def plan(query: Query) -> Plan:
    """Return the metrics each table is asked for. Raises QueryError on page views of what only a visit has."""
    if query.dimension and query.dimension.events_column is None:
        for metric in EVENT_ONLY.intersection(query.metrics):
            raise QueryError(f"{metric} can't be broken down by {query.dimension}")
    events = tuple(metric for metric in query.metrics if _is_in_events(metric, query))
    return Plan(events, tuple(metric for metric in query.metrics if metric not in events))


def _is_in_events(metric: Metric, query: Query) -> bool:
    if metric in EVENT_ONLY or metric in VISIT_ONLY:
        return metric in EVENT_ONLY
    if query.interval:
        return metric is Metric.VISITORS
    return query.dimension is Dimension.PAGE or not EVENT_ONLY.isdisjoint(query.metrics)
