"""Which addresses the server may connect to because a person entered the name of a host."""

import ipaddress
from ipaddress import IPv4Address, IPv6Address

# Addresses of these networks lead to the IPv4 address in their last 32 bits (RFC 6052, RFC 4291).
_TRANSLATED = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")))


def is_public(text: str) -> bool:
    """Return whether an address belongs to the public internet: not to this machine, a private network or a group."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(one.is_global and not one.is_multicast and not one.is_reserved for one in _all(address))


def _all(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """Return the IPv4 addresses inside an IPv6 address, or the address itself if it has none."""
    if isinstance(address, IPv4Address):
        return [address]
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in _TRANSLATED):
        inner.append(IPv4Address(int(address) & 0xFFFF_FFFF))
    return [one for one in inner if one is not None] or [address]
