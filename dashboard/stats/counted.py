"""The questions that the daily counts answer, of a page or a single one.

The stored counts of days, and of whole months, are read as sums or one by one, beside the counts of days without stored
ones, such as today, and added up here. Of a box, only the highest values are read, and then those that such a day may
have put among them.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any, TypeAlias

from dashboard.stats.answer.day_sums import Column, Sums, added, columns, is_empty, line_of, share_of
from dashboard.stats.answer.order import Line, in_order
from dashboard.stats.answer.rows import result_of
from dashboard.stats.model import dimensions
from dashboard.stats.model.buckets import starts
from dashboard.stats.model.metrics import COUNTS, SHARES, Metric, Table
from dashboard.stats.model.period import Interval
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Result
from dashboard.stats.plan import MAX_ON_THE_SPOT, Plan, Select
from dashboard.stats.sql import statement
from dashboard.stats.sql.day_sums import Days, Tier, Top, Uncounted, compose
from dashboard.stats.sql.from_counts import scope_of
from dashboard.stats.sql.tiers import Span, in_tiers, spans_of, undivided, without
from schema.days.counts import GOAL, DayScope, mark
from schema.measures.goals import Goal, GoalKind
from schema.stores.cancellation import mapped
from schema.stores.database import READ_HANDLES, Database

MAX_VALUES = 5000  # of the days without counts, that a statement names
ALL_VALUES = 2**32 - 1
MORE_VALUES = 100  # stored values that are read besides the highest

Part: TypeAlias = Days | Top | Uncounted
Slot: TypeAlias = tuple[Table, str]  # table and dimension
Reading: TypeAlias = tuple[Slot, str]  # "": of values by name; else of the highest by this metric
Highest: TypeAlias = tuple[Slot, Span, tuple[tuple[str, bool], ...], bool]  # in an order; whether with their number
ByDay: TypeAlias = dict[date, Sums]
Spread: TypeAlias = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]  # like `map`


@dataclass(frozen=True, slots=True)
class Together:
    """Plans that one reading of the counts answers."""

    plans: Mapping[str, Plan]
    scopes: Mapping[date, DayScope]  # the days without counts

    @property
    def selects(self) -> Iterator[Select]:
        """Return all selects, also those of shares."""
        for planned in self.plans.values():
            yield from planned.all_selects

    @property
    def tops(self) -> dict[Highest, list[Select]]:
        """Return the selects of the highest values of dimensions, by what a reading of them shares."""
        groups: dict[Highest, list[Select]] = defaultdict(list)
        for planned in self.plans.values():
            if _is_top(planned.selects[0]):
                groups[_highest(planned.selects[0])].append(planned.selects[0])
        return groups


@dataclass(slots=True)
class DayCounts:
    """What the statements returned."""

    days: dict[Reading, dict[str, ByDay]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(dict)))
    months: dict[Reading, dict[str, ByDay]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(dict)))
    uncounted: dict[Slot, dict[str, ByDay]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(dict)))
    tops: dict[Highest, dict[str, Sums]] = field(default_factory=lambda: defaultdict(dict))
    sizes: dict[Highest, int] = field(default_factory=lambda: defaultdict(int))  # numbers of values


def together(plans: Mapping[str, Plan]) -> Together:
    """Return the plans that the counts can answer together."""
    chosen: dict[str, Plan] = {}
    scopes: dict[date, DayScope] = {}
    for name, planned in plans.items():
        if not _is_counted(planned):
            continue
        more = scopes | {
            day: scope_of(select.query, day)
            for select in planned.all_selects
            if select.counts
            for day in select.counts.missing
        }
        queries = [select.query for other in (*chosen.values(), planned) for select in other.all_selects]
        if (not chosen or len(more) <= MAX_ON_THE_SPOT) and all(_is_same(query, more) for query in queries):
            chosen[name], scopes = planned, more
    return Together({name: undivided(planned, scopes) for name, planned in chosen.items()}, scopes)


def answer(database: Database, planned: Plan) -> Result | None:
    """Return the result of a single plan, or None if the counts can't give it."""
    shared = together({"": planned})
    if not shared.scopes:
        return answers(database, shared, is_united=True).get("")
    with ThreadPoolExecutor(READ_HANDLES) as threads:
        return answers(database, shared, partial(mapped, threads), is_united=True).get("")


