"""Selects over rows, as one statement.

Selects that share a period and filters are a batch: one pass over the rows, with a grouping set for each. Batches are
united. Columns are the number of the batch, the grouping set, the value of the dimension, the start of the interval in
epoch seconds, and the metrics of all batches. Every grouping set has its rows in the default order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard.stats.model import dimensions
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval
from dashboard.stats.model.query import Group
from dashboard.stats.plan import Plan, Select
from dashboard.stats.sql import selects
from dashboard.stats.sql.fragment import Fragment, fill, join, lines, value
from dashboard.stats.sql.statement import select_of
from schema.measures.rates import Rates


@dataclass(frozen=True, slots=True)
class Batch:
    """Selects that one pass over the rows answers."""

    parts: tuple[Select, ...]
    firsts: Mapping[tuple[Group, ...], Metric]  # that the rows of groups are ordered by

    @property
    def groups(self) -> tuple[Group, ...]:
        """Return the groups of all parts."""
        return tuple(dict.fromkeys(group for part in self.parts for group in part.query.groups))

    @property
    def sets(self) -> tuple[tuple[Group, ...], ...]:
        """Return the distinct groups of parts."""
        return tuple(dict.fromkeys(part.query.groups for part in self.parts))

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Return the metrics of all parts."""
        return tuple(dict.fromkeys(metric for part in self.parts for metric in part.metrics))

    @property
    def most(self) -> int:
        """Return the rows that a grouping set with a dimension needs."""
        return max((part.query.limit for part in self.parts if part.query.dimensions), default=1)

    def mark(self, groups: Sequence[Group]) -> int:
        """Return the number that `grouping` gives the rows of some groups: a bit for each group that is not one."""
        bits = ["0" if group in groups else "1" for group in self.groups]
        return int("".join(bits) or "0", 2)


@dataclass(frozen=True, slots=True)
class Whole:
    """A plan that shares a statement, but no pass over rows."""

    planned: Plan

    @property
    def sets(self) -> tuple[tuple[Group, ...], ...]:
        """Return its groups."""
        return (self.planned.query.groups,)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Return its metrics."""
        return self.planned.query.metrics

    def mark(self, _groups: Sequence[Group]) -> int:
        """Return the number of its rows."""
        return 0


def metrics_of(batches: Iterable[Batch | Whole]) -> tuple[Metric, ...]:
    """Return the metrics of all batches, in the order of their columns."""
    return tuple(dict.fromkeys(metric for batch in batches for metric in batch.metrics))


def compose(batches: Sequence[Batch | Whole], rates: Rates) -> Fragment:
    """Return the statement that answers batches. rates: for revenue."""
    metrics = metrics_of(batches)
    united = [
        fill("select * from (\n{}\n)", _batch(number, batch, metrics, rates)) for number, batch in enumerate(batches)
    ]
    return lines(join("\nunion all\n", united), Fragment("settings do_not_merge_across_partitions_select_final = 1"))


def _batch(number: int, batch: Batch | Whole, metrics: Sequence[Metric], rates: Rates) -> Fragment:
    columns = [metric if metric in batch.metrics else f"null as {metric}" for metric in metrics]
    if isinstance(batch, Whole):
        return fill(
            f"select {number} as part, toUInt64(0) as which, {{}}, {{}} from (\n{{}}\n)",  # noqa: S608 - our own names
            Fragment(_groups(batch.planned.query.groups)),
            Fragment(", ".join(columns)),
            select_of(batch.planned, rates),
        )
    return lines(
        fill(f"select {number} as part, which, content, start, {{}}", Fragment(", ".join(columns))),
        fill("from (\n{}\n)", _rows(batch, rates)),
        _of_intervals(batch),
        Fragment(f"order by which, start, {_first(batch)} desc, content"),
        fill(f"limit {{}} by which{_series(batch)}", value("UInt32", batch.most)),
    )


def _groups(groups: Sequence[Group]) -> str:
    content = next((f"toString(d{n})" for n, group in enumerate(groups) if not isinstance(group, Interval)), "''")
    start = next((f"toUInt32(d{n})" for n, group in enumerate(groups) if isinstance(group, Interval)), "toUInt32(0)")
    return f"{content} as content, {start} as start"


def _rows(batch: Batch, rates: Rates) -> Fragment:
    groups = batch.groups
    # Groups and order belong to each part; what is left is the same in all.
    query = replace(batch.parts[0].query, groups=(), metrics=(Metric.VISITORS,))
    merged = replace(batch.parts[0], query=query, metrics=batch.metrics)
    goal_column = next((f"g{number}" for number, group in enumerate(groups) if group == dimensions.GOAL), "")
    columns = [*_keys(groups), *selects.metric_columns(merged, rates, goal_column=goal_column)]
    return lines(fill("select {}", join(",\n", columns)), selects.rows_of(merged), _sets(batch, merged))


def _keys(groups: Sequence[Group]) -> list[Fragment]:
    names = ", ".join(f"g{number}" for number in range(len(groups)))
    return [
        Fragment(f"toUInt64(grouping({names})) as which" if groups else "toUInt64(0) as which"),
        _chosen(
            [(n, f"toString(g{n})") for n, group in enumerate(groups) if not isinstance(group, Interval)],
            "''",
            "content",
        ),
        _chosen(
            [(n, f"toUInt32(g{n})") for n, group in enumerate(groups) if isinstance(group, Interval)],
            "toUInt32(0)",
            "start",
        ),
    ]


def _chosen(columns: Sequence[tuple[int, str]], otherwise: str, name: str) -> Fragment:
    """Return the one of some columns that a row is grouped by."""
    cases = ", ".join(f"grouping(g{number}) = 0, {column}" for number, column in columns)
    return Fragment(f"multiIf({cases}, {otherwise}) as {name}" if cases else f"{otherwise} as {name}")


def _sets(batch: Batch, merged: Select) -> Fragment:
    """Return the grouping sets. A column is named where it comes first."""
    if not batch.groups:
        return Fragment("")
    named: set[Group] = set()
    written = []
    for groups in batch.sets:
        columns = []
        for group in groups:
            name = f"g{batch.groups.index(group)}"
            columns.append(
                Fragment(name)
                if group in named
                else fill(f"{{}} as {name}", selects.group_of(group, merged, batch.parts[0].query))
            )
            named.add(group)
        written.append(fill("({})", join(", ", columns)))
    return fill("group by grouping sets ({})", join(", ", written))


def _of_intervals(batch: Batch) -> Fragment:
    """Return the condition without visits that end after the period: they are in no interval."""
    marks = [str(batch.mark(groups)) for groups in batch.sets if any(isinstance(group, Interval) for group in groups)]
    return Fragment(f"where not (start = 0 and which in ({', '.join(marks)}))" if marks else "")


def _first(batch: Batch) -> str:
    others = {groups: first for groups, first in batch.firsts.items() if groups}
    if not others:
        return "start"
    *cases, last = others.items()
    written = ", ".join(f"which = {batch.mark(groups)}, toFloat64({first})" for groups, first in cases)
    return f"multiIf({written}, toFloat64({last[1]}))" if written else last[1].value


def _series(batch: Batch) -> str:
    """Return what a limit is by besides the grouping set: without a dimension, there is none."""
    marks = [str(batch.mark(groups)) for groups in batch.sets if all(isinstance(group, Interval) for group in groups)]
    return f", if(which in ({', '.join(marks)}), start, 0)" if marks else ""
