"""In which currency revenue is reported: that of the goal which it was reached with.

Amounts are stored in the currency they were paid in; they are converted by the operator's rates when asked for. What
has no rate is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from dashboard.stats.model import dimensions
from dashboard.stats.model.filters import Reaches, leaves
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import MetricWarning
from schema.measures.goals import Goal
from schema.measures.rates import Rates


@dataclass(frozen=True, slots=True)
class Reporting:
    """The currency of every goal that has one, by display name; without goals as a dimension all are the same."""

    currencies: Mapping[str, str]  # ISO 4217

    @property
    def targets(self) -> tuple[str, ...]:
        """Return the currencies in use, in order."""
        return tuple(sorted(set(self.currencies.values())))


def reporting(query: Query) -> Reporting | MetricWarning:
    """Return in what the revenue of a question is reported, or why it has none."""
    currencies = {goal.display_name: goal.currency for goal in _goals(query) if goal.currency}
    if not currencies:
        return MetricWarning.NO_REVENUE_GOALS
    if dimensions.GOAL not in query.groups and len(set(currencies.values())) > 1:
        return MetricWarning.SEVERAL_CURRENCIES
    return Reporting(currencies)


def worth(rates: Rates, target: str) -> dict[str, Decimal]:
    """Return what one unit of each currency is worth in another, itself included."""
    known = {rates.base, *rates.rates} - {""}
    converted = {source: rates.convert(Decimal(1), source, target) for source in sorted(known)}
    return {target: Decimal(1)} | {source: amount for source, amount in converted.items() if amount is not None}


def _goals(query: Query) -> tuple[Goal, ...]:
    if dimensions.GOAL in query.groups:
        return query.goals
    return tuple(goal for leaf in leaves(query.filters) if isinstance(leaf, Reaches) for goal in leaf.goals)
