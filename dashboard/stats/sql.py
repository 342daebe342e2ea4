"""A question as one statement.

Each table is asked in a select of its own with the columns `value` and the metrics; where both are needed, visits
are joined to events. Rows have `value`, then the metrics in the order of the query. For intervals the value is the
start of a bucket, epoch seconds; what lies after the period gets the period's end.
"""

from collections.abc import Mapping
from datetime import timedelta

from dashboard.stats.buckets import buckets
from dashboard.stats.fragment import Fragment, join
from dashboard.stats.metrics import FROM_EVENTS, FROM_VISITS, Metric
from dashboard.stats.plan import plan
from dashboard.stats.query import Query

# The day of a row was local when it was written, and a site may change its time zone: local days of one instant are
# two days apart at most.
_DAY_MARGIN = timedelta(days=2)
_LONGEST_VISIT = timedelta(days=7)


def compose(query: Query) -> Fragment:
    """Return the statement that answers a query. Raises QueryError."""
    tables = plan(query)
    if not tables.visits:
        return _lines(_select_events(query, tables.events), _order(query))
    # Visits of different months are never versions of each other.
    settings = Fragment("settings do_not_merge_across_partitions_select_final = 1")
    if not tables.events:
        return _lines(_select_visits(query, tables.visits), _order(query), settings)
    return _lines(
        Fragment(f"select value, {', '.join(query.metrics)}\nfrom ("),
        _select_events(query, tables.events),
        Fragment(") as of_events\nleft join ("),
        _select_visits(query, tables.visits),
        Fragment(") as of_visits using (value)"),
        _order(query),
        settings,
    )


def _select_events(query: Query, metrics: tuple[Metric, ...]) -> Fragment:
    value = _value(query, column=query.dimension and query.dimension.events_column, time="time")
    bounds = Fragment(
        "from events\n"
        "where site_id = {site_id:UInt32}\n"
        "and day >= {events_from:Date}\n"
        "and day <= {until_day:Date}\n"
        "and time >= {start:DateTime('UTC')}\n"
        "and time < {end:DateTime('UTC')}",
        _bounds(query) | {"events_from": query.period.first - _DAY_MARGIN},
    )
    return _lines(_columns(value, metrics, FROM_EVENTS), bounds, _group(query))


def _select_visits(query: Query, metrics: tuple[Metric, ...]) -> Fragment:
    value = _value(query, column=query.dimension and query.dimension.visits_column, time="last")
    bounds = Fragment(
        "from visits final\n"
        "where site_id = {site_id:UInt32}\n"
        "and day >= {visits_from:Date}\n"
        "and day <= {until_day:Date}\n"
        "and last >= {start:DateTime('UTC')}\n"
        "and start < {end:DateTime('UTC')}",
        _bounds(query) | {"visits_from": query.period.first - _LONGEST_VISIT - _DAY_MARGIN},
    )
    return _lines(_columns(value, metrics, FROM_VISITS), bounds, _group(query))


def _bounds(query: Query) -> dict[str, object]:
    return {
        "site_id": query.site_id,
        "start": query.period.start,
        "end": query.period.end,
        "until_day": query.period.last + _DAY_MARGIN,
    }


def _value(query: Query, *, column: str | None, time: str) -> Fragment:
    if query.interval is None:
        return Fragment(column or "''")
    edges = [bucket.start for bucket in buckets(query.period, query.interval)] + [query.period.end]
    return Fragment(
        f"roundDown(toUnixTimestamp({time}), {{edges:Array(UInt32)}})",
        {"edges": [int(edge.timestamp()) for edge in edges]},
    )


def _columns(value: Fragment, metrics: tuple[Metric, ...], expressions: Mapping[Metric, str]) -> Fragment:
    columns = [Fragment(f"{expressions[metric]} as {metric}") for metric in metrics]
    return join(",\n", [Fragment(f"select {value.sql} as value", value.params), *columns])


def _group(query: Query) -> Fragment:
    """Group by value; without one there is exactly one row, also when nothing happened."""
    return Fragment("group by value" if query.dimension or query.interval else "")


def _order(query: Query) -> Fragment:
    if query.dimension is None:
        return Fragment("")
    return Fragment(
        f"order by {query.metrics[0]} desc, value\nlimit {{limit:UInt32}} offset {{offset:UInt32}}",
        {"limit": query.limit, "offset": query.offset},
    )


def _lines(*fragments: Fragment) -> Fragment:
    return join("\n", [fragment for fragment in fragments if fragment.sql])
