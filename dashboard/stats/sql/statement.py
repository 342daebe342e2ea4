"""A query as one SQL statement.

Each table has its own select; if both are needed, the visits are joined to the events. Columns are the groups d0, d1,
..., then the metrics, both in the order of the query, then `total_rows` if the query counts rows. An interval is the
start of its bucket in epoch seconds.
"""

from collections.abc import Sequence

from dashboard.stats.model import dimensions
from dashboard.stats.model.filters import Filter
from dashboard.stats.model.metrics import SHARES, Metric
from dashboard.stats.model.query import Group, Order, Query
from dashboard.stats.plan import attributed, plan, without_goals
from dashboard.stats.sql import selects
from dashboard.stats.sql.fragment import Fragment, fill, join, lines, value
from schema.days.rollups import RolledDays
from schema.measures.rates import NO_RATES, Rates

_SHARES = {
    # Without visitors a percentage is unknown, but a conversion rate is 0.
    Metric.PERCENTAGE: "if({} = 0, null, round(100 * visitors / {}, 2))",
    Metric.CONVERSION_RATE: "ifNotFinite(round(100 * visitors / {}, 2), 0)",
    Metric.GROUP_CONVERSION_RATE: "ifNotFinite(round(100 * visitors / {}, 2), 0)",
}
_ALL_VISITORS = "all_visitors"


def compose(query: Query, rates: Rates = NO_RATES, rolled: RolledDays | None = None) -> Fragment:
    """Return the statement that answers a query. rates: for revenue. rolled: the days with daily counts.

    Raises QueryError.
    """
    query = attributed(query)
    columns = [*_keys(query.groups), *(_output(metric, query, rolled) for metric in query.metrics)]
    if query.counts_rows:
        columns.append(Fragment("count() over () as total_rows"))
    return lines(
        fill("select {}", join(", ", columns)),
        Fragment("from ("),
        _base(query, rates, rolled),
        _groups_of_all(query, rolled),
        _order(query),
        # Visits of different months are never versions of each other.
        Fragment("settings do_not_merge_across_partitions_select_final = 1"),
    )


def _base(query: Query, rates: Rates, rolled: RolledDays | None) -> Fragment:
    """Return the select over one table, or over both joined."""
    metrics = tuple(metric for metric in query.metrics if metric not in SHARES)
    if len(metrics) < len(query.metrics) and Metric.VISITORS not in metrics:
        metrics = (*metrics, Metric.VISITORS)
    tables = plan(query, metrics)
    parts = []
    if tables.events:
        parts.append(lines(selects.of_events(query, tables.events, rates, rolled), Fragment(") as of_events")))
    if tables.visits:
        parts.append(lines(selects.of_visits(query, tables.visits, rolled), Fragment(") as of_visits")))
    if len(parts) == 1:
        return parts[0]
    return lines(parts[0], Fragment("left join ("), parts[1], _using(query.groups))


def _output(metric: Metric, query: Query, rolled: RolledDays | None) -> Fragment:
    if metric not in SHARES:
        return Fragment(metric)
    if metric is Metric.GROUP_CONVERSION_RATE and _kept(query):
        total = Fragment(_ALL_VISITORS)
    else:
        total = fill("(\n{}\n)", _total(query, metric, rolled))
    template = _SHARES[metric]
    return fill(f"{template} as {metric}", *[total] * template.count("{}"))


def _total(query: Query, metric: Metric, rolled: RolledDays | None) -> Fragment:
    """Return the select of the number of visitors that is 100 percent."""
    filters = query.filters if metric is Metric.PERCENTAGE else without_goals(query.filters)
    return fill("select visitors from (\n{}", _base(_visitors(query, (), filters), NO_RATES, rolled))


def _groups_of_all(query: Query, rolled: RolledDays | None) -> Fragment:
    """Return the join with all visitors of each group, whether they reached a goal or not."""
    if Metric.GROUP_CONVERSION_RATE not in query.metrics or not (kept := _kept(query)):
        return Fragment("")
    totals = _visitors(query, tuple(query.groups[number] for number in kept), without_goals(query.filters))
    renamed = ", ".join(f"d{position} as of_{number}" for position, number in enumerate(kept))
    same = " and ".join(f"d{number} = of_{number}" for number in kept)
    return lines(
        Fragment(f"left join (\nselect {renamed}, visitors as {_ALL_VISITORS} from ("),
        _base(totals, NO_RATES, rolled),
        Fragment(f") as of_all on {same}"),
    )


def _visitors(query: Query, groups: tuple[Group, ...], filters: tuple[Filter, ...]) -> Query:
    return attributed(Query(query.site_id, query.period, (Metric.VISITORS,), groups=groups, filters=filters))


def _kept(query: Query) -> list[int]:
    """Return the positions of the groups that all visitors have, whether they reached a goal or not."""
    return [number for number, group in enumerate(query.groups) if group != dimensions.GOAL]


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