def answers(
    database: Database, shared: Together, spread: Spread = map, *, is_united: bool = False
) -> dict[str, Result]:
    """Return the results of plans by name, without those that need too many values.

    spread: like `map`. is_united: with one statement for both tables.
    """
    split = _at_once if is_united else _by_table
    counts = DayCounts()

    def read(uncounted: Iterable[Part], stored: Iterable[Part]) -> None:
        statements = [
            *((parts, ()) for parts in split(uncounted)),
            *((parts, shared.scopes) for parts in split(stored)),
        ]
        for (parts, _), rows in zip(statements, spread(lambda pair: _ask(database, *pair), statements), strict=True):
            _keep(parts, rows, counts)

    read(_uncounted(shared), [*_days(shared), *_tops(shared)])
    rest = _without_too_many(shared, counts)
    read((), _unread(rest, counts))
    read((), _joined(rest, counts))
    return {name: _result(planned, counts) for name, planned in rest.plans.items()}


def _ask(database: Database, parts: Sequence[Part], missing: Iterable[date]) -> Sequence[Sequence[Any]]:
    statement = compose(parts, missing)
    return database.query(statement.sql, statement.params)


def _by_table(parts: Iterable[Part]) -> list[list[Part]]:
    tables: dict[Table, list[Part]] = defaultdict(list)
    for part in parts:
        tables[part.table].append(part)
    return list(tables.values())


def _at_once(parts: Iterable[Part]) -> list[list[Part]]:
    together = list(parts)
    return [together] if together else []


def _keep(parts: Sequence[Part], rows: Iterable[Sequence[Any]], counts: DayCounts) -> None:
    for number, which, content, day, numbers in rows:
        match parts[number]:
            case Uncounted() as part:
                counts.uncounted[part.table, which][content][day] = dict(zip(part.names, numbers, strict=True))
            case Days() as part:
                reading = (part.table, part.dimension), part.first
                by_day = (counts.months if part.tier is Tier.MONTHLY else counts.days)[reading][content]
                sums = by_day.get(day, {})  # of a property, two rows may be one
                by_day[day] = {name: sums.get(name, 0) + count for name, count in zip(part.names, numbers, strict=True)}
            case Top() as part:
                key = (part.table, which), part.span, part.order, part.counts_rows
                sums = counts.tops[key].get(content, {})
                counts.tops[key][content] = {**sums, **dict(zip(part.columns, numbers, strict=False))}
                if part.counts_rows and part.contents is None:
                    counts.sizes[key] = numbers[-1]


# Which plans


def _is_counted(planned: Plan) -> bool:
    if any(not select.counts or select.counts.part.conditions for select in planned.all_selects):
        return False
    if any(select.query.dimensions for select in planned.group_totals):
        return False
    first, query = planned.selects[0], planned.query
    if _is_top(first):
        metrics = {order.by for order in statement.ordered(query) if isinstance(order.by, Metric)}
        return metrics.issubset(first.metrics)
    return all(_contents(select) is not None or _is_by_day(planned, select) for select in planned.selects)


def _is_by_day(planned: Plan, select: Select) -> bool:
    """True for the highest values of each day."""
    query = planned.query
    is_highest = planned.is_plain and query.metrics[0] in COUNTS.intersection(select.metrics)
    return query.interval is Interval.DAY and is_highest and len(planned.selects) == 1


def _is_same(query: Query, scopes: Mapping[date, DayScope]) -> bool:
    """True if a query counts days as the scopes do."""
    return all(
        scope_of(query, day) == scope for day, scope in scopes.items() if query.period.first <= day <= query.period.last
    )


