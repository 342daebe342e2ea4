"""How a query is answered: which tables give its metrics, from daily counts or from rows, and with which filters.

Metrics of single events are only in `events`, metrics of whole visits only in `visits`. Visitors and visits come from
the table that the other metrics, filters and dimensions need, by default from `visits`.

This module alone rewrites filters and chooses between counts and rows: SQL writes down what a plan says. Daily counts
give exactly what the rows would. They support at most one dimension, an interval of days, weeks or months, and at most
one filter on one value of the same dimension. Page views and events, which add up over pages, support any filters on
pages.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import chain

from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.filters import (
    Condition,
    Filter,
    Op,
    Reaches,
    is_event_only,
    is_on,
    is_visit_only,
    leaves,
    of_entry,
    of_exit,
)
from dashboard.stats.model.metrics import EVENT_ONLY, REVENUE, SHARES, VISIT_ONLY, Metric, Table
from dashboard.stats.model.period import WITHIN_A_DAY, Interval
from dashboard.stats.model.query import Query, QueryError
from schema.days.counts import EVENT_DIMENSIONS, GOAL, PROP, VISIT_DIMENSIONS, WHOLE_SITE, mark
from schema.days.months import RolledMonth
from schema.days.rolled_days import RolledDay, RolledDays
from schema.measures.goals import Goal

MAX_ON_THE_SPOT = 2  # days without counts, such as today, that a query counts itself
_ENTRY_DIMENSIONS = dimensions.DIRECT | {dimensions.ENTRY_PAGE}
_EXIT_DIMENSIONS = frozenset({dimensions.EXIT_PAGE})
_PAGE_DIMENSIONS = frozenset({dimensions.PAGE, dimensions.HOSTNAME})
_ENTRIES = {dimensions.PAGE: dimensions.ENTRY_PAGE, dimensions.HOSTNAME: dimensions.ENTRY_HOSTNAME}
_UNCOUNTED = REVENUE | VISIT_ONLY
_ADD_UP = frozenset({Metric.PAGEVIEWS, Metric.EVENTS})  # over the values of a dimension of events


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of the daily counts that a query needs: a dimension with one value or all values."""

    dimension: str
    content: str | None  # None: all values
    goals: tuple[Goal, ...] = ()  # for event:goal only
    conditions: tuple[Condition, ...] = ()  # on the values

    @property
    def props(self) -> list[str]:
        """Return the key of the property that the part is about, if any."""
        return [self.dimension.removeprefix(PROP)] if self.dimension.startswith(PROP) else []

    def is_in(self, day: RolledDay | RolledMonth) -> bool:
        """True if the counts of a day or month include it."""
        return all(mark(goal) in day.goals for goal in self.goals) and day.props.issuperset(self.props)


@dataclass(frozen=True, slots=True)
class Counts:
    """The daily counts that give the same as the rows of a table."""

    part: Slice
    missing: tuple[date, ...]  # days to count at query time
    months: tuple[date, ...] = ()  # first days of the months whose monthly counts replace the daily ones


@dataclass(frozen=True, slots=True)
class Select:
    """Metrics that one table gives, with the groups and filters of that table."""

    table: Table
    query: Query  # its groups, filters and period; other metrics and the order belong to the plan
    metrics: tuple[Metric, ...]
    counts: Counts | None = None  # None: from rows
    bounced: tuple[Filter, ...] = ()  # what visits must match to count in the bounce rate

    def has_column(self, dimension: Dimension) -> bool:
        """True if the table has the values of a dimension."""
        return not (dimension.is_visit_only if self.table is Table.EVENTS else dimension.is_event_only)


@dataclass(frozen=True, slots=True)
class Plan:
    """The selects that answer a query, joined by its groups, and what its shares are shares of."""

    query: Query
    selects: tuple[Select, ...]  # the first one has all rows
    totals: Mapping[Metric, tuple[Select, ...]] = field(default_factory=dict)  # of visitors, without groups
    group_totals: tuple[Select, ...] = ()  # of visitors, in the groups at `kept`
    kept: tuple[int, ...] = ()  # positions of the groups that visitors have whether they reach a goal or not

    @property
    def of_totals(self) -> tuple[Select, ...]:
        """Return the selects of what shares without groups are shares of."""
        return tuple(chain.from_iterable(self.totals.values()))

    @property
    def all_selects(self) -> tuple[Select, ...]:
        """Return the selects of the answer and of what its shares are shares of."""
        return (*self.selects, *self.of_totals, *self.group_totals)

    @property
    def is_plain(self) -> bool:
        """True for the first rows in the default order, without their number."""
        return not (self.query.order or self.query.offset or self.query.counts_rows)


