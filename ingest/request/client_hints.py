"""What a browser says of itself beside its user agent, in headers that Chromium sends without being asked.

Firefox and Safari send none, Chromium only over HTTPS. Detailed hints have to be asked for; we never do.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

MAX_BRANDS_BYTES = 512
MAX_PLATFORM_BYTES = 40
_BRAND = re.compile(r'"((?:[^"\\]|\\.)*)"\s*;\s*v="(\d{1,5})')


class ClientHints(NamedTuple):
    """Headers as they came; empty: not sent."""

    brands: bytes = b""  # Sec-CH-UA
    mobile: bytes = b""  # Sec-CH-UA-Mobile: ?0 or ?1
    platform: bytes = b""  # Sec-CH-UA-Platform: a name in quotes

    def cut(self) -> "ClientHints":
        """Return them no longer than any browser sends them, fit to be remembered."""
        return ClientHints(self.brands[:MAX_BRANDS_BYTES], self.mobile[:2], self.platform[:MAX_PLATFORM_BYTES])

    @property
    def is_mobile(self) -> bool:
        return self.mobile == b"?1"

    @property
    def platform_name(self) -> str:
        return self.platform.strip().strip(b'"').decode("latin-1")

    def brand_versions(self) -> list[tuple[str, str]]:
        """Return (brand, major version) in the order sent, the made-up ones that browsers mix in among them."""
        return _BRAND.findall(self.brands.decode("latin-1"))


NO_HINTS = ClientHints()


def read(headers: Mapping[bytes, bytes]) -> ClientHints:
    """Return the hints among headers, names in lower case. A browser that sends any names its brands."""
    brands = headers.get(b"sec-ch-ua")
    if brands is None:
        return NO_HINTS
    return ClientHints(brands, headers.get(b"sec-ch-ua-mobile", b""), headers.get(b"sec-ch-ua-platform", b""))
