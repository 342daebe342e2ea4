"""The address of somebody's home, as a keyed hash: rules keep nothing else of it, and it is never shown again.

What is hashed is an IPv4 address, or the /64 of an IPv6 one, which a household keeps while its devices change the rest.
The key (schema.stores.key_file) lies apart from the control file and from exclusions.toml: either of them alone tells
nothing. Who has the key can try all the addresses there are in minutes.
"""

import ipaddress
import re
from hashlib import blake2b

HASH_BYTES = 16
_PREFIX = "home-"
WRITTEN_HASH = re.compile(_PREFIX + r"[0-9a-f]{32}")
_IPV6_BYTES = 8  # the /64


def hashed(address: bytes, *, key: bytes) -> bytes:
    """Return the hash of a packed address, the same for all addresses of a home."""
    return blake2b(address if len(address) == 4 else address[:_IPV6_BYTES], key=key, digest_size=HASH_BYTES).digest()


def written(hash_: bytes) -> str:
    """Return a hash as conditions hold it."""
    return f"{_PREFIX}{hash_.hex()}"


def digest(text: str) -> bytes:
    """Return the hash that `written` has written."""
    return bytes.fromhex(text.removeprefix(_PREFIX))


def hash_of(text: str, *, key: bytes) -> str:
    """Return the hash of an address as conditions hold it. Raises ValueError on a text that is no single address."""
    address = ipaddress.ip_address(text.strip())
    mapped = getattr(address, "ipv4_mapped", None)
    return written(hashed((mapped or address).packed, key=key))
