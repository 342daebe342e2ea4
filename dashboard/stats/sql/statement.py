"""A query as one SQL statement.

Each table has its own select; if both are needed, the visits are joined to the events. Columns are the groups d0, d1,
..., then the metrics, both in the order of the query, then `total_rows` if the query counts rows. An interval is the
start of its bucket in epoch seconds.
"""

from collections.abc import Sequence

from dashboard.stats.model.metrics import SHARES, Metric
from dashboard.stats.model.query import Group, Order, Query
from dashboard.stats.plan import Plan, Select
from dashboard.stats.sql import selects
from dashboard.stats.sql.fragment import Fragment, fill, join, lines, value
from schema.measures.rates import NO_RATES, Rates

_SHARES = {
    # Without visitors a percentage is unknown, but a conversion rate is 0.
    Metric.PERCENTAGE: "if({} = 0, null, round(100 * visitors / {}, 2))",
    Metric.CONVERSION_RATE: "ifNotFinite(round(100 * visitors / {}, 2), 0)",
    Metric.GROUP_CONVERSION_RATE: "ifNotFinite(round(100 * visitors / {}, 2), 0)",
}
_ALL_VISITORS = "all_visitors"


def compose(planned: Plan, rates: Rates = NO_RATES) -> Fragment:
    """Return the statement that answers a query. rates: for revenue."""
    # Visits of different months are never versions of each other.
    return lines(select_of(planned, rates), Fragment("settings do_not_merge_across_partitions_select_final = 1"))


def select_of(planned: Plan, rates: Rates = NO_RATES) -> Fragment:
    """Return the statement without settings, to be a part of another."""
    query = planned.query
    columns = [*_keys(query.groups), *(_output(metric, planned) for metric in query.metrics)]
    if query.counts_rows:
        columns.append(Fragment("count() over () as total_rows"))
    return lines(
        fill("select {}", join(", ", columns)),
        Fragment("from ("),
        _base(planned.selects, rates),
        _groups_of_all(planned),
        _order(query),
    )


def _base(parts: Sequence[Select], rates: Rates = NO_RATES) -> Fragment:
    """Return the select over one table, or over both joined."""
    written = [lines(selects.of(part, rates), Fragment(f") as of_{part.table}")) for part in parts]
    if len(written) == 1:
        return written[0]
    return lines(written[0], Fragment("left join ("), written[1], _using(parts[0].query.groups))


def _output(metric: Metric, planned: Plan) -> Fragment:
    if metric not in SHARES:
        return Fragment(metric)
    total = Fragment(_ALL_VISITORS)
    if metric in planned.totals:
        total = fill("(\nselect visitors from (\n{}\n)", _base(planned.totals[metric]))
    template = _SHARES[metric]
    return fill(f"{template} as {metric}", *[total] * template.count("{}"))


def _groups_of_all(planned: Plan) -> Fragment:
    """Return the join with all visitors of each group, whether they reached a goal or not."""
    if not planned.group_totals:
        return Fragment("")
    renamed = ", ".join(f"d{position} as of_{number}" for position, number in enumerate(planned.kept))
    same = " and ".join(f"d{number} = of_{number}" for number in planned.kept)
    return lines(
        Fragment(f"left join (\nselect {renamed}, visitors as {_ALL_VISITORS} from ("),
        _base(planned.group_totals),
        Fragment(f") as of_all on {same}"),
    )


def _keys(groups: Sequence[Group]) -> list[Fragment]:
    return [Fragment(f"d{number}") for number in range(len(groups))]


def _using(groups: Sequence[Group]) -> Fragment:
    return Fragment(f"using ({', '.join(f'd{number}' for number in range(len(groups) or 1))})")


def _order(query: Query) -> Fragment:
    if not query.groups:
        return Fragment("")
    columns = [f"{_column(order.by, query)} {'desc' if order.is_descending else 'asc'}" for order in ordered(query)]
    ties = [f"d{number}" for number in range(len(query.groups))]
    limits = fill("limit {} offset {}", value("UInt32", query.limit), value("UInt32", query.offset))
    return lines(Fragment(f"order by {', '.join([*columns, *ties])}"), limits)


def ordered(query: Query) -> tuple[Order, ...]:
    """Return the order of rows, or the default order if the query has none."""
    if query.order or not query.groups:
        return query.order
    by_time = [Order(query.interval, is_descending=False)] if query.interval else []
    return (*by_time, Order(query.metrics[0], is_descending=True))


def _column(by: Metric | Group, query: Query) -> str:
    return by.value if isinstance(by, Metric) else f"d{query.groups.index(by)}"
