"""Reads of the daily counts of a site whose privacy profile is `exempt`: sums of protected blocks only.

Each level of blocks shows its cells with enough visitors, rounded, and leaves the others to the level above; see
`dashboard/stats/protection`. What is left at last are the values of the row Other, a cell of their own in each block.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.stats.model.metrics import Table
from dashboard.stats.protection import rounding
from dashboard.stats.protection.blocks import AVERAGED
from dashboard.stats.protection.grid import Grid
from dashboard.stats.sql.fragment import Fragment, fill, join, lines, text, texts, value
from dashboard.stats.sql.from_counts import with_values
from schema.days.counts import GOAL, DayScope, events_sql, narrowed, visits_sql
from schema.measures.goals import Goal

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Stored:
    """The counts of some dimensions in the blocks of a grid."""

    table: Table
    site_id: int
    grid: Grid
    dimensions: Mapping[str, tuple[str, ...] | None]  # to values; None: all
    names: tuple[str, ...]  # of sums; visitors first
    most: int  # values of a dimension in a bucket, those with the most visitors
    has_rest: bool  # also return what the values that are not shown have together


@dataclass(frozen=True, slots=True)
class Days:
    """The counts of some values by day, as they are stored: what leaves is worked out in `protection/blocks.py`.

    ClickHouse takes longer to analyse the blocks of a few values than to read them.
    """

    table: Table
    site_id: int
    first: date
    last: date
    dimensions: Mapping[str, tuple[str, ...] | None]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SingleDays:
    """The counts of some dimensions on days that are blocks of their own."""

    table: Table
    site_id: int
    days: tuple[date, ...]
    dimensions: Mapping[str, tuple[str, ...] | None]
    names: tuple[str, ...]
    most: int
    has_rest: bool


@dataclass(frozen=True, slots=True)
class OnTheSpot:
    """The counts of a day without daily counts, which is a block of its own."""

    table: Table
    scope: DayScope
    goals: tuple[Goal, ...]
    dimensions: Mapping[str, tuple[str, ...] | None]
    names: tuple[str, ...]
    most: int
    has_rest: bool


Blocks = Stored | SingleDays | OnTheSpot
Part = Blocks | Days


def compose(parts: Sequence[Part]) -> Fragment:
    """Return the statement that answers parts, numbered by position.

    Columns: part, dimension, whether a row is the rest, value, a day of the bucket, sums. The rest has one sum, of
    visitors, in each month.
    """
    written = [_part(number, part) for number, part in enumerate(parts)]
    return lines(join("\nunion all\n", written), Fragment("settings do_not_merge_across_partitions_select_final = 1"))


def _part(number: int, part: Part) -> Fragment:
    match part:
        case Days():
            return _days(number, part)
        case SingleDays():
            return _buckets(number, part, _of_single_days(part, _on_days(part)), part.days)
        case Stored(grid=blocks):
            months = _months(part, _stored(part), blocks.weeks, blocks.months)
            return _buckets(number, part, months, blocks.buckets)
        case OnTheSpot():
            return _buckets(number, part, _of_single_days(part, _on_the_spot(part)), (part.scope.day,))


def _days(number: int, part: Days) -> Fragment:
    numbers = ", ".join(f"toInt64({_column(part.table, name)})" for name in part.names)
    return fill(
        "select {} as part, toString(dimension) as which, false as is_rest, value as content, toUInt16(day) as bucket,"
        " [{}] as sums\nfrom daily_{} final\nwhere site_id = {}\nand ({})\nand day between {} and {}",
        Fragment(str(number)),
        Fragment(numbers),
        Fragment(part.table.value),
        value("UInt32", part.site_id),
        _of(part.dimensions),
        value("Date", part.first),
        value("Date", part.last),
    )


def _stored(part: Stored) -> Fragment:
    return fill(
        "select dimension, value, day, {} from daily_{} final"
        "\nwhere site_id = {}\nand ({})\nand day between {} and {}{}",
        _named(part),
        Fragment(part.table.value),
        value("UInt32", part.site_id),
        _of(part.dimensions),
        value("Date", part.grid.first),
        value("Date", part.grid.last),
        fill("\nand day not in {}", value("Array(Date)", list(part.grid.uncounted)))
        if part.grid.uncounted
        else Fragment(""),
    )


def _on_days(part: SingleDays) -> Fragment:
    return fill(
        "select dimension, value, day, {} from daily_{} final\nwhere site_id = {}\nand ({})\nand day in {}",
        _named(part),
        Fragment(part.table.value),
        value("UInt32", part.site_id),
        _of(part.dimensions),
        value("Array(Date)", list(part.days)),
    )


def _on_the_spot(part: OnTheSpot) -> Fragment:
    plain = [name for name in part.dimensions if name != GOAL]
    if part.table is Table.EVENTS:
        sql = events_sql(plain, has_props=False, has_goals=bool(part.goals))
        parameters = part.scope.event_parameters(goals=part.goals)
    else:
        sql, parameters = visits_sql(plain), part.scope.parameters()
    names = {_column(part.table, name) for name in _needed(part.names)}
    counted = with_values(narrowed(sql, {*names, "dimension", "value", "day"}), parameters)
    return fill(
        "select dimension, value, day, {} from (\n{}\n)\nwhere {}",
        _named(part),
        counted,
        _of(part.dimensions),
    )


def _named(part: Blocks) -> Fragment:
    return Fragment(", ".join(f"{_column(part.table, name)} as n_{name}" for name in _needed(part.names)))


def _of(dimensions: Mapping[str, tuple[str, ...] | None]) -> Fragment:
    whole = [name for name, contents in dimensions.items() if contents is None]
    conditions = [fill("dimension in {}", texts(whole))] if whole else []
    conditions += [
        fill("dimension = {} and value in {}", text(name), texts(contents))
        for name, contents in dimensions.items()
        if contents is not None
    ]
    return join(" or ", conditions)


def _needed(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names with those of what they are averaged over."""
    return tuple(
        dict.fromkeys(["visitors", *(needed for name in names for needed in (AVERAGED.get(name, name), name))])
    )


