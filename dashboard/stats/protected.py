"""Answers about a site whose privacy profile is `exempt`: sums of protected blocks, never rows of few visitors.

Everything about visitors of an exempt site leaves through here and through the reports, which take the same argument.
`protection/` has the rules: which questions exist (limits.py), the blocks (grid.py) and their numbers (rounding.py).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeAlias

from dashboard.stats.answer.compared_rows import in_order
from dashboard.stats.answer.day_sums import columns, metric_of, share_of
from dashboard.stats.model import dimensions
from dashboard.stats.model.buckets import buckets
from dashboard.stats.model.metrics import COUNTS, SHARES, VISIT_ONLY, Metric, Table
from dashboard.stats.model.period import Interval
from dashboard.stats.model.query import MAX_LIMIT, Query
from dashboard.stats.model.result import Number, Result, Row
from dashboard.stats.protected_today import Ask, of_today
from dashboard.stats.protection import limits
from dashboard.stats.protection.blocks import AVERAGED, by_bucket, rest
from dashboard.stats.protection.grid import Grid, grid
from dashboard.stats.protection.limits import REST, Shape, Slice
from dashboard.stats.sql.protected import Days, OnTheSpot, Part, SingleDays, Stored, compose
from schema.days.counts import GOAL, WHOLE_SITE, DayScope, mark
from schema.days.rolled_days import RolledDays
from schema.measures.goals import Goal, GoalKind
from schema.privacy.profile import Privacy
from schema.stores.database import Database, DatabaseUnavailableError

MAX_UNCOUNTED = 40  # days that a question counts itself
# A visitor has a single value of these on a day, so visitors of different values add up.
_EXCLUSIVE = frozenset(
    {dimensions.BROWSER, dimensions.BROWSER_VERSION, dimensions.OS, dimensions.OS_VERSION}
    | {dimensions.COUNTRY, dimensions.REGION, dimensions.NAMED_REGION}
)
# An exempt site declares its events. The counts of few values by day take less time than a statement about blocks.
_FEW_VALUES = frozenset({dimensions.EVENT_NAME.name})
_WHOLE = Slice(Table.EVENTS, WHOLE_SITE, ("",))
_DAY = timedelta(days=1)

Spread: TypeAlias = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]  # like `map`
Sums: TypeAlias = Mapping[str, int]
Contents: TypeAlias = tuple[str, ...] | None  # None: all values
Reading: TypeAlias = tuple[Table, str, Grid]
Cells: TypeAlias = dict[tuple[str, date], dict[str, int]]  # by value and first day of the bucket


@dataclass(frozen=True, slots=True)
class Counted:
    """A question with what it reads of the counts."""

    query: Query
    shape: Shape
    rows: tuple[Slice, Grid]
    visits: tuple[Slice, Grid] | None
    totals: Mapping[Metric, tuple[Slice, Grid]]  # what shares are shares of

    @property
    def has_rest(self) -> bool:
        """True for a list of values, whose last row is the rest."""
        query = self.query
        return bool(query.dimensions) and not query.interval and self.shape.rows.contents is None

    @property
    def parts(self) -> Iterator[tuple[Slice, Grid, tuple[str, ...]]]:
        """Yield the parts of the counts with the names of sums."""
        metrics = [metric for metric in self.query.metrics if metric not in SHARES]
        of_rows = [metric for metric in metrics if metric not in VISIT_ONLY]
        yield (*self.rows, tuple(columns(Table.EVENTS, [Metric.VISITORS, *of_rows], by_time=False)))
        if self.visits:
            of_visits = [metric for metric in metrics if metric in VISIT_ONLY]
            yield (*self.visits, tuple(columns(Table.VISITS, [Metric.VISITORS, *of_visits], by_time=False)))
        for total in self.totals.values():
            yield (*total, ("visitors",))


@dataclass(slots=True)
class Needs:
    """What questions need of one reading."""

    contents: Contents = ()
    goals: dict[str, Goal] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)
    has_rest: bool = False

    def add(self, part: Slice, names: Iterable[str], *, has_rest: bool) -> None:
        """Add the needs of a question."""
        if self.contents is not None:
            self.contents = None if part.contents is None else (*self.contents, *part.contents)
        self.goals |= {mark(goal): goal for goal in part.goals}
        self.names |= dict.fromkeys(names)
        self.has_rest |= has_rest


@dataclass(slots=True)
class Counts:
    """What the statements returned: sums of protected blocks."""

    cells: dict[Reading, Cells] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    )
    rest: dict[Reading, int] = field(default_factory=lambda: defaultdict(int))  # missing: no value is folded


def answers(
    database: Database,
    questions: Mapping[str, Query],
    privacy: Privacy,
    *,
    exact: Ask,
    rolled: RolledDays | None = None,
    spread: Spread = map,
) -> dict[str, Result]:
    """Return the results of questions by name.

    Raises QueryError for a question without an answer (see limits.py), DatabaseUnavailableError while many days are not
    counted.

    exact: returns the result of a question from rows, not protected. rolled: the days with daily counts.
    """
    counted: dict[str, Counted] = {}
    results: dict[str, Result] = {}
    for name, query in questions.items():
        days = rolled or RolledDays(query.period.zone.key, query.period.last, {})
        shape = limits.check(query, privacy, today=days.today)
        if shape:
            counted[name] = _counted(query, shape, days)
        else:
            results[name] = of_today(query, exact)
    counts = _read(database, list(counted.values()), spread)
    results |= {name: _result(one, counts, rolled) for name, one in counted.items()}
    return {name: results[name] for name in questions}


# What to read


def _counted(query: Query, shape: Shape, days: RolledDays) -> Counted:
    own, whole = grid(query.period, query.interval, days), grid(query.period, None, days)
    if len(own.to_count) > MAX_UNCOUNTED:
        raise DatabaseUnavailableError("Many days of this period are not counted yet. Try again in a few minutes.")
    totals: dict[Metric, tuple[Slice, Grid]] = {}
    for metric in SHARES.intersection(query.metrics):
        filtered = metric is Metric.PERCENTAGE and bool(limits.conditions(query)) and not query.goals
        is_by_time = metric is Metric.GROUP_CONVERSION_RATE and query.interval
        totals[metric] = (shape.rows if filtered else _WHOLE, own if is_by_time else whole)
    visits = (shape.visits, own) if shape.visits else None
    return Counted(query, shape, (shape.rows, own), visits, totals)


def _read(database: Database, counted: Sequence[Counted], spread: Spread) -> Counts:
    needs: dict[Reading, Needs] = defaultdict(Needs)
    for one in counted:
        for number, (part, blocks, names) in enumerate(one.parts):
            needs[part.table, part.dimension, blocks].add(part, names, has_rest=not number and one.has_rest)
    counts = Counts()
    statements = [parts for table in Table for parts in _statements(_parts(needs, table, counted))]
    answered = spread(lambda parts: _ask(database, parts), statements)
    for parts, rows in zip(statements, answered, strict=True):
        _keep(parts, rows, needs, counts)
    return counts


def _statements(parts: Sequence[Part]) -> list[list[Part]]:
    """Return parts as statements that run side by side: what is read in blocks takes as long as all the rest."""
    statements: dict[bool, list[Part]] = defaultdict(list)
    for part in parts:
        statements[isinstance(part, Stored)].append(part)
    return list(statements.values())


def _parts(needs: Mapping[Reading, Needs], table: Table, counted: Sequence[Counted]) -> list[Part]:
    of_table = {(name, blocks): want for (on, name, blocks), want in needs.items() if on is table}
    if not of_table:
        return []
    parts: list[Part] = []
    single: dict[tuple[tuple[str, ...], tuple[str, ...]], list[date]] = defaultdict(list)
    lists = {key: want for key, want in of_table.items() if key[1].has_counts and not _is_read_by_day(key[0], want)}
    for blocks in dict.fromkeys(blocks for _name, blocks in lists):
        wants = {name: want for (name, on), want in lists.items() if on == blocks}
        # ClickHouse takes longer to analyse a column than to read it, so most dimensions have a single one.
        for names in dict.fromkeys(tuple(want.names) for want in wants.values()):
            alike = {name: want for name, want in wants.items() if tuple(want.names) == names}
            if blocks.first == blocks.last:
                single[tuple(alike), names].append(blocks.first)
            else:
                parts.append(Stored(table, counted[0].query.site_id, blocks, **_arguments(alike)))
    for (of_dimensions, _names), days in single.items():
        united = _united(
            (name, want) for (name, on), want in lists.items() if name in of_dimensions and on.first in days
        )
        parts.append(SingleDays(table, counted[0].query.site_id, tuple(sorted(days)), **_arguments(united)))
    parts += _days(of_table, table, counted[0].query.site_id)
    for day in dict.fromkeys(day for _name, blocks in of_table for day in blocks.to_count):
        wants = _united((name, want) for (name, blocks), want in of_table.items() if day in blocks.to_count)
        goals = tuple({key: goal for want in wants.values() for key, goal in want.goals.items()}.values())
        scope = DayScope(counted[0].query.site_id, day, counted[0].query.period.zone)
        parts.append(OnTheSpot(table, scope, goals, **_arguments(wants)))
    return parts


def _days(of_table: Mapping[tuple[str, Grid], Needs], table: Table, site_id: int) -> list[Part]:
    """Return the part that reads single values, whatever their grids are."""
    needed = [(name, blocks, want) for (name, blocks), want in of_table.items() if _is_read_by_day(name, want)]
    grids = [blocks for _name, blocks, _want in needed if blocks.has_counts]
    if not grids:
        return []
    arguments = _arguments(_united((name, want) for name, _blocks, want in needed))
    names = dict.fromkeys(name for sums in arguments["names"] for name in (AVERAGED.get(sums, sums), sums))
    first, last = min(blocks.first for blocks in grids), max(blocks.last for blocks in grids)
    return [Days(table, site_id, first, last, arguments["dimensions"], tuple(names))]


def _is_read_by_day(name: str, want: Needs) -> bool:
    return want.contents is not None or name in _FEW_VALUES


def _united(pairs: Iterable[tuple[str, Needs]]) -> dict[str, Needs]:
    """Return the needs of several grids as one."""
    wants: dict[str, Needs] = defaultdict(Needs)
    for name, want in pairs:
        part = Slice(Table.EVENTS, name, want.contents, tuple(want.goals.values()))
        wants[name].add(part, want.names, has_rest=want.has_rest)
    return wants


def _arguments(wants: Mapping[str, Needs]) -> dict[str, Any]:
    names = dict.fromkeys(["visitors", *(name for want in wants.values() for name in want.names)])
    return {
        "dimensions": {name: want.contents for name, want in wants.items()},
        "names": tuple(names),
        "most": MAX_LIMIT,
        "has_rest": any(want.has_rest for want in wants.values()),
    }


def _ask(database: Database, parts: Sequence[Part]) -> Sequence[Sequence[Any]]:
    statement = compose(parts)
    return database.query(statement.sql, statement.params)


def _keep(parts: Sequence[Part], rows: Iterable[Sequence[Any]], needs: Mapping[Reading, Needs], counts: Counts) -> None:
    of_part = [_readings(part, needs) for part in parts]
    by_day: dict[tuple[str, str], dict[date, Sums]] = defaultdict(dict)
    for number, which, is_rest, content, bucket, sums in rows:
        part, day = parts[number], date(1970, 1, 1) + bucket * _DAY
        if isinstance(part, Days):
            by_day[which, content][day] = dict(zip(part.names, sums, strict=True))
            continue
        for reading in of_part[number][which]:
            grid_of_reading = reading[2]
            if isinstance(part, SingleDays) and day != grid_of_reading.first:
                continue
            start = grid_of_reading.buckets[bisect_right(grid_of_reading.buckets, day) - 1]
            if is_rest:
                counts.rest[reading] += sums[0]
            else:
                cell = counts.cells[reading][content, start]
                for name, amount in zip(part.names, sums, strict=True):
                    cell[name] += amount
    _keep_days(parts, by_day, needs, counts)


def _keep_days(
    parts: Sequence[Part],
    by_day: Mapping[tuple[str, str], Mapping[date, Sums]],
    needs: Mapping[Reading, Needs],
    counts: Counts,
) -> None:
    """Add up what leaves of single values."""
    for part in parts:
        if isinstance(part, Days):
            for reading, want in needs.items():
                table, name, blocks = reading
                if table is not part.table or name not in part.dimensions or not _is_read_by_day(name, want):
                    continue
                contents = want.contents
                if contents is None:
                    values = {content: days for (which, content), days in by_day.items() if which == name}
                    contents = tuple(values)
                    if want.has_rest and (folded := rest(values.values(), blocks)) is not None:
                        counts.rest[reading] += folded
                for content in dict.fromkeys(contents):
                    for start, sums in by_bucket(by_day.get((name, content), {}), blocks).items():
                        cell = counts.cells[reading][content, start]
                        for column, amount in sums.items():
                            cell[column] += amount


def _readings(part: Part, needs: Mapping[Reading, Needs]) -> dict[str, list[Reading]]:
    """Return the readings that the rows of a part belong to, by dimension."""
    if isinstance(part, Days):
        return {}
    readings: dict[str, list[Reading]] = defaultdict(list)
    for reading in needs:
        table, name, blocks = reading
        if table is part.table and name in part.dimensions and _is_of(part, blocks):
            readings[name].append(reading)
    return readings


def _is_of(part: Stored | SingleDays | OnTheSpot, blocks: Grid) -> bool:
    match part:
        case Stored():
            return blocks == part.grid
        case SingleDays():
            return blocks.first == blocks.last and blocks.first in part.days
        case OnTheSpot():
            return part.scope.day in blocks.to_count


# Results


def _result(counted: Counted, counts: Counts, rolled: RolledDays | None) -> Result:
    query = counted.query
    rows = list(_rows(counted, counts))
    if query.groups:
        rows = [row for row in in_order(rows, query) if not (counted.shape.is_without_empty and "" in row.groups)]
        rows += _rest_row(counted, counts)
    shown = tuple(rows[query.offset : query.offset + query.limit])
    total_rows = (len(rows) if shown else 0) if query.counts_rows else None
    return Result(shown, total_rows, counted_since=_counted_since(counted, rolled))


def _rows(counted: Counted, counts: Counts) -> Iterator[Row]:
    query, (part, blocks) = counted.query, counted.rows
    cells = _cells(counts, part, blocks)
    labels = _labels(query)
    if not query.groups:
        content = (part.contents or ("",))[0]
        yield Row((), tuple(_metrics(counted, counts, content, blocks.buckets[0], None)))
        return
    for content, start in cells:
        if part.contents is None or content in part.contents:
            for goal in _names(part, content, query):
                groups, instant = _groups(query, goal, start, labels)
                yield Row(groups, tuple(_metrics(counted, counts, content, start, goal)), instant)


def _names(part: Slice, content: str, query: Query) -> list[str]:
    """Return the names of the rows of a value. Goals with the same condition share their counts."""
    if part.dimension == GOAL and query.dimensions:
        return [goal.display_name for goal in part.goals if mark(goal) == content]
    return [content]


def _groups(
    query: Query, content: str, start: date, labels: Mapping[date, tuple[str, int]]
) -> tuple[tuple[str, ...], int | None]:
    instant = None
    groups = []
    for group in query.groups:
        if isinstance(group, Interval):
            label, instant = labels[start]
            groups.append(label)
        else:
            groups.append(content)
    return tuple(groups), instant


def _labels(query: Query) -> dict[date, tuple[str, int]]:
    """Return the label and the first instant of each interval by its first day."""
    if not query.interval:
        return {}
    return {
        bucket.start.astimezone(query.period.zone).date(): (bucket.label, int(bucket.start.timestamp()))
        for bucket in buckets(query.period, query.interval)
    }


def _metrics(counted: Counted, counts: Counts, content: str, start: date, goal: str | None) -> Iterator[Number]:
    sums = _cells(counts, *counted.rows).get((content, start), {})
    of_visits = _cells(counts, *counted.visits).get((content, start), {}) if counted.visits else {}
    for metric in counted.query.metrics:
        if metric in counted.totals:
            yield share_of(metric, sums.get("visitors", 0), _total(counted, counts, metric, start))
        elif metric in VISIT_ONLY:
            yield metric_of(metric, of_visits) if of_visits.get("visits") else None
        elif metric is Metric.EVENTS and _is_scroll(counted, goal):
            yield None
        elif metric in COUNTS:
            yield sums.get(metric.value, 0)
        else:
            yield metric_of(metric, sums) if sums else None


def _is_scroll(counted: Counted, name: str | None) -> bool:
    goals = counted.shape.rows.goals
    if counted.query.dimensions:
        goals = tuple(goal for goal in goals if goal.display_name == name)
    return any(goal.kind is GoalKind.SCROLL for goal in goals)


def _total(counted: Counted, counts: Counts, metric: Metric, start: date) -> int:
    part, blocks = counted.totals[metric]
    first = start if len(blocks.buckets) > 1 else blocks.buckets[0]
    content = (part.contents or ("",))[0]
    return _cells(counts, part, blocks).get((content, first), {}).get("visitors", 0)


def _cells(counts: Counts, part: Slice, blocks: Grid) -> Mapping[tuple[str, date], Sums]:
    return counts.cells.get((part.table, part.dimension, blocks), {})


def _rest_row(counted: Counted, counts: Counts) -> list[Row]:
    """Return the row of the values that are not shown, if there are any. Its number is that of UNIT visitors or more.

    Visitors with several such values would count several times, so most dimensions have no number.
    """
    part, blocks = counted.rows
    key = part.table, part.dimension, blocks
    if not counted.has_rest or key not in counts.rest:
        return []
    visitors = counts.rest[key] if counted.query.dimensions[0] in _EXCLUSIVE else 0
    metrics = (_of_rest(counted, counts, metric, visitors) for metric in counted.query.metrics)
    return [Row((REST,), tuple(metrics), is_rest=True)]


def _of_rest(counted: Counted, counts: Counts, metric: Metric, visitors: int) -> Number:
    if not visitors or metric not in SHARES | {Metric.VISITORS}:
        return None
    if metric is Metric.VISITORS:
        return visitors
    return share_of(metric, visitors, _total(counted, counts, metric, counted.rows[1].buckets[0]))


def _counted_since(counted: Counted, rolled: RolledDays | None) -> dict[str, date]:
    """Return the goals that the counts of some days lack, with the day after the last of these."""
    period = counted.query.period
    closed = {
        day: rolled_day
        for day, rolled_day in (rolled.days if rolled else {}).items()
        if period.first <= day <= period.last and (rolled_day.zone or rolled_day.is_final)
    }
    since = {}
    for goal in counted.shape.rows.goals:
        lacking = [day for day, rolled_day in closed.items() if mark(goal) not in rolled_day.goals]
        if lacking:
            since[goal.display_name] = max(lacking) + _DAY
    return since
