"""Countries where data may be stored: those of the European Economic Area."""

from babel import Locale

_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_EEA = frozenset(f"{_EU} IS LI NO".split())
_OVERSEAS = frozenset({"GF", "GP", "MF", "MQ", "RE", "YT", "AX"})  # parts of the Union with codes of their own
_TERRITORIES = Locale("en").territories
_CODE_CHARACTERS = 2


def is_country(code: str) -> bool:
    """Return whether a text is an ISO 3166-1 code in capitals."""
    return (
        len(code) == _CODE_CHARACTERS
        and code.isalpha()
        and code in _TERRITORIES
        and code not in {"EU", "EZ", "UN", "ZZ"}
    )


def is_in_eea(code: str) -> bool:
    """Return whether a country is in the European Union, Iceland, Liechtenstein or Norway."""
    return code in _EEA | _OVERSEAS
