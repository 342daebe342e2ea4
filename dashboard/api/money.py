"""Amounts of money in the Stats API: a number with a short and a long English form."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from babel.numbers import format_currency

from dashboard.stats.model.result import Money

_LOCALE = "en_US"
_UNITS = ("", "K", "M", "B", "T")  # each a thousand of the one before
_THOUSAND = 1000
_EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)


def shown(money: Money) -> dict[str, Any]:
    """Return {"short": "$96.3M", "value": 96336315.0, "long": "$96,336,315.00", "currency": "USD"}."""
    return {
        "short": _short(money),
        "value": float(money.amount),
        "long": format_currency(money.amount, money.currency, locale=_LOCALE),
        "currency": money.currency,
    }


def _short(money: Money) -> str:
    """Return an amount with one decimal, half to even: "$50.4", "$96.3M". 999,960 is "$1.0M"."""
    for power, unit in enumerate(_UNITS):
        amount = _EXACT.divide(money.amount, Decimal(_THOUSAND**power)).quantize(Decimal("0.1"), context=_EXACT)
        if abs(amount) < _THOUSAND or unit == _UNITS[-1]:
            return _with_symbol(amount, money.currency, f"¤#,##0.0{unit}")
    raise AssertionError("the last unit fits every amount")


def _with_symbol(amount: Decimal, currency: str, pattern: str) -> str:
    return format_currency(amount, currency, pattern, locale=_LOCALE, currency_digits=False)
