"""Amounts of money in the Stats API: a number with a short and a long English form."""

from decimal import Decimal
from typing import Any

from babel.numbers import format_compact_currency, format_currency

from dashboard.stats.model.result import Money

_LOCALE = "en_US"
_THOUSAND = 1000


def shown(money: Money) -> dict[str, Any]:
    """Return {"short": "$96.3M", "value": 96336315.0, "long": "$96,336,315.00", "currency": "USD"}."""
    return {
        "short": _short(money),
        "value": float(money.amount),
        "long": format_currency(money.amount, money.currency, locale=_LOCALE),
        "currency": money.currency,
    }


def _short(money: Money) -> str:
    if abs(money.amount) < _THOUSAND:
        return format_currency(money.amount.quantize(Decimal("0.01")), money.currency, locale=_LOCALE)
    return format_compact_currency(money.amount, money.currency, locale=_LOCALE, fraction_digits=1)
