"""The address of a home, as a keyed hash. Rules keep only the hash, and no page shows the address again.

The hash covers an IPv4 address, or the /64 of an IPv6 address: devices in a home share the /64 and change the rest.
The key (schema.stores.key_file) is stored apart from the control file and exclusions.toml, which reveal nothing without
it. Anyone with the key can try all addresses within minutes.
"""

import ipaddress
import re
from hashlib import blake2b

KEY = "home"  # of the matcher
DAYS = 90  # after which a rule for a home expires, unless it has another last day
HASH_BYTES = 16
_PREFIX = "home-"
WRITTEN_HASH = re.compile(_PREFIX + r"[0-9a-f]{32}")
_IPV6_BYTES = 8  # the /64


def hashed(address: bytes, *, key: bytes) -> bytes:
    """Return the hash of a packed address. All addresses of a home have the same hash."""
    return blake2b(address if len(address) == 4 else address[:_IPV6_BYTES], key=key, digest_size=HASH_BYTES).digest()


def written(hash_: bytes) -> str:
    """Return a hash as text, as used in conditions."""
    return f"{_PREFIX}{hash_.hex()}"


def digest(text: str) -> bytes:
    """Return the hash from its text."""
    return bytes.fromhex(text.removeprefix(_PREFIX))


def hash_of(text: str, *, key: bytes) -> str:
    """Return the hash of an address as text, as used in conditions. Raises ValueError if it is not one address."""
    address = ipaddress.ip_address(text.strip())
    mapped = getattr(address, "ipv4_mapped", None)
    return written(hashed((mapped or address).packed, key=key))
