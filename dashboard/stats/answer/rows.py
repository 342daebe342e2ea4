"""The rows of a statement, or of the daily counts, as a result."""

from collections.abc import Callable, Sequence
from decimal import ROUND_DOWN, Context, Decimal
from typing import Any

from dashboard.stats.answer.revenue import Reporting, reporting
from dashboard.stats.model import dimensions
from dashboard.stats.model.buckets import buckets
from dashboard.stats.model.metrics import REVENUE, Metric
from dashboard.stats.model.period import Interval
from dashboard.stats.model.query import Group, Query
from dashboard.stats.model.result import MetricWarning, Money, Number, Result, Row

_THOUSANDTH = Decimal("0.001")
_CUT = Context(prec=80, rounding=ROUND_DOWN)  # as many digits as ClickHouse's largest decimals


def result_of(query: Query, answer: Sequence[Sequence[Any]]) -> Result:
    """Return rows as a result. answer: groups, then metrics, then `total_rows` if the query counts rows."""
    labels = [_labels(group, query) for group in query.groups]
    money = reporting(query)
    width = len(query.groups)
    time = query.groups.index(query.interval) if query.interval else None
    rows = tuple(
        Row(
            groups := tuple(label(content) for label, content in zip(labels, line[:width], strict=True)),
            _metrics(query, line[width : width + len(query.metrics)], groups, money),
            None if time is None else line[time],
        )
        for line in answer
    )
    total_rows = (answer[0][-1] if answer else 0) if query.counts_rows else None
    return Result(rows, total_rows, _warnings(query, money))


def _labels(group: Group, query: Query) -> Callable[[Any], str]:
    """Return the function that turns a value of the column into text."""
    if not isinstance(group, Interval):
        return str
    labels = {int(bucket.start.timestamp()): bucket.label for bucket in buckets(query.period, group)}
    return labels.__getitem__


def _metrics(
    query: Query, numbers: Sequence[Any], groups: tuple[str, ...], money: Reporting | MetricWarning
) -> tuple[Number, ...]:
    return tuple(
        Money(_cut(metric, number), _currency(query, groups, money))
        if metric in REVENUE and number is not None
        else number
        for metric, number in zip(query.metrics, numbers, strict=True)
    )


def _cut(metric: Metric, amount: Decimal) -> Decimal:
    """Return an average with three decimals, not rounded; a total as it is."""
    return amount.quantize(_THOUSANDTH, context=_CUT) if metric is Metric.AVERAGE_REVENUE else amount


def _currency(query: Query, groups: tuple[str, ...], money: Reporting | MetricWarning) -> str:
    if isinstance(money, MetricWarning):
        raise AssertionError("revenue without a currency")
    if dimensions.GOAL in query.groups:
        return money.currencies[groups[query.groups.index(dimensions.GOAL)]]
    return money.targets[0]


def _warnings(query: Query, money: Reporting | MetricWarning) -> dict[Metric, MetricWarning]:
    if not isinstance(money, MetricWarning):
        return {}
    return {metric: money for metric in query.metrics if metric in REVENUE}
