"""Reads of the daily counts of several dimensions and periods, as the parts of one statement.

Each part returns its number, a dimension, a value, a day and the counts as one list, so parts of different tables can
be united. Short selects matter: ClickHouse takes longer to analyse a long statement than to run it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.stats.answer.day_sums import Column
from dashboard.stats.model.metrics import Table
from dashboard.stats.sql.fragment import Fragment, fill, join, lines, texts, value
from dashboard.stats.sql.from_counts import with_values
from schema.days.counts import GOAL, PROP, DayScope, events_sql, visits_sql
from schema.measures.goals import Goal

Span = tuple[date, date]  # first and last day


@dataclass(frozen=True, slots=True)
class Days:
    """The counts of each day, of a dimension."""

    table: Table
    site_id: int
    dimension: str
    contents: tuple[str, ...] | None  # None: those with the most of `names[0]` on a day
    spans: tuple[Span, ...]
    names: tuple[str, ...]  # columns
    first: str = ""  # without contents: the metric that values are ordered by, whose column is `names[0]`
    most: int = 0  # without contents: values of a day


@dataclass(frozen=True, slots=True)
class Top:
    """The sums over a period of the highest values of dimensions, or of some values."""

    table: Table
    site_id: int
    dimensions: tuple[str, ...]
    span: Span
    columns: Mapping[str, Column]
    first: str  # the sum that values are ordered by
    most: int  # values of a dimension
    contents: tuple[str, ...] | None = None  # None: the highest values


@dataclass(frozen=True, slots=True)
class Uncounted:
    """The counts of a day without stored counts."""

    table: Table
    scope: DayScope
    dimensions: tuple[str, ...]
    goals: tuple[Goal, ...]
    names: tuple[str, ...]  # columns


def compose(parts: Sequence[Days | Top | Uncounted], missing: Iterable[date]) -> Fragment:
    """Return the statement that answers parts, numbered by position. missing: days that stored counts lack."""
    without = _without(list(missing))
    written = []
    for number, part in enumerate(parts):
        match part:
            case Days():
                written.append(_days(number, part, without))
            case Top():
                written.append(_top(number, part, without))
            case Uncounted():
                written.append(_uncounted(number, part))
    # Counts of different years are never versions of each other.
    return lines(join("\nunion all\n", written), Fragment("settings do_not_merge_across_partitions_select_final = 1"))


def _without(missing: Sequence[date]) -> Fragment:
    return fill("\nand day not in {}", value("Array(Date)", list(missing))) if missing else Fragment("")


def _days(number: int, part: Days, without: Fragment) -> Fragment:
    select = fill(
        f"select {number} as part, '' as which, value as content, day as on_day, {_listed(part.names)} as numbers"
        f"\nfrom daily_{part.table} final\nwhere site_id = {{}}\nand dimension = {{}}{{}}\nand ({{}}){{}}",
        value("UInt32", part.site_id),
        value("String", part.dimension),
        _of_contents(part),
        join(" or ", [_within(span) for span in part.spans]),
        without,
    )
    if part.contents is not None:
        return select
    return fill(
        "select * from (\n{}\norder by numbers[1] desc, content\nlimit {} by on_day\n)", select, _size(part.most)
    )


def _within(span: Span) -> Fragment:
    return fill("day between {} and {}", value("Date", span[0]), value("Date", span[1]))


def _top(number: int, part: Top, without: Fragment) -> Fragment:
    position = list(part.columns).index(part.first) + 1
    visits = list(part.columns).index("visitors" if "visitors" in part.columns else "visits") + 1
    select = fill(
        f"select {number} as part, toString(dimension) as which, value as content,"
        f" toDate(0) as on_day, [{{}}] as numbers\nfrom daily_{part.table} final"
        "\nwhere site_id = {}\nand dimension in {}\nand {}{}{}\ngroup by dimension, value\nhaving numbers[{}] > 0",
        join(", ", [_sum(column, part.span[0]) for column in part.columns.values()]),
        value("UInt32", part.site_id),
        texts(part.dimensions),
        _within(part.span),
        _of_contents(part),
        without,
        Fragment(str(visits)),
    )
    if part.contents is not None:
        return select
    return fill(
        f"select * from (\n{{}}\norder by numbers[{position}] desc, content\nlimit {{}} by which\n)",  # noqa: S608
        select,
        _size(part.most),
    )


def _of_contents(part: Days | Top) -> Fragment:
    return Fragment("") if part.contents is None else fill("\nand value in {}", texts(part.contents))


def _sum(column: Column, first: date) -> Fragment:
    total = f"toInt64(sum({column.counted}))"
    if column.on_first:
        return fill(f"{total} + toInt64(sumIf({column.on_first}, day = {{}}))", value("Date", first))
    if column.on_later:
        return fill(f"{total} - toInt64(sumIf({column.on_later}, day != {{}}))", value("Date", first))
    return Fragment(total)


def _uncounted(number: int, part: Uncounted) -> Fragment:
    plain = [name for name in part.dimensions if not name.startswith((GOAL, PROP))]
    columns = {*part.names, "dimension", "value", "day"}
    if part.table is Table.EVENTS:
        sql = events_sql(plain, has_props=False, has_goals=bool(part.goals), columns=columns)
        parameters = part.scope.event_parameters(goals=part.goals)
    else:
        sql, parameters = visits_sql(plain, columns), part.scope.parameters()
    return fill(
        f"select {number} as part, toString(dimension) as which, value as content, day as on_day,"  # noqa: S608 - our own names
        f" {_listed(part.names)} as numbers from (\n{{}}\n)",
        with_values(sql, parameters),
    )


def _listed(names: Iterable[str]) -> str:
    return f"[{', '.join(f'toInt64({name})' for name in names)}]"


def _size(count: int) -> Fragment:
    return value("UInt32", count)
