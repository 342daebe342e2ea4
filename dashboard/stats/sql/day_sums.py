"""Reads of the daily and monthly counts of several dimensions and periods, as the parts of one statement.

Each part returns its number, a dimension, a value, a day and the counts as one list, so parts of different tables can
be united. Short selects matter: ClickHouse takes longer to analyse a long statement than to run it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dashboard.stats.answer.day_sums import Column
from dashboard.stats.model.metrics import Metric, Table
from dashboard.stats.sql.fragment import Fragment, fill, join, lines, texts, value
from dashboard.stats.sql.from_counts import with_values
from dashboard.stats.sql.tiers import Span, spans_of, without
from schema.days.counts import GOAL, NO_PROP, PROP, DayScope, events_sql, visits_sql
from schema.measures.goals import Goal


class Tier(StrEnum):
    """What rows are the counts of, and the first word of the tables."""

    DAILY = "daily"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Days:
    """The counts of each day, or of each month, of a dimension."""

    table: Table
    site_id: int
    dimension: str
    contents: tuple[str, ...] | None  # None: those with the most of `names[0]` on a day
    spans: tuple[Span, ...]
    names: tuple[str, ...]  # columns
    first: str = ""  # without contents: the metric that values are ordered by, whose column is `names[0]`
    most: int = 0  # without contents: values of a day
    tier: Tier = Tier.DAILY


@dataclass(frozen=True, slots=True)
class Top:
    """The sums over a period of the highest values of dimensions, or of some values."""

    table: Table
    site_id: int
    dimensions: tuple[str, ...]
    span: Span
    columns: Mapping[str, Column]
    order: tuple[tuple[str, bool], ...]  # metrics, "" for the value, and whether descending
    most: int  # values of a dimension
    counts_rows: bool = False  # adds the number of values to the counts
    contents: tuple[str, ...] | None = None  # None: the highest values
    months: tuple[date, ...] = ()  # read from the monthly counts


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
    stored = _stored(list(missing))
    written = []
    for number, part in enumerate(parts):
        match part:
            case Days():
                written.append(_days(number, part, stored))
            case Top():
                written.append(_top(number, part, stored))
            case Uncounted():
                written.append(_uncounted(number, part))
    # Counts of different years are never versions of each other.
    return lines(join("\nunion all\n", written), Fragment("settings do_not_merge_across_partitions_select_final = 1"))


def _stored(missing: Sequence[date]) -> Fragment:
    return fill("\nand day not in {}", value("Array(Date)", list(missing))) if missing else Fragment("")


def _days(number: int, part: Days, stored: Fragment) -> Fragment:
    select = fill(
        f"select {number} as part, '' as which, {_content([part.dimension])} as content, day as on_day,"
        f" {_listed(part.names)} as numbers"
        f"\nfrom {part.tier}_{part.table} final\nwhere site_id = {{}}\nand dimension = {{}}{{}}\nand {{}}{{}}",
        value("UInt32", part.site_id),
        value("String", part.dimension),
        _of_contents(part),
        _within(part.spans),
        stored if part.tier is Tier.DAILY else Fragment(""),
    )
    if part.contents is not None:
        return select
    return fill(
        "select * from (\n{}\norder by numbers[1] desc, content\nlimit {} by on_day\n)", select, _size(part.most)
    )


def _within(spans: Sequence[Span]) -> Fragment:
    days = [fill("day between {} and {}", value("Date", first), value("Date", last)) for first, last in spans]
    return fill("({})", join(" or ", days)) if len(days) > 1 else days[0]


def _top(number: int, part: Top, stored: Fragment) -> Fragment:
    visits = _number_of(part, "visitors" if "visitors" in part.columns else "visits")
    select = fill(
        f"select {number} as part, toString(dimension) as which, {_content(part.dimensions)} as content,"
        " toDate(0) as on_day, [{}] as numbers\nfrom {}\ngroup by dimension, content\nhaving {} > 0",
        join(", ", [_sum(column, part.span[0]) for column in part.columns.values()]),
        _counts(part, stored),
        Fragment(visits),
    )
    if part.contents is not None:
        return select
    size = "arrayPushBack(numbers, toInt64(count() over (partition by which))) as numbers"
    chosen = f"* replace ({size})" if part.counts_rows else "*"
    return fill(
        f"select {chosen} from (\n{{}}\n)\norder by {_order(part)}content\nlimit {{}} by which",  # noqa: S608
        select,
        _size(part.most),
    )


def _counts(part: Top, stored: Fragment) -> Fragment:
    """Return the `from` operand: the counts of whole months, and of the other days."""
    tiers = [
        _rows(part, Tier.DAILY, without(part.span, part.months), stored),
        _rows(part, Tier.MONTHLY, spans_of(part.months), Fragment("")),
    ]
    used = [rows for rows in tiers if rows]
    if len(used) == 1:
        return used[0]
    names = dict.fromkeys(name for column in part.columns.values() for name in column.parts)
    select = f"select dimension, value, day, {', '.join(names)} from {{}}"  # noqa: S608 - our own names
    return fill("(\n{}\n)", join("\nunion all\n", [fill(select, rows) for rows in used]))


def _rows(part: Top, tier: Tier, spans: Sequence[Span], stored: Fragment) -> Fragment | None:
    if not spans:
        return None
    return fill(
        f"{tier}_{part.table} final\nwhere site_id = {{}}\nand dimension in {{}}\nand {{}}{{}}{{}}",
        value("UInt32", part.site_id),
        texts(part.dimensions),
        _within(spans),
        _of_contents(part),
        stored,
    )


def _order(part: Top) -> str:
    columns = [f"{_measure(part, name)} {'desc' if is_descending else 'asc'}, " for name, is_descending in part.order]
    return "".join(columns)


def _measure(part: Top, name: str) -> str:
    """Return a metric, rounded as results are: equal ones are in the order of values."""

    def total(column: str) -> str:
        return _number_of(part, column)

    match name:
        case "":
            return "content"
        case Metric.BOUNCE_RATE:
            return f"round(100 * {total('bounces')} / {total('visits')})"
        case Metric.VISIT_DURATION:
            return f"round({total('duration')} / {total('visits')})"
        case Metric.SCROLL_DEPTH:
            return f"round({total('depth')} / nullIf({total('depth_visits')}, 0))"
        case Metric.TIME_ON_PAGE:
            return f"round({total('engagement_ms')} / 1000 / nullIf({total('engaged_visits')}, 0))"
    return total(name)


def _number_of(part: Top, name: str) -> str:
    return f"numbers[{list(part.columns).index(name) + 1}]"


def _content(dimensions: Iterable[str]) -> str:
    """Return the expression of a value. In counts of version 0.2.0, events without a property are two rows."""
    is_of_prop = f"startsWith(dimension, '{PROP}') and value = '{NO_PROP}'"
    return f"if({is_of_prop}, '', value)" if any(name.startswith(PROP) for name in dimensions) else "value"


def _of_contents(part: Days | Top) -> Fragment:
    if part.contents is None:
        return Fragment("")
    is_of_prop = _content([part.dimension] if isinstance(part, Days) else part.dimensions) != "value"
    also = [NO_PROP] if is_of_prop and "" in part.contents else []
    return fill("\nand value in {}", texts([*part.contents, *also]))


def _sum(column: Column, first: date) -> Fragment:
    total = f"toInt64(sum({column.counted}))"
    if column.on_first:
        return fill(f"{total} + toInt64(sumIf({column.on_first}, day = {{}}))", value("Date", first))
    if column.on_later:
        return fill(f"{total} - toInt64(sumIf({column.on_later}, day != {{}}))", value("Date", first))
    return Fragment(total)


def _uncounted(number: int, part: Uncounted) -> Fragment:
    plain = [name for name in part.dimensions if not name.startswith((GOAL, PROP))]
    props = [name.removeprefix(PROP) for name in part.dimensions if name.startswith(PROP)]
    columns = {*part.names, "dimension", "value", "day"}
    if part.table is Table.EVENTS:
        sql = events_sql(plain, has_props=bool(props), has_goals=bool(part.goals), columns=columns)
        parameters = part.scope.event_parameters(props=props, goals=part.goals)
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