def _without_too_many(shared: Together, counts: DayCounts) -> Together:
    """Return the plans without those that need the stored counts of too many more values."""
    plans = {
        name: planned
        for name, planned in shared.plans.items()
        if not any(_is_top(select) and len(_missed(select, counts)) > MAX_VALUES for select in planned.selects)
    }
    return replace(shared, plans=plans)


# What to read


def _slot(select: Select) -> Slot:
    return select.table, _part(select).dimension


def _part(select: Select) -> Any:
    if not select.counts:
        raise ValueError("the select reads rows")
    return select.counts.part


def _is_top(select: Select) -> bool:
    part = _part(select)
    return part.content is None and part.dimension != GOAL and not select.query.interval


def _columns(select: Select) -> dict[str, Column]:
    query = select.query
    return columns(select.table, select.metrics, by_time=query.interval is not None, has_groups=bool(query.groups))


def _names(selects: Iterable[Select]) -> tuple[str, ...]:
    names = (name for select in selects for column in _columns(select).values() for name in column.parts)
    return tuple(dict.fromkeys(names))


def _names_of_day(selects: Iterable[Select], day: date) -> tuple[str, ...]:
    names = (
        name
        for select in selects
        for column in _columns(select).values()
        for name in column.parts_of_day(is_first=day in starts(select.query.period, select.query.interval))
    )
    return tuple(dict.fromkeys(names))


def _span(select: Select) -> Span:
    return select.query.period.first, select.query.period.last


def _months(select: Select) -> tuple[date, ...]:
    return select.counts.months if select.counts else ()


def _contents(select: Select) -> tuple[str, ...] | None:
    part = _part(select)
    if part.content is not None:
        return (part.content,)
    return tuple(dict.fromkeys(map(mark, part.goals))) if part.dimension == GOAL else None


def _highest(select: Select) -> Highest:
    return _slot(select), _span(select), _order(select.query), select.query.counts_rows


def _order(query: Query) -> tuple[tuple[str, bool], ...]:
    """Return the metrics that values are ordered by, "" for the value itself, and whether descending."""
    by_metric = [
        (order.by.value if isinstance(order.by, Metric) else "", order.is_descending)
        for order in statement.ordered(query)
        if not isinstance(order.by, Interval)
    ]
    return tuple(by_metric)


def _reading(select: Select) -> Reading:
    return _slot(select), "" if _contents(select) is not None else select.query.metrics[0].value


def _uncounted(shared: Together) -> Iterator[Uncounted]:
    for day, scope in shared.scopes.items():
        tables: dict[Table, list[Select]] = defaultdict(list)
        for select in shared.selects:
            if _span(select)[0] <= day <= _span(select)[1]:
                tables[select.table].append(select)
        for table, selects in tables.items():
            names = dict.fromkeys(_part(select).dimension for select in selects)
            goals: dict[str, Goal] = {mark(goal): goal for select in selects for goal in _part(select).goals}
            yield Uncounted(table, scope, tuple(names), tuple(goals.values()), _names_of_day(selects, day))


def _days(shared: Together) -> Iterator[Days]:
    groups: dict[Reading, list[Select]] = defaultdict(list)
    for select in shared.selects:
        if not _is_top(select):
            groups[_reading(select)].append(select)
    for ((table, dimension), first), selects in groups.items():
        contents = [content for select in selects for content in _contents(select) or ()]
        days = Days(
            table,
            selects[0].query.site_id,
            dimension,
            None if first else tuple(dict.fromkeys(contents)),
            tuple(dict.fromkeys(span for select in selects for span in without(_span(select), _months(select)))),
            _names(selects),
            first,
            max(select.query.limit for select in selects),
        )
        months = spans_of({month for select in selects for month in _months(select)})
        if days.spans:
            yield days
        if months:
            yield replace(days, spans=tuple(months), tier=Tier.MONTHLY)


def _tops(shared: Together) -> Iterator[Top]:
    groups: dict[Any, list[Select]] = defaultdict(list)
    for ((table, _dimension), span, order, counts_rows), selects in shared.tops.items():
        groups[table, span, order, counts_rows, _months(selects[0])] += selects  # properties have months of their own
    for (_table, span, order, counts_rows, _read), selects in groups.items():
        # A day without counts seldom puts others among the highest than these.
        more = MORE_VALUES if any(span[0] <= day <= span[1] for day in shared.scopes) else 0
        yield replace(_top(selects), most=max(map(_most, selects)) + more, order=order, counts_rows=counts_rows)