def _column(table: Table, name: str) -> str:
    # A visit belongs to the day it started on, whatever the period is.
    return name if table is Table.EVENTS else f"started_{name}"


def _of_single_days(part: SingleDays | OnTheSpot, source: Fragment) -> Fragment:
    """Return the sums of days like those of months: nothing is shown yet, everything is left."""
    columns = [f"0 as m_{name}, n_{name} as l_{name}" for name in _needed(part.names)]
    return fill(
        "select dimension, value, toUInt16(day) as month, {}\nfrom (\n{}\n)", Fragment(", ".join(columns)), source
    )


def _months(part: Blocks, source: Fragment, weeks: Sequence[date], months: Sequence[date]) -> Fragment:
    """Return the sums of days by month: m_ shown, l_ left. Weeks of a month are places of arrays: v_ left."""
    names = _needed(part.names)
    places = _places(weeks, months)
    sums = [f"sum({_shown('n_', name)}) as w_{name}" for name in names]
    # Grouping by week, too, takes five times as long.
    for name in names:
        of_places = (f"toInt64(sumIf(n_{name}, is_left and place = {place}))" for place in range(places))
        sums.append(f"[{', '.join(of_places)}] as v_{name}")
    by_week = fill(
        "select dimension, value, month, {}\nfrom (\nselect *, n_visitors < {} as is_left,"
        " roundDown(toUInt16(day), {}) as month,"
        " transform(roundDown(toUInt16(day), {}), {}, {}, toUInt8(0)) as place\nfrom (\n{}\n)\n)"
        "\ngroup by dimension, value, month",
        Fragment(", ".join(sums)),
        Fragment(str(rounding.FEWEST)),
        _numbers(months),
        _numbers(weeks),
        _numbers(weeks),
        value("Array(UInt8)", list(_place(weeks, months))),
        source,
    )
    columns = [f"w_{name} + {_sum_shown(name)} as m_{name}" for name in names]
    columns += [f"{_sum_left(name)} as l_{name}" for name in names]
    return fill("select dimension, value, month, {}\nfrom (\n{}\n)", Fragment(", ".join(columns)), by_week)


