"""Exchange rates, from a file of the operator. Nothing is fetched.

The format follows the tables of central banks, with commas or tabs, and `#` before comments:

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
    """Rates can't be parsed. The message names the line."""


@dataclass(frozen=True, slots=True)
class Rates:
    """A complete set of rates."""

    base: str  # ISO 4217
    rates: Mapping[str, Decimal]  # currency -> amount that one unit of the base buys, above 0

    def convert(self, amount: Decimal, source: str, target: str) -> Decimal | None:
        """Return an amount of currency `source` in `target`, not rounded. None: a rate is missing."""
        if source == target:
            return amount
        bought, paid = self._rate(target), self._rate(source)
        return None if bought is None or paid is None else amount * bought / paid

    def _rate(self, currency: str) -> Decimal | None:
        return Decimal(1) if currency == self.base else self.rates.get(currency)


NO_RATES = Rates("", {})  # converts each currency to itself only


def read(text: str) -> Rates:
    """Parse rates. Raises RatesError on an invalid line, and if there are no rates."""
    lines = [(number, _cells(line)) for number, line in enumerate(text.splitlines(), start=1)]
    filled = [(number, cells) for number, cells in lines if cells != [""]]
    if not filled:
        raise RatesError("it contains no rates")
    base = _base(*filled[0])
    rates: dict[str, Decimal] = {}
    for number, cells in filled[1:]:
        currency, rate = _line(number, cells)
        if currency in rates or currency == base:
            raise RatesError(f"line {number} repeats {currency}")
        rates[currency] = rate
    if not rates:
        raise RatesError(f"it contains no rate except the base, {base}")
    return Rates(base, rates)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"[,\t]", line.partition("#")[0].strip())]


def _base(number: int, cells: list[str]) -> str:
    match cells:
        case [word, code] if word.lower() == "base":
            return _currency(number, code)
    raise RatesError(f"line {number} is {_shown(cells)}: the first line must name the base currency, like base,EUR")


def _line(number: int, cells: list[str]) -> tuple[str, Decimal]:
    match cells:
        case [code, rate] if _NUMBER.fullmatch(rate) and Decimal(rate) > 0:
            return _currency(number, code), Decimal(rate)
    raise RatesError(f"line {number} is {_shown(cells)}: enter a currency and a number above 0, like USD,1.0850")


def _currency(number: int, code: str) -> str:
    if not is_currency(code.upper()):
        raise RatesError(f"line {number} names {code[:_MAX_SHOWN]!r}, which is not a currency: enter it like EUR")
    return code.upper()


def _shown(cells: list[str]) -> str:
    return repr(",".join(cells)[:_MAX_SHOWN])
