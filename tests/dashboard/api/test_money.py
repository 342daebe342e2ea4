from decimal import Decimal

import pytest

from dashboard.api.money import shown
from dashboard.stats.model.result import Money


@pytest.mark.parametrize(
    ("amount", "currency", "short", "long"),
    [
        pytest.param("67.07", "USD", "$67.1", "$67.07", id="up"),
        pytest.param("67.04", "USD", "$67.0", "$67.04", id="down"),
        pytest.param("50.45", "USD", "$50.4", "$50.45", id="a half to an even tenth below"),
        pytest.param("50.55", "USD", "$50.6", "$50.55", id="a half to an even tenth above"),
        pytest.param("50.451", "USD", "$50.5", "$50.45", id="more than a half"),
        pytest.param("100", "EUR", "\u20ac100.0", "\u20ac100.00", id="a whole number"),
        pytest.param("-5.5", "EUR", "-\u20ac5.5", "-\u20ac5.50", id="a refund"),
        pytest.param("0.125", "USD", "$0.1", "$0.12", id="half a cent goes to the even neighbour"),
        pytest.param("0", "EUR", "\u20ac0.0", "\u20ac0.00", id="nothing"),
        pytest.param("-12.25", "USD", "-$12.2", "-$12.25", id="below zero"),
        pytest.param("160", "JPY", "\u00a5160.0", "\u00a5160", id="a currency without decimals"),
        pytest.param("999.94", "USD", "$999.9", "$999.94", id="almost a thousand"),
        pytest.param("999.96", "USD", "$1.0K", "$999.96", id="a thousand when rounded"),
        pytest.param("1000", "USD", "$1.0K", "$1,000.00", id="a thousand"),
        pytest.param("1250", "USD", "$1.2K", "$1,250.00", id="a half of thousands"),
        pytest.param("999960", "USD", "$1.0M", "$999,960.00", id="a million when rounded"),
        pytest.param("96336315", "USD", "$96.3M", "$96,336,315.00", id="millions"),
        pytest.param("2500000000", "USD", "$2.5B", "$2,500,000,000.00", id="billions"),
        pytest.param("7e15", "USD", "$7,000.0T", "$7,000,000,000,000,000.00", id="more than the last unit"),
    ],
)
def test_an_amount_has_a_short_and_a_long_form(amount, currency, short, long):
    assert shown(Money(Decimal(amount), currency)) == {
        "short": short,
        "value": float(amount),
        "long": long,
        "currency": currency,
    }
