"""Client hints: headers about the browser that Chromium sends by default, over HTTPS only.

Firefox and Safari send none. Sillage never requests the detailed hints.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

MAX_BRANDS_BYTES = 512
MAX_PLATFORM_BYTES = 40
_BRAND = re.compile(r'"((?:[^"\\]|\\.)*)"\s*;\s*v="(\d{1,5})')


class ClientHints(NamedTuple):
    """Headers as sent; empty: not sent."""

    brands: bytes = b""  # Sec-CH-UA
    mobile: bytes = b""  # Sec-CH-UA-Mobile: ?0 or ?1
    platform: bytes = b""  # Sec-CH-UA-Platform: a name in quotes

    def cut(self) -> "ClientHints":
        """Return the hints cut to the length that browsers send, as keys of a cache."""
        return ClientHints(self.brands[:MAX_BRANDS_BYTES], self.mobile[:2], self.platform[:MAX_PLATFORM_BYTES])

    @property
    def is_mobile(self) -> bool:
        return self.mobile == b"?1"

    @property
    def platform_name(self) -> str:
        return self.platform.strip().strip(b'"').decode("latin-1")

    def brand_versions(self) -> list[tuple[str, str]]:
        """Return (brand, major version) in the order sent, including the fake brands that browsers mix in."""
        return _BRAND.findall(self.brands.decode("latin-1"))


NO_HINTS = ClientHints()


def read(headers: Mapping[bytes, bytes]) -> ClientHints:
    """Return the hints in headers, names in lower case. Browsers that send any send brands."""
    brands = headers.get(b"sec-ch-ua")
    if brands is None:
        return NO_HINTS
    return ClientHints(brands, headers.get(b"sec-ch-ua-mobile", b""), headers.get(b"sec-ch-ua-platform", b""))
