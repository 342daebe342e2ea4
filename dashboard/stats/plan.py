"""Which table answers which metric of a question.

Page views and what else is of a single event are only in `events`, what describes whole visits only in `visits`.
Visitors and visits follow the company they keep: where metrics, filters or dimensions need one table alone, that one
answers all; `visits` where nothing does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.filters import is_event_only, is_on, is_visit_only, leaves, of_entry, of_exit
from dashboard.stats.model.metrics import EVENT_ONLY, REVENUE, VISIT_ONLY, Metric
from dashboard.stats.model.query import Query, QueryError

# Breakdowns that are about how visits began, and with which page they ended.
_BEGINNINGS = dimensions.DIRECT | {dimensions.ENTRY_PAGE}
_ENDS = frozenset({dimensions.EXIT_PAGE})
_OF_PAGES = frozenset({dimensions.PAGE, dimensions.HOSTNAME})


@dataclass(frozen=True, slots=True)
class Plan:
    events: tuple[Metric, ...]
    visits: tuple[Metric, ...]


def plan(query: Query, metrics: tuple[Metric, ...]) -> Plan:
    """Return which of some metrics each table is asked for.

    Raises QueryError on what only events have, of what only visits have, and the other way round.
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
    """Return the metrics that `events` alone can answer for this question."""
    return EVENT_ONLY - {Metric.PAGEVIEWS, Metric.EVENTS} if query.counts_whole_visits else EVENT_ONLY


def attributed(query: Query) -> Query:
    """Return a question about a hostname so that visits count where they began, or ended, on it."""
    hostnames = [each for each in query.filters if is_on(dimensions.HOSTNAME, each)]
    groups = frozenset(query.dimensions)
    if not hostnames or not groups & (_BEGINNINGS | _ENDS):
        return query
    added = [of_entry(each) for each in hostnames if groups & _BEGINNINGS]
    added += [of_exit(each) for each in hostnames if groups & _ENDS]
    return replace(query, filters=(*query.filters, *added))


def _has_event_filter(query: Query) -> bool:
    return any(is_event_only(leaf) for leaf in leaves(query.filters))


def _has_visit_filter(query: Query) -> bool:
    return any(is_visit_only(leaf) for leaf in leaves(query.filters))


def _check(query: Query, of_events: tuple[Metric, ...], of_visits: tuple[Metric, ...]) -> None:
    for dimension in query.dimensions:
        if dimension.is_visit_only:
            _refuse([metric for metric in of_events if metric not in REVENUE], dimension)
        elif dimension.is_event_only and not (dimension in _OF_PAGES and dimensions.PAGE in query.groups):
            _refuse(of_visits, dimension)


def _refuse(metrics: Sequence[Metric], dimension: Dimension) -> None:
    for metric in metrics:
        raise QueryError(f"{metric} can't be broken down by {dimension.name}: ask for the one or the other")
