"""Currencies: which there are today, and what they are worth where the operator says so.

Rates are the operator's: nothing is fetched. They are written in TOML, a currency a line:

    EUR = 1       # what the others are counted in
    USD = 0.92    # one dollar is 0.92 euros
"""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from itertools import chain

from babel.core import get_global


class RatesError(ValueError):
    """A text holds no rates; the message says why."""


def is_currency(code: str) -> bool:
    """True for the ISO 4217 code of a currency that is money somewhere today."""
    return code in _current()


def read_rates(text: str) -> dict[str, Decimal]:
    """Return what one unit of each currency is worth, in a unit they share. Raises RatesError."""
    try:
        table = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise RatesError(f"it can't be understood: {error}") from None
    if not table:
        raise RatesError("there is no rate in it")
    return {code: _rate(code, value) for code, value in table.items()}


def converted(amount: Decimal, *, of: str, to: str, rates: Mapping[str, Decimal]) -> Decimal | None:
    """Return an amount in another currency, None where a rate is missing."""
    if of == to:
        return amount
    if of not in rates or to not in rates:
        return None
    return amount * rates[of] / rates[to]


def _rate(code: str, value: object) -> Decimal:
    if not is_currency(code):
        raise RatesError(f"{code[:50]!r} is not a currency: write it as in EUR")
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    rate = Decimal(value) if is_number else Decimal(0)  # type: ignore[arg-type]
    if not rate.is_finite() or rate <= 0:
        raise RatesError(f"the rate of {code} must be a number above 0")
    return rate


@cache
def _current() -> frozenset[str]:
    # Babel's plain list holds those of the past too. A tender is (code, from, until, is legal tender).
    tenders = chain.from_iterable(get_global("territory_currencies").values())
    return frozenset(code for code, _, until, is_legal_tender in tenders if is_legal_tender and until is None)