def plan(query: Query, rolled: RolledDays | None = None, *, is_alone: bool = False) -> Plan:
    """Return how to answer a query. rolled: the days with daily counts.

    is_alone: no other question reads the rows of the same filters, which would give these numbers too.

    Raises QueryError if a metric that only one table has is grouped by a dimension that only the other has.
    """
    query = attributed(query)
    by_group = Metric.GROUP_CONVERSION_RATE in query.metrics
    kept = tuple(number for number, group in enumerate(query.groups) if by_group and group != dimensions.GOAL)
    totals = {
        metric: _selects(_all_visitors(query, metric), rolled)
        for metric in query.metrics
        if metric in SHARES and not (kept and metric is Metric.GROUP_CONVERSION_RATE)
    }
    in_groups = _selects(_all_visitors(query, Metric.GROUP_CONVERSION_RATE, kept), rolled) if kept else ()
    return Plan(query, _selects(query, rolled, is_alone=is_alone), totals, in_groups, kept)


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
        return replace(query, metrics=(Metric.VISITS,), filters=query.filters + _entries(query))
    return _all_visitors(query, metric)


def _selects(query: Query, rolled: RolledDays | None, *, is_alone: bool = False) -> tuple[Select, ...]:
    counted = tuple(metric for metric in query.metrics if metric not in SHARES)
    if len(counted) < len(query.metrics) and Metric.VISITORS not in counted:
        counted = (*counted, Metric.VISITORS)
    of_events, of_visits = _by_table(query, counted)
    selects = []
    if of_events:
        counts = _counts_of_events(query, of_events, rolled)
        if not counts and is_alone and _ADD_UP.issuperset(of_events):
            counts = _counts_of_pages(query, rolled)
        selects.append(Select(Table.EVENTS, query, of_events, counts))
    if of_visits:
        by_visit = _by_entry_page(query, of_visits) if dimensions.PAGE in query.groups else query
        counts = _counts(by_visit, _slice(by_visit, VISIT_DIMENSIONS), rolled)
        selects.append(Select(Table.VISITS, by_visit, of_visits, counts, _entries(by_visit)))
    return tuple(selects)


def _by_table(query: Query, metrics: tuple[Metric, ...]) -> tuple[tuple[Metric, ...], tuple[Metric, ...]]:
    """Return the metrics to compute from `events`, and those from `visits`."""
    of_events = tuple(metric for metric in metrics if metric in _event_only(query))
    of_visits = tuple(metric for metric in metrics if metric in VISIT_ONLY)
    _check(query, of_events, of_visits)
    needs_events = bool(of_events) or any(dimension.is_event_only for dimension in query.dimensions)
    needs_visits = bool(of_visits) or any(dimension.is_visit_only for dimension in query.dimensions)
    if not needs_events and (needs_visits or not _has(is_event_only, query) or _has(is_visit_only, query)):
        return (), metrics
    return tuple(metric for metric in metrics if metric not in of_visits), of_visits


def _event_only(query: Query) -> Set[Metric]:
    return EVENT_ONLY - {Metric.PAGEVIEWS, Metric.EVENTS} if query.counts_whole_visits else EVENT_ONLY


def _has(is_kind: Callable[[Condition | Reaches], bool], query: Query) -> bool:
    return any(is_kind(leaf) for leaf in leaves(query.filters))


def _check(query: Query, of_events: tuple[Metric, ...], of_visits: tuple[Metric, ...]) -> None:
    for dimension in query.dimensions:
        if dimension.is_visit_only:
            _refuse([metric for metric in of_events if metric not in REVENUE], dimension)
        elif dimension.is_event_only and not (dimension in _PAGE_DIMENSIONS and dimensions.PAGE in query.groups):
            _refuse(of_visits, dimension)


def _refuse(metrics: Sequence[Metric], dimension: Dimension) -> None:
    for metric in metrics:
        raise QueryError("%(metric)s can't be broken down by %(dimension)s", metric=metric, dimension=dimension.name)


