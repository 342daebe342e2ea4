"""English country names by ISO 3166-1 code, from Unicode CLDR."""

from collections.abc import Mapping
from types import MappingProxyType

from babel import Locale

# A1 is not a country: some edge servers report it for visitors behind an anonymous VPN.
NAMES: Mapping[str, str] = MappingProxyType(
    {code: name for code, name in Locale("en").territories.items() if len(code) == 2} | {"A1": "Anonymous VPN"}
)
