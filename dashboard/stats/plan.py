"""Which table answers each metric of a query.

Metrics of single events are only in `events`, metrics of whole visits only in `visits`. Visitors and visits come from
the table that the other metrics, filters and dimensions need, by default from `visits`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.filters import (
    Filter,
    Reaches,
    is_event_only,
    is_on,
    is_visit_only,
    leaves,
    of_entry,
    of_exit,
)
from dashboard.stats.model.metrics import EVENT_ONLY, REVENUE, VISIT_ONLY, Metric
from dashboard.stats.model.query import Query, QueryError

_ENTRY_DIMENSIONS = dimensions.DIRECT | {dimensions.ENTRY_PAGE}
_EXIT_DIMENSIONS = frozenset({dimensions.EXIT_PAGE})
_PAGE_DIMENSIONS = frozenset({dimensions.PAGE, dimensions.HOSTNAME})


@dataclass(frozen=True, slots=True)
class Plan:
    events: tuple[Metric, ...]
    visits: tuple[Metric, ...]


def plan(query: Query, metrics: tuple[Metric, ...]) -> Plan:
    """Return the metrics to compute from each table.

    Raises QueryError if a metric that only one table has is grouped by a dimension that only the other has.
    """
    of_events = tuple(metric for metric in metrics if metric in event_only(query))
    of_visits = tuple(metric for metric in metrics if metric in VISIT_ONLY)
    _check(query, of_events, of_visits)
    event_groups = any(dimension.is_event_only for dimension in query.dimensions)
    visit_groups = any(dimension.is_visit_only for dimension in query.dimensions)
    needs_events = bool(of_events or event_groups)
    needs_visits = bool(of_visits or visit_groups)
    if not needs_events and (needs_visits or not _has_event_filter(query) or _has_visit_filter(query)):
        return Plan((), metrics)
    return Plan(tuple(metric for metric in metrics if metric not in of_visits), of_visits)


def event_only(query: Query) -> frozenset[Metric]:
    """Return the metrics that this query can only compute from `events`."""
    return EVENT_ONLY - {Metric.PAGEVIEWS, Metric.EVENTS} if query.counts_whole_visits else EVENT_ONLY


def attributed(query: Query) -> Query:
    """Return a query filtered by hostname that counts only visits that started, or ended, on that hostname."""
    hostnames = [node for node in query.filters if is_on(dimensions.HOSTNAME, node)]
    groups = frozenset(query.dimensions)
    if not hostnames or not groups & (_ENTRY_DIMENSIONS | _EXIT_DIMENSIONS):
        return query
    added = [of_entry(node) for node in hostnames if groups & _ENTRY_DIMENSIONS]
    added += [of_exit(node) for node in hostnames if groups & _EXIT_DIMENSIONS]
    return replace(query, filters=(*query.filters, *added))


def without_goals(filters: Sequence[Filter]) -> tuple[Filter, ...]:
    """Return the filters without those on goals and custom properties."""
    return tuple(node for node in filters if not _is_about_goals(node))


def base_of(query: Query, metric: Metric) -> Query:
    """Return the query for the number that a bounce or conversion rate of the query is a share of."""
    if metric is Metric.BOUNCE_RATE:
        entries = tuple(of_entry(node) for node in query.filters if is_on(dimensions.PAGE, node))
        return replace(query, metrics=(Metric.VISITS,), filters=query.filters + entries)
    return replace(query, metrics=(Metric.VISITORS,), filters=without_goals(query.filters))


def _is_about_goals(node: Filter) -> bool:
    conditions = list(leaves([node]))
    return bool(conditions) and all(isinstance(leaf, Reaches) or leaf.dimension.is_prop for leaf in conditions)


def _has_event_filter(query: Query) -> bool:
    return any(is_event_only(leaf) for leaf in leaves(query.filters))


def _has_visit_filter(query: Query) -> bool:
    return any(is_visit_only(leaf) for leaf in leaves(query.filters))


def _check(query: Query, of_events: tuple[Metric, ...], of_visits: tuple[Metric, ...]) -> None:
    for dimension in query.dimensions:
        if dimension.is_visit_only:
            _refuse([metric for metric in of_events if metric not in REVENUE], dimension)
        elif dimension.is_event_only and not (dimension in _PAGE_DIMENSIONS and dimensions.PAGE in query.groups):
            _refuse(of_visits, dimension)


def _refuse(metrics: Sequence[Metric], dimension: Dimension) -> None:
    for metric in metrics:
        raise QueryError(f"{metric} can't be broken down by {dimension.name}")