def _place(weeks: Sequence[date], months: Sequence[date]) -> Iterator[int]:
    """Yield the place of each week in its month."""
    firsts, place = frozenset(months), -1
    for week in weeks:
        place = 0 if week in firsts else place + 1
        yield place


def _places(weeks: Sequence[date], months: Sequence[date]) -> int:
    return max(_place(weeks, months), default=0) + 1


def _sum_shown(name: str) -> str:
    """Return what the weeks of a month show of days that are not shown."""
    if name in AVERAGED:
        arrays = f"v_{name}, v_{AVERAGED[name]}, v_visitors"
        average = _rounded(f"x * {_rounded('n')} / greatest(n, 1)")
        return f"arraySum((x, n, v) -> if(v < {rounding.FEWEST} or n = 0, 0, {average}), {arrays})"
    return f"arraySum((x, v) -> if(v < {rounding.FEWEST}, 0, {_rounded('x')}), v_{name}, v_visitors)"


def _sum_left(name: str) -> str:
    return f"arraySum((x, v) -> if(v < {rounding.FEWEST}, x, 0), v_{name}, v_visitors)"


def _buckets(number: int, part: Blocks, months: Fragment, starts: Sequence[date]) -> Fragment:
    """Return the sums of months by bucket, and the rest by month."""
    sums = ", ".join(f"toInt64(sum(m_{name} + {_shown('l_', name)}))" for name in part.names)
    left = f"sum({_left('l_', 'visitors')})"
    has_rest = part.has_rest
    return fill(
        "select * from (\nselect {} as part, toString(dimension) as which, {} as is_rest,"
        " if(is_rest, '', value) as content, {} as first_day, if(is_rest, [{}], [{}]) as sums"
        "\nfrom (\nselect *, roundDown(month, {}) as bucket\nfrom (\n{}\n)\n)"
        "\ngroup by grouping sets ((dimension, value, bucket){})\nhaving if(is_rest, {} > 0, sums[1] > 0)"
        "\norder by which, is_rest, first_day, sums[1] desc, content\nlimit {} by which, is_rest, first_day\n)",
        Fragment(str(number)),
        Fragment("grouping(value) = 1" if has_rest else "false"),
        Fragment("if(is_rest, month, bucket)" if has_rest else "bucket"),
        Fragment(f"toInt64(if({left} < {rounding.FEWEST}, 0, {_rounded(left)}))"),
        Fragment(sums),
        _numbers(starts),
        months,
        Fragment(", (dimension, month)" if has_rest else ""),
        Fragment(left),
        value("UInt32", part.most),
    )


def _shown(prefix: str, name: str) -> str:
    """Return a number of a cell as it may leave: `rounding.shown` and `rounding.weighted` as SQL."""
    visitors = f"{prefix}visitors < {rounding.FEWEST}"
    if name not in AVERAGED:
        return f"if({visitors}, 0, {_rounded(prefix + name)})"
    count = prefix + AVERAGED[name]
    return f"if({visitors} or {count} = 0, 0, {_rounded(f'{prefix}{name} * {_rounded(count)} / greatest({count}, 1)')})"


def _left(prefix: str, name: str) -> str:
    return f"if({prefix}visitors < {rounding.FEWEST}, {prefix}{name}, 0)"


def _rounded(number: str) -> str:
    return f"toInt64(floor(({number} + {rounding.UNIT / 2:g}) / {rounding.UNIT})) * {rounding.UNIT}"


def _numbers(days: Sequence[date]) -> Fragment:
    return value("Array(UInt16)", [(day - _EPOCH).days for day in days])
