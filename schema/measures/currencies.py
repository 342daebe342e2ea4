"""Currencies in use today."""

from functools import cache
from itertools import chain

from babel.core import get_global


def is_currency(code: str) -> bool:
    """True for the ISO 4217 code of a currency that is legal tender somewhere today."""
    return code in _current()


@cache
def _current() -> frozenset[str]:
    # Babel's plain list also has historic currencies. A tender is (code, from, until, is legal tender).
    tenders = chain.from_iterable(get_global("territory_currencies").values())
    return frozenset(code for code, _, until, is_legal_tender in tenders if is_legal_tender and until is None)
