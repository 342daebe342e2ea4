from datetime import date
from decimal import Decimal

import pytest

from dashboard.stats.answer.revenue import Reporting, reporting, worth
from dashboard.stats.model import dimensions
from dashboard.stats.model.filters import Not, Reaches
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Period
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import MetricWarning
from schema.measures import goals
from schema.measures.rates import NO_RATES, Rates
from tests.factories import PARIS

DAY = Period("custom", date(2026, 3, 10), date(2026, 3, 10), PARIS)
BUY, SELL = goals.new(1, event_name="Buy", currency="EUR"), goals.new(1, event_name="Sell", currency="USD")
VISIT = goals.new(1, page_path="/a")


def question(*filters, by_goal=()):
    groups = (dimensions.GOAL,) if by_goal else ()
    return Query(1, DAY, (Metric.TOTAL_REVENUE,), groups, filters, goals=tuple(by_goal))


@pytest.mark.parametrize(
    ("query", "result"),
    [
        pytest.param(question(Reaches((BUY, VISIT))), Reporting({"Buy": "EUR"}), id="a goal with a currency"),
        pytest.param(question(Not(Reaches((BUY,)))), Reporting({"Buy": "EUR"}), id="a goal inside of another filter"),
        pytest.param(
            question(by_goal=(BUY, SELL)), Reporting({"Buy": "EUR", "Sell": "USD"}), id="one currency for each row"
        ),
        pytest.param(question(Reaches((BUY, SELL))), MetricWarning.SEVERAL_CURRENCIES, id="two currencies in one row"),
        pytest.param(question(Reaches((VISIT,))), MetricWarning.NO_REVENUE_GOALS, id="a goal without a currency"),
        pytest.param(question(), MetricWarning.NO_REVENUE_GOALS, id="no goal"),
    ],
)
def test_revenue_is_reported_in_the_currency_of_its_goal(query, result):
    assert result == reporting(query)


def test_the_currencies_in_use_come_once_and_in_order():
    assert ("EUR", "USD") == Reporting({"a": "USD", "b": "EUR", "c": "USD"}).targets


@pytest.mark.parametrize(
    ("rates", "target", "amounts"),
    [
        pytest.param(NO_RATES, "EUR", {"EUR": Decimal(1)}, id="without rates, itself alone"),
        pytest.param(
            Rates("EUR", {"USD": Decimal(2)}), "EUR", {"EUR": Decimal(1), "USD": Decimal("0.5")}, id="in the base"
        ),
        pytest.param(
            Rates("EUR", {"USD": Decimal(2)}), "USD", {"EUR": Decimal(2), "USD": Decimal(1)}, id="in another currency"
        ),
        pytest.param(Rates("EUR", {"USD": Decimal(2)}), "JPY", {"JPY": Decimal(1)}, id="in one without a rate"),
    ],
)
def test_a_unit_of_each_currency_is_converted(rates, target, amounts):
    assert amounts == worth(rates, target)
