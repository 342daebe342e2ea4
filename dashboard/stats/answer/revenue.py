"""Revenue is reported in the currency of its goal.

Amounts are stored in the currency they were paid in and converted at query time with the operator's rates. Amounts in a
currency without a rate are left out.
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
    """The currency of each goal that has one, by display name. All are equal unless rows are grouped by goal."""

    currencies: Mapping[str, str]  # ISO 4217

    @property
    def targets(self) -> tuple[str, ...]:
        """Return the currencies in use, in order."""
        return tuple(sorted(set(self.currencies.values())))


def reporting(query: Query) -> Reporting | MetricWarning:
    """Return the currencies for the revenue of a query, or why it has no revenue."""
    currencies = {goal.display_name: goal.currency for goal in _goals(query) if goal.currency}
    if not currencies:
        return MetricWarning.NO_REVENUE_GOALS
    if dimensions.GOAL not in query.groups and len(set(currencies.values())) > 1:
        return MetricWarning.SEVERAL_CURRENCIES
    return Reporting(currencies)


def worth(rates: Rates, target: str) -> dict[str, Decimal]:
    """Return the value of one unit of each currency, target included, in the target currency."""
    currencies = {rates.base, *rates.rates} - {""}
    converted = {source: rates.convert(Decimal(1), source, target) for source in sorted(currencies)}
    return {target: Decimal(1)} | {source: amount for source, amount in converted.items() if amount is not None}


def _goals(query: Query) -> tuple[Goal, ...]:
    if dimensions.GOAL in query.groups:
        return query.goals
    return tuple(goal for leaf in leaves(query.filters) if isinstance(leaf, Reaches) for goal in leaf.goals)
