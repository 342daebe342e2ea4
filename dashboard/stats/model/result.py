"""The rows that answer a query."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from dashboard.stats.model.metrics import Metric


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount, not rounded to the smallest unit of its currency."""

    amount: Decimal
    currency: str  # ISO 4217


class MetricWarning(StrEnum):
    """Why a metric has no numbers."""

    NO_REVENUE_GOALS = "no_revenue_goals_matching"
    SEVERAL_CURRENCIES = "no_single_revenue_currency"


Number: TypeAlias = int | float | Money | None


@dataclass(frozen=True, slots=True)
class Row:
    groups: tuple[str, ...]  # raw values, "": none; an interval as local YYYY-MM-DD or YYYY-MM-DD HH:MM:SS
    metrics: tuple[Number, ...]  # in the order of the query
    start: int | None = field(default=None, compare=False)  # of the interval, epoch seconds: labels may repeat
    is_rest: bool = False  # all values with too few visitors to be shown

    @property
    def numbers(self) -> tuple[float, ...]:
        """Return the metrics of a row without revenue, with 0 for unknown values."""
        return tuple(0 if metric is None or isinstance(metric, Money) else metric for metric in self.metrics)


@dataclass(frozen=True, slots=True)
class Result:
    rows: tuple[Row, ...]
    total_rows: int | None = None  # if the query counts rows; 0 if the offset is past the end
    warnings: Mapping[Metric, MetricWarning] = field(default_factory=dict)
    counted_since: Mapping[str, date] = field(default_factory=dict)  # by goal: the days before do not count it