def _top(selects: Sequence[Select], contents: Iterable[str] | None = None) -> Top:
    names = tuple(dict.fromkeys(_part(select).dimension for select in selects))
    sums = {name: column for select in selects for name, column in _columns(select).items()}
    named = None if contents is None else tuple(sorted(set(contents)))
    first = selects[0]
    return Top(
        *(first.table, first.query.site_id, names, _span(first), sums, (), ALL_VALUES),
        contents=named,
        months=_months(first),
    )


def _most(select: Select) -> int:
    return select.query.offset + select.query.limit


def _unread(shared: Together, counts: DayCounts) -> Iterator[Top]:
    """Return what the days without counts may put among the highest values."""
    for top in _tops(shared):
        missed = {
            content
            for (slot, *key), selects in shared.tops.items()
            if [top.table, top.span, top.order, top.counts_rows] == [slot[0], *key]
            for select in selects
            if top.months == _months(select)
            for content in _missed(select, counts)
        }
        if missed:
            yield replace(top, contents=tuple(sorted(missed)))


def _missed(select: Select, counts: DayCounts) -> list[str]:
    """Return the values of days without counts that may be among the highest, but whose stored counts are not read."""
    query = select.query
    stored = counts.tops.get(_highest(select), {})
    uncounted = counts.uncounted.get(_slot(select), {})
    unread = [content for content in uncounted if content not in stored]
    if len(stored) < _most(select) + MORE_VALUES:
        return []  # all stored values are read
    first, is_descending = _order(query)[0]
    if query.counts_rows or first not in COUNTS or not is_descending:
        return unread
    column = {first: _columns(select)[first]}
    more = {content: added(column, _in_period(days, select))[first] for content, days in uncounted.items()}
    highest = sorted((numbers[first] + more.get(content, 0) for content, numbers in stored.items()), reverse=True)
    least = min(numbers[first] for numbers in stored.values())
    return [content for content in unread if least + more[content] >= highest[_most(select) - 1]]


def _joined(shared: Together, counts: DayCounts) -> Iterator[Top]:
    """Return what the second table has about the rows of the first."""
    for planned in shared.plans.values():
        if len(planned.selects) > 1 and _is_top(planned.selects[0]):
            contents = [groups[0] for groups, _line in _first_rows(planned, counts)[0]]
            yield _top(planned.selects[1:], contents if len(contents) <= MAX_VALUES else None)


# Results


def _result(planned: Plan, counts: DayCounts) -> Result:
    query = planned.query
    lines, size = _first_rows(planned, counts)
    if len(planned.selects) > 1 and _is_top(planned.selects[0]):
        _join(lines, planned.selects[1], counts)
    rows = [[*groups, *(line[metric] for metric in query.metrics)] for groups, line in lines]
    return result_of(query, [[*row, size] for row in rows] if query.counts_rows else rows)


def _first_rows(planned: Plan, counts: DayCounts) -> tuple[list[Line], int]:
    """Return the rows in their order, within limits, and how many there are without; of lists, from the first table."""
    query, first = planned.query, planned.selects[0]
    lines = list(_lines(first, counts))
    if not _is_top(first):
        for select in planned.selects[1:]:
            _join(lines, select, counts)
    _add_shares(planned, lines, counts)
    size = len(lines)
    if _is_top(first):
        stored = counts.tops[_highest(first)]
        size = counts.sizes[_highest(first)] + sum(groups[0] not in stored for groups, _line in lines)
    return in_order(query, lines)[query.offset : query.offset + query.limit] if query.groups else lines, size


def _join(lines: Iterable[Line], select: Select, counts: DayCounts) -> None:
    """Add the metrics of a further table."""
    others = dict(_lines(select, counts, is_joined=True))
    zeros = line_of(select.metrics, dict.fromkeys(_columns(select), 0))
    for groups, line in lines:
        line.update(others.get(groups, zeros))


