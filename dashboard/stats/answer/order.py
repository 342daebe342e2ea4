"""The order of rows that were read without one, as ClickHouse would order them: unknown metrics last, ties by group."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeAlias

from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.query import Group, Query
from dashboard.stats.sql import statement

Line: TypeAlias = tuple[tuple[Any, ...], dict[Metric, Any]]  # the groups of a row, and its metrics


def in_order(query: Query, lines: Iterable[Line]) -> list[Line]:
    """Return rows in the order of a query."""
    rows = sorted(lines, key=lambda line: line[0])
    for order in reversed(statement.ordered(query)):
        rows.sort(key=_key(order.by, query), reverse=order.is_descending)
        if isinstance(order.by, Metric):
            rows.sort(key=partial(_is_unknown, order.by))
    return rows


def _key(by: Metric | Group, query: Query) -> Callable[[Line], Any]:
    if isinstance(by, Metric):
        return lambda line: line[1][by] or 0
    position = query.groups.index(by)
    return lambda line: line[0][position]


def _is_unknown(metric: Metric, line: Line) -> bool:
    return line[1][metric] is None
