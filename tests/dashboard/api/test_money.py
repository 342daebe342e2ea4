from decimal import Decimal

import pytest

from dashboard.api import money
from dashboard.stats.model.result import Money


@pytest.mark.parametrize(
    ("amount", "currency", "short", "long"),
    [
        pytest.param("96336315", "USD", "$96.3M", "$96,336,315.00", id="millions"),
        pytest.param("1000", "USD", "$1K", "$1,000.00", id="a thousand"),
        pytest.param("999.99", "USD", "$999.99", "$999.99", id="less than a thousand"),
        pytest.param("-5.5", "EUR", "-€5.50", "-€5.50", id="a refund"),
        pytest.param("0.125", "USD", "$0.12", "$0.12", id="half a cent goes to the even neighbour"),
    ],
)
def test_an_amount_is_a_number_and_two_texts(amount, currency, short, long):
    assert {"short": short, "value": float(amount), "long": long, "currency": currency} == money.shown(
        Money(Decimal(amount), currency)
    )
