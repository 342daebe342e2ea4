"""Rates: what currencies are worth, where the operator says so. Nothing is fetched.

The form is that of the tables that central banks publish, with commas or tabs, and `#` before comments:

    base,EUR
    USD,1.0850     # one euro buys 1.0850 dollars
    JPY,161.20
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from schema.measures.currencies import is_currency

_MAX_SHOWN = 50  # characters of a line, in a message
_NUMBER = re.compile(r"\d{1,20}(\.\d{1,20})?", re.ASCII)


class RatesError(ValueError):
    """A text holds no rates; the message says where."""


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates in force, never changed: a new set replaces the whole."""

    base: str  # ISO 4217
    rates: Mapping[str, Decimal]  # currency -> how much of it one unit of the base buys, above 0

    def convert(self, amount: Decimal, source: str, target: str) -> Decimal | None:
        """Return an amount of the currency `source` in `target`, not rounded; None where a rate is missing."""
        if source == target:
            return amount
        bought, paid = self._rate(target), self._rate(source)
        return None if bought is None or paid is None else amount * bought / paid

    def _rate(self, currency: str) -> Decimal | None:
        return Decimal(1) if currency == self.base else self.rates.get(currency)


NO_RATES = Rates("", {})  # a currency is worth itself alone


def read(text: str) -> Rates:
    """Return the rates a text holds. Raises RatesError on a line that is none, and where there is none."""
    lines = [(number, _cells(line)) for number, line in enumerate(text.splitlines(), start=1)]
    filled = [(number, cells) for number, cells in lines if cells != [""]]
    if not filled:
        raise RatesError("there is no rate in it")
    base = _base(*filled[0])
    rates: dict[str, Decimal] = {}
    for number, cells in filled[1:]:
        currency, rate = _line(number, cells)
        if currency in rates or currency == base:
            raise RatesError(f"line {number} names {currency} for a second time")
        rates[currency] = rate
    if not rates:
        raise RatesError(f"there is no rate in it but the base, {base}")
    return Rates(base, rates)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"[,\t]", line.partition("#")[0].strip())]


def _base(number: int, cells: list[str]) -> str:
    match cells:
        case [word, code] if word.lower() == "base":
            return _currency(number, code)
    raise RatesError(f"line {number} is {_shown(cells)}: the first one says what the rates are for, as in base,EUR")


def _line(number: int, cells: list[str]) -> tuple[str, Decimal]:
    match cells:
        case [code, rate] if _NUMBER.fullmatch(rate) and Decimal(rate) > 0:
            return _currency(number, code), Decimal(rate)
    raise RatesError(f"line {number} is {_shown(cells)}: write a currency and a number above 0, as in USD,1.0850")


def _currency(number: int, code: str) -> str:
    if not is_currency(code.upper()):
        raise RatesError(f"line {number} names {code[:_MAX_SHOWN]!r}, which is not a currency: write it as in EUR")
    return code.upper()


def _shown(cells: list[str]) -> str:
    return repr(",".join(cells)[:_MAX_SHOWN])
