"""Reads of the daily counts of a site whose privacy profile is `exempt`: sums of protected blocks only.

Each level of blocks shows its cells with enough visitors, rounded, and leaves the others to the level above; see
`dashboard/stats/protection`. What is left at last are the values of the row Other, a cell of their own in each block.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.stats.model.metrics import Table
from dashboard.stats.protection import rounding
from dashboard.stats.protection.grid import Grid
from dashboard.stats.sql.fragment import Fragment, fill, join, lines, text, texts, value
from dashboard.stats.sql.from_counts import with_values
from schema.days.counts import GOAL, DayScope, events_sql, narrowed, visits_sql
from schema.measures.goals import Goal

# Sums, and what they are averaged over.
AVERAGED: Mapping[str, str] = {"duration": "visits", "depth": "depth_visits", "engagement_ms": "engaged_visits"}
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
class OnTheSpot:
    """The counts of a day without daily counts, which is a block of its own."""

    table: Table
    scope: DayScope
    goals: tuple[Goal, ...]
    dimensions: Mapping[str, tuple[str, ...] | None]
    names: tuple[str, ...]
    most: int
    has_rest: bool


Part = Stored | OnTheSpot


def compose(parts: Sequence[Part]) -> Fragment:
    """Return the statement that answers parts, numbered by position.

    Columns: part, dimension, whether a row is the rest, value, first day of the bucket, sums. The rest has one sum, of
    visitors.
    """
    written = [_part(number, part) for number, part in enumerate(parts)]
    return lines(join("\nunion all\n", written), Fragment("settings do_not_merge_across_partitions_select_final = 1"))


def _part(number: int, part: Part) -> Fragment:
    match part:
        case Stored(grid=blocks):
            source, weeks, months, starts = _stored(part), blocks.weeks, blocks.months, blocks.buckets
        case OnTheSpot():
            source = _on_the_spot(part)
            weeks = months = starts = (part.scope.day,)
    whole = _buckets(part, _months(part, _weeks(part, source, weeks, months)), starts)
    return fill("select * from (\nselect {} as part, {}", Fragment(str(number)), whole)


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


def _named(part: Part) -> Fragment:
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


def _weeks(part: Part, source: Fragment, weeks: Sequence[date], months: Sequence[date]) -> Fragment:
    """Return the sums of days by week: w_ shown, v_ left."""
    return fill(
        "select dimension, value, roundDown(toUInt16(day), {}) as month, {}\nfrom (\n{}\n)"
        "\ngroup by dimension, value, month, roundDown(toUInt16(day), {})",
        _numbers(months),
        _sums(part, "n_", "w_", "v_"),
        source,
        _numbers(weeks),
    )


def _months(part: Part, weeks: Fragment) -> Fragment:
    """Return the sums of weeks by month: m_ shown, l_ left."""
    names = _needed(part.names)
    columns = [f"sum(w_{name} + {_shown('v_', name)}) as m_{name}" for name in names]
    columns += [f"sum({_left('v_', name)}) as l_{name}" for name in names]
    return fill(
        "select dimension, value, month, {}\nfrom (\n{}\n)\ngroup by dimension, value, month",
        Fragment(", ".join(columns)),
        weeks,
    )


def _buckets(part: Part, months: Fragment, starts: Sequence[date]) -> Fragment:
    """Return the sums of months by bucket, with those of the rest."""
    sums = ", ".join(f"toInt64(sum(if(is_rest, 0, m_{name} + {_shown('l_', name)})))" for name in part.names)
    kinds = "[(false, value), (true, '')]" if part.has_rest else "[(false, value)]"
    left = f"sum(if(is_rest, {_left('l_', 'visitors')}, 0))"
    rest = f"if(rest < {rounding.FEWEST}, 0, {_rounded('rest')})"
    by_month = fill(
        "select dimension, month, arrayJoin({}) as kind, kind.1 as is_rest, kind.2 as content,"
        " [{}] as numbers, {} as rest\nfrom (\n{}\n)\ngroup by dimension, month, kind",
        Fragment(kinds),
        Fragment(sums),
        Fragment(left),
        months,
    )
    return fill(
        "toString(dimension) as which, is_rest, content, roundDown(month, {}) as bucket,"
        f" if(is_rest, [toInt64(sum({rest}))], sumForEach(numbers)) as sums"
        "\nfrom (\n{}\n)\ngroup by dimension, is_rest, content, bucket"
        "\nhaving is_rest and sum(rest) > 0 or not is_rest and sums[1] > 0"
        "\norder by which, bucket, is_rest desc, sums[1] desc, content\nlimit {} by which, bucket\n)",
        _numbers(starts),
        by_month,
        value("UInt32", part.most + 1),
    )


def _sums(part: Part, before: str, shown: str, left: str) -> Fragment:
    names = _needed(part.names)
    columns = [f"sum({_shown(before, name)}) as {shown}{name}" for name in names]
    columns += [f"sum({_left(before, name)}) as {left}{name}" for name in names]
    return Fragment(", ".join(columns))


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