def _all_visitors(query: Query, share: Metric, kept: Sequence[int] = ()) -> Query:
    """Return the query for the visitors that are 100 percent of a share."""
    filters = query.filters if share is Metric.PERCENTAGE else without_goals(query.filters)
    groups = tuple(query.groups[number] for number in kept)
    return attributed(Query(query.site_id, query.period, (Metric.VISITORS,), groups=groups, filters=filters))


def _is_about_goals(node: Filter) -> bool:
    conditions = list(leaves([node]))
    return bool(conditions) and all(isinstance(leaf, Reaches) or leaf.dimension.is_prop for leaf in conditions)


def _by_entry_page(query: Query, metrics: tuple[Metric, ...]) -> Query:
    """Return a query by page as a query for metrics by entry page."""
    groups = tuple(_ENTRIES.get(group, group) if isinstance(group, Dimension) else group for group in query.groups)
    filters = tuple(
        of_entry(node) if any(is_on(dimension, node) for dimension in _ENTRIES) else node for node in query.filters
    )
    return replace(query, metrics=metrics, groups=groups, filters=filters, order=())


def _entries(query: Query) -> tuple[Filter, ...]:
    """Return the filters on the page as filters on the entry page. A bounce must be of the filtered page."""
    return tuple(of_entry(node) for node in query.filters if is_on(dimensions.PAGE, node))


def _counts_of_events(query: Query, metrics: tuple[Metric, ...], rolled: RolledDays | None) -> Counts | None:
    part = _slice(query, EVENT_DIMENSIONS)
    return None if _UNCOUNTED.intersection(metrics) else _counts(query, part, rolled)


def _counts_of_pages(query: Query, rolled: RolledDays | None) -> Counts | None:
    """Return the counts of the pages that match all filters, or None if others are needed."""
    conditions = tuple(
        node for node in query.filters if isinstance(node, Condition) and node.dimension == dimensions.PAGE
    )
    if len(conditions) < len(query.filters) or not {dimensions.PAGE}.issuperset(query.dimensions):
        return None
    if not rolled or rolled.has_final(query.period.first, query.period.last):
        return None  # filters need rows, and these are deleted
    return _counts(query, Slice(dimensions.PAGE.name, None, conditions=conditions), rolled)


def _counts(query: Query, part: Slice | None, rolled: RolledDays | None) -> Counts | None:
    """Return the counts to use, or None if too many days lack them."""
    period = query.period
    if not part or not rolled or rolled.zone != period.zone.key or period.since or query.interval in WITHIN_A_DAY:
        return None
    missing = rolled.missing(period.first, period.last, part.is_in)
    if period.until and period.last not in missing and period.last <= rolled.today:
        missing.append(period.last)
    if len(missing) > MAX_ON_THE_SPOT or len(missing) > period.days / 2:
        return None
    return Counts(part, tuple(missing), _months(query, part, rolled))


def _months(query: Query, part: Slice, rolled: RolledDays) -> tuple[date, ...]:
    """Return the months whose counts give the same as those of their days. No interval may divide them."""
    if query.interval not in (None, Interval.MONTH):
        return ()
    period = query.period
    return rolled.whole_months(period.first, period.last - timedelta(days=bool(period.until)), part.is_in)


def _slice(query: Query, counted: Sequence[str]) -> Slice | None:
    """Return the part of the counts that a query needs, or None. counted: the dimensions of the table of counts."""
    if len(query.dimensions) > 1 or len(query.filters) > 1:
        return None
    part = _of_group(query)
    if query.filters:
        filtered = _of_filter(query)
        if (
            not filtered
            or part.dimension not in (WHOLE_SITE, filtered.dimension)
            or filtered.dimension == GOAL == part.dimension
        ):
            return None
        part = filtered
    is_counted = part.dimension in counted or (counted is EVENT_DIMENSIONS and part.dimension.startswith((GOAL, PROP)))
    return part if is_counted else None


def _of_group(query: Query) -> Slice:
    if not query.dimensions:
        return Slice(WHOLE_SITE, "")
    (dimension,) = query.dimensions
    return Slice(dimension.name, None, query.goals if dimension == dimensions.GOAL else ())


def _of_filter(query: Query) -> Slice | None:
    match query.filters:
        case (Reaches((goal,)),):
            return Slice(GOAL, mark(goal), (goal,))
        case (Condition(dimension=dimension, op=Op.IS, texts=(content,), is_case_sensitive=True),):
            return Slice(dimension.name, "" if content in dimensions.empty_labels(dimension) else content)
    return None
