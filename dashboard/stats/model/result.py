"""What the database answers, as rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from dashboard.stats.model.metrics import Metric


@dataclass(frozen=True, slots=True)
class Money:
    """An amount as it was summed up, not rounded to what can be paid."""

    amount: Decimal
    currency: str  # ISO 4217


class MetricWarning(StrEnum):
    """Why a metric has no numbers."""

    NO_REVENUE_GOALS = "no_revenue_goals_matching"
    SEVERAL_CURRENCIES = "no_single_revenue_currency"


Number: TypeAlias = int | float | Money | None


@dataclass(frozen=True, slots=True)
class Row:
    groups: tuple[str, ...]  # raw values, "": none; of an interval its local YYYY-MM-DD, or YYYY-MM-DD HH:MM:SS
    metrics: tuple[Number, ...]  # in the order of the query
    start: int | None = field(default=None, compare=False)  # of its interval, epoch seconds: two may have one label

    @property
    def numbers(self) -> tuple[float, ...]:
        """Return the metrics of a row that has no money in it, with 0 for what is not known."""
        return tuple(0 if metric is None or isinstance(metric, Money) else metric for metric in self.metrics)


@dataclass(frozen=True, slots=True)
class Result:
    rows: tuple[Row, ...]
    total_rows: int | None = None  # where it was asked for; 0 where the page asked for has no row
    warnings: Mapping[Metric, MetricWarning] = field(default_factory=dict)
