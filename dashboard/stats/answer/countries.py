"""What countries are called, by ISO 3166-1 code, in English as Unicode's CLDR has it."""

from collections.abc import Mapping
from types import MappingProxyType

from babel import Locale

# A1 is no country: an edge server says that the visitor comes through a VPN that hides where from.
NAMES: Mapping[str, str] = MappingProxyType(
    {code: name for code, name in Locale("en").territories.items() if len(code) == 2} | {"A1": "Anonymous VPN"}
)
