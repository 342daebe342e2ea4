"""Selects that share a table, a period and filters, as one statement.

Columns are the name of the dimension ("" without one), its value, and the metrics of all selects. Every dimension has
its rows with the highest first metric.
"""

from collections.abc import Sequence
from dataclasses import replace

from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.metrics import Metric
from dashboard.stats.plan import Select
from dashboard.stats.sql import from_counts, selects
from dashboard.stats.sql.fragment import Fragment, fill, join, lines, text, value
from schema.measures.rates import Rates


def compose(parts: Sequence[Select], rates: Rates, *, first: Metric, most: int) -> Fragment:
    """Return the statement. first: the metric to order by, descending. most: rows of a dimension."""
    merged = replace(parts[0], metrics=metrics_of(parts))
    ordered = f"order by which, {first} desc, d0" if first in merged.metrics else "order by which, d0"
    return lines(
        fill("select which, d0, {}", Fragment(", ".join(merged.metrics))),
        Fragment("from ("),
        _counted(parts, merged) if merged.counts else _rows(parts, merged, rates),
        fill(f")\n{ordered}\nlimit {{}} by which", value("UInt32", most)),
        Fragment("settings do_not_merge_across_partitions_select_final = 1"),
    )


def metrics_of(parts: Sequence[Select]) -> tuple[Metric, ...]:
    """Return the metrics of all selects, in the order of their columns."""
    return tuple(dict.fromkeys(metric for part in parts for metric in part.metrics))


def _counted(parts: Sequence[Select], merged: Select) -> Fragment:
    names = [part.counts.part.dimension for part in parts if part.counts]
    return from_counts.of_dimensions(merged, list(dict.fromkeys(names)))


def _rows(parts: Sequence[Select], merged: Select, rates: Rates) -> Fragment:
    groups = list(dict.fromkeys(group for part in parts for group in part.query.dimensions))
    columns = [*_keys(groups), *selects.metric_columns(merged, rates)]
    return lines(fill("select {}", join(",\n", columns)), selects.rows_of(merged), _sets(parts, merged, groups))


def _keys(groups: Sequence[Dimension]) -> list[Fragment]:
    if not groups:
        return [Fragment("'' as which"), Fragment("'' as d0")]
    names = [fill(f"grouping(g{number}) = 0, {{}}", text(group.name)) for number, group in enumerate(groups)]
    values = ", ".join(f"grouping(g{number}) = 0, toString(g{number})" for number in range(len(groups)))
    return [fill("multiIf({}, '') as which", join(", ", names)), Fragment(f"multiIf({values}, '') as d0")]


def _sets(parts: Sequence[Select], merged: Select, groups: Sequence[Dimension]) -> Fragment:
    """Return the groupings, each by one dimension, and one without groups if a select has none."""
    if not groups:
        return Fragment("")
    named = [fill(f"({{}} as g{number})", selects.column_of(group, merged)) for number, group in enumerate(groups)]
    whole = [Fragment("()")] if any(not part.query.groups for part in parts) else []
    return fill("group by grouping sets ({})", join(", ", [*named, *whole]))
