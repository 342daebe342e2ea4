"""Which questions about a site with the privacy profile `exempt` have an answer.

Closed days have daily counts only, by one dimension each. Today also has rows, so it can be filtered and shown by the
hour. A filter compares with a single value: the others would select any set of visitors.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import Condition, Filter, Op, Reaches, leaves
from dashboard.stats.model.metrics import EVENT_ONLY, REVENUE, VISIT_ONLY, Metric, Table
from dashboard.stats.model.period import WITHIN_A_DAY, Interval, Period
from dashboard.stats.model.query import Query
from schema.days.counts import EVENT_DIMENSIONS, GOAL, VISIT_DIMENSIONS, WHOLE_SITE, mark
from schema.measures.goals import Goal
from schema.privacy.profile import MAX_FILTERS, Privacy
from schema.sentence import Sentence, later

REST = later("Other (<10)")  # in place of a value: all values with fewer than ten visitors each
CITIES = frozenset({dimensions.CITY, dimensions.CITY_NAME, dimensions.NAMED_CITY})
SOURCES = frozenset({dimensions.SOURCE, dimensions.REFERRER})
CAMPAIGNS = frozenset(
    {dimensions.CHANNEL, dimensions.UTM_MEDIUM, dimensions.UTM_SOURCE, dimensions.UTM_CAMPAIGN}
    | {dimensions.UTM_CONTENT, dimensions.UTM_TERM}
)
_ENTRIES = {dimensions.PAGE: dimensions.ENTRY_PAGE, dimensions.HOSTNAME: dimensions.ENTRY_HOSTNAME}
_RATIOS_OF_VISITS = VISIT_ONLY


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of the counts of a table that a question needs."""

    table: Table
    dimension: str
    contents: tuple[str, ...] | None  # None: all values
    goals: tuple[Goal, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """How the daily counts answer a question."""

    rows: Slice  # visitors, visits, page views and events, and what only events have
    visits: Slice | None  # bounce rate, duration and views per visit
    is_without_empty: bool  # leave out the empty value


def refusal(query: Query, privacy: Privacy, *, today: date) -> Sentence | None:
    """Return why a question has no answer, or None if it has one. today: of the site."""
    try:
        check(query, privacy, today=today)
    except QueryError as error:
        return error.sentence
    return None


def check(query: Query, privacy: Privacy, *, today: date) -> Shape | None:
    """Return how counts answer a question, or None if the rows of today do. Raises QueryError if neither can."""
    if not privacy.is_exempt:
        return None
    if REVENUE.intersection(query.metrics):
        raise QueryError("This site does not store revenue: its privacy profile is exempt.")
    for dimension in _used(query):
        check_dimension(dimension, privacy)
    check_filters(conditions(query))
    if query.interval is Interval.MINUTE:
        raise QueryError("This site shows hours, not minutes: its privacy profile is exempt.")
    shape = _shape(query) if _has_whole_days(query.period, today) and query.interval not in WITHIN_A_DAY else None
    if shape is None and not is_today(query.period, today):
        raise QueryError(_why(query, today))
    if len(query.dimensions) > 1:
        raise QueryError("This site shows visitors by one dimension at a time: its privacy profile is exempt.")
    return shape


def refusal_of(dimension: Dimension, privacy: Privacy) -> Sentence | None:
    """Return why a site does not show a dimension, or None if it does."""
    try:
        check_dimension(dimension, privacy)
    except QueryError as error:
        return error.sentence
    return None


def check_dimension(dimension: Dimension, privacy: Privacy) -> None:
    """Raise QueryError if the site does not store or show a dimension."""
    if not privacy.is_exempt:
        return
    if dimension.is_prop:
        raise QueryError("This site does not store custom properties: its privacy profile is exempt.")
    if dimension in CITIES:
        raise QueryError("This site does not store cities: its privacy profile is exempt.")
    if dimension in CAMPAIGNS:
        raise QueryError("This site does not store campaigns and channels: its privacy profile is exempt.")
    if dimension in SOURCES and not privacy.shows_acquisition:
        raise QueryError("This site does not show where visitors came from: its privacy profile is exempt.")


def check_filters(filters: tuple[Filter, ...]) -> None:
    """Raise QueryError if filters could select any set of visitors."""
    if len(filters) > MAX_FILTERS:
        raise QueryError("This site accepts at most %(most)s filters: its privacy profile is exempt.", most=MAX_FILTERS)
    for node in filters:
        match node:
            case Condition(op=Op.IS, texts=(_,), is_case_sensitive=True) | Reaches(goals=(_,)):
                continue
        raise QueryError("On this site, a filter is one value that visitors have: its privacy profile is exempt.")


def check_rows(period: Period, filters: tuple[Filter, ...], privacy: Privacy, *, today: date) -> None:
    """Raise QueryError if what visitors did one after the other is not known: closed days have no rows."""
    if not is_today(period, today):
        raise QueryError("This exists only for today: of closed days, this site keeps daily counts. Choose today.")
    check_rows_of_now(filters, privacy)


def check_rows_of_now(filters: tuple[Filter, ...], privacy: Privacy) -> None:
    """Raise QueryError for filters that questions about today can't have."""
    check_filters(filters)
    for leaf in leaves(filters):
        if isinstance(leaf, Condition):
            check_dimension(leaf.dimension, privacy)


def conditions(query: Query) -> tuple[Filter, ...]:
    """Return the filters of a query that select visitors: leaving out the empty value of rows selects none."""
    return tuple(node for node in query.filters if not _is_without_empty(node, query))


def is_today(period: Period, today: date) -> bool:
    """True for today as a whole, so far."""
    return period.first == today == period.last and period.since is None


def _has_whole_days(period: Period, today: date) -> bool:
    return period.since is None and (period.until is None or period.last >= today)


def _used(query: Query) -> Iterator[Dimension]:
    yield from query.dimensions
    for leaf in leaves(query.filters):
        if isinstance(leaf, Condition):
            yield leaf.dimension


def _is_without_empty(node: Filter, query: Query) -> bool:
    match node:
        case Condition(dimension=dimension, op=Op.IS_NOT, texts=("",)):
            return dimension in query.dimensions
    return False


def _why(query: Query, today: date) -> str:
    if query.interval is Interval.HOUR:
        return later("Hours exist only for today: of closed days, this site keeps daily counts. Choose days or weeks.")
    if not _has_whole_days(query.period, today):
        return later("Choose whole days: of closed days, this site keeps daily counts.")
    return later("This combination no longer exists: of closed days, this site keeps daily counts of one dimension.")


def _shape(query: Query) -> Shape | None:
    """Return how counts answer a question, or None if they have no such combination."""
    if len(query.dimensions) > 1 or len(filters := conditions(query)) > 1:
        return None
    part = _of_group(query)
    if filters:
        filtered = _of_filter(filters[0])
        if part.dimension not in (WHOLE_SITE, filtered.dimension):
            return None
        part = part if part.dimension == GOAL else filtered
    dimension = dimensions.named(part.dimension)
    visits = _of_visits(part, dimension) if _RATIOS_OF_VISITS.intersection(query.metrics) else None
    is_impossible = _RATIOS_OF_VISITS.intersection(query.metrics) and visits is None
    if is_impossible or (part.table is Table.VISITS and _only_events(query)):
        return None
    return Shape(part, visits, len(filters) < len(query.filters)) if _is_counted(part) else None


def _only_events(query: Query) -> bool:
    return bool((EVENT_ONLY - {Metric.PAGEVIEWS, Metric.EVENTS}).intersection(query.metrics))


def _is_counted(part: Slice) -> bool:
    return part.dimension == GOAL or part.dimension in (
        EVENT_DIMENSIONS if part.table is Table.EVENTS else VISIT_DIMENSIONS
    )


def _of_group(query: Query) -> Slice:
    if not query.dimensions:
        return Slice(Table.EVENTS, WHOLE_SITE, ("",))
    (dimension,) = query.dimensions
    if dimension == dimensions.GOAL:
        return Slice(Table.EVENTS, GOAL, tuple(map(mark, query.goals)), query.goals)
    return Slice(_table(dimension), dimension.name, None)


def _of_filter(node: Filter) -> Slice:
    match node:
        case Reaches((goal,)):
            return Slice(Table.EVENTS, GOAL, (mark(goal),), (goal,))
        case Condition(dimension=dimension, texts=(content,)):
            content = "" if content in dimensions.empty_labels(dimension) else content
            return Slice(_table(dimension), dimension.name, (content,))
    raise AssertionError("a filter that was not checked")


def _table(dimension: Dimension) -> Table:
    return Table.EVENTS if dimension.name in EVENT_DIMENSIONS else Table.VISITS


def _of_visits(part: Slice, dimension: Dimension | None) -> Slice | None:
    """Return the part of `daily_visits` for the ratios of visits: of a page, those of visits that began there."""
    dimension = _ENTRIES.get(dimension, dimension) if dimension else None
    name = dimension.name if dimension else part.dimension
    return Slice(Table.VISITS, name, part.contents) if name in VISIT_DIMENSIONS else None


def is_of_goals(query: Query) -> bool:
    """True if rows are goals, whose names come from the operator."""
    return dimensions.GOAL in query.dimensions