def _add_shares(planned: Plan, lines: Iterable[Line], counts: DayCounts) -> None:
    totals = {metric: _visitors(selects[0], counts) for metric, selects in planned.totals.items()}
    by_group = {groups: line for select in planned.group_totals for groups, line in _lines(select, counts)}
    for groups, line in lines:
        for metric in SHARES.intersection(planned.query.metrics):
            kept = by_group.get(tuple(groups[number] for number in planned.kept), {Metric.VISITORS: 0})
            total = totals[metric] if metric in totals else kept[Metric.VISITORS]
            line[metric] = share_of(metric, line[Metric.VISITORS], total)


def _visitors(select: Select, counts: DayCounts) -> Any:
    return next(line[Metric.VISITORS] for _groups, line in _lines(select, counts))


def _lines(select: Select, counts: DayCounts, *, is_joined: bool = False) -> Iterator[Line]:
    """Return the groups and metrics of each row. is_joined: of rows that the first table has."""
    names = _names_of_goals(select)
    for content, start, numbers in (
        _top_sums(select, counts, is_joined=is_joined) if _is_top(select) else _day_sums(select, counts)
    ):
        if select.query.groups and is_empty(numbers):
            continue
        for name in names.get(content, (content,)) if dimensions.GOAL in select.query.groups else (content,):
            groups = (start if isinstance(group, Interval) else name for group in select.query.groups)
            yield tuple(groups), _line(select, content, numbers)


def _line(select: Select, content: str, numbers: Sums) -> dict[Metric, Any]:
    """Return the metrics of a row. A scroll goal is reached without an event to count."""
    line: dict[Metric, Any] = line_of(select.metrics, numbers)
    if Metric.EVENTS in line and content in {
        mark(goal) for goal in _part(select).goals if goal.kind is GoalKind.SCROLL
    }:
        line[Metric.EVENTS] = None
    return line


def _names_of_goals(select: Select) -> dict[str, list[str]]:
    names: dict[str, list[str]] = defaultdict(list)
    for goal in _part(select).goals:
        names[mark(goal)].append(goal.display_name)
    return names


def _top_sums(select: Select, counts: DayCounts, *, is_joined: bool) -> Iterator[tuple[str, int, Sums]]:
    key = (_slot(select), _span(select), (), False) if is_joined else _highest(select)
    stored = counts.tops[key]
    uncounted = counts.uncounted.get(_slot(select), {})
    sums = _columns(select)
    for content in {**stored, **uncounted}:
        total = added(sums, _in_period(uncounted.get(content, {}), select))
        yield content, 0, {name: total[name] + stored.get(content, {}).get(name, 0) for name in sums}


def _in_period(days: ByDay, select: Select) -> Iterator[tuple[Sums, bool]]:
    first, last = _span(select)
    for day, numbers in days.items():
        if first <= day <= last:
            yield numbers, day == first


def _day_sums(select: Select, counts: DayCounts) -> Iterator[tuple[str, int, Sums]]:
    """Return the sums of each value and bucket."""
    sums = _columns(select)
    stored, uncounted = counts.days.get(_reading(select), {}), counts.uncounted.get(_slot(select), {})
    begins = starts(select.query.period, select.query.interval)
    firsts = list(begins)
    contents = _contents(select)
    for content in {**stored, **uncounted} if contents is None else contents:
        by_bucket: dict[date, list[tuple[Sums, bool]]] = defaultdict(list)
        if not select.query.groups:
            by_bucket[firsts[0]] = []  # a row even without events
        by_day = {**stored.get(content, {}), **uncounted.get(content, {})}
        for day, numbers in in_tiers(by_day, counts.months[_reading(select)][content], _span(select), _months(select)):
            bucket = firsts[bisect_right(firsts, day) - 1]
            by_bucket[bucket].append((numbers, day == bucket))
        for bucket, days in by_bucket.items():
            yield content, begins[bucket], added(sums, days)
