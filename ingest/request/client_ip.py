"""The client address of a request: the TCP peer's, or the one that a trusted proxy forwards.

- Forwarding headers from other peers are ignored: a visitor must not be able to claim another address.
- Proxies pass on headers they don't know. So the single-address headers (`X-Plausible-IP` and others) count only if
  the trusted peer sent no forwarding chain: then the peer is a program that speaks for its visitor. A program with an
  API key (see sender_keys.py) may do so from any address.
- Addresses are packed, 4 or 16 bytes. An IPv4-mapped IPv6 address is its IPv4 address.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from socket import AF_INET, AF_INET6, inet_pton
from typing import NamedTuple

_SINGLE_HEADERS = (b"x-plausible-ip", b"cf-connecting-ip", b"b-forwarded-for")
_MAPPED = b"\0" * 10 + b"\xff\xff"
UNKNOWN = b""
_MAX_PEERS = 1024


class Hop(NamedTuple):
    """An address that a request passed through."""

    text: str
    role: str  # client | trusted | ignored


_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class TrustedProxies:
    """Networks whose forwarding headers are trusted."""

    def __init__(self, networks: Iterable[str]) -> None:
        """networks: CIDRs. Raises ValueError on an invalid one."""
        self._ranges: dict[int, list[tuple[int, int]]] = {0: [], 4: [], 16: []}  # by bytes of an address
        for text in networks:
            network = _unmapped(ipaddress.ip_network(text, strict=False))
            ends = int(network.network_address), int(network.broadcast_address)
            self._ranges[len(network.network_address.packed)].append(ends)
        self._peers: dict[str, bytes] = {}

    def __contains__(self, address: bytes) -> bool:
        number = int.from_bytes(address)
        for first, last in self._ranges[len(address)]:  # noqa: SIM110 (any() costs three times as much here)
            if first <= number <= last:
                return True
        return False

    def peer(self, text: str) -> bytes:
        """Return the packed address of a peer that is a trusted proxy, UNKNOWN for any other peer.

        A proxy is the peer of every hit, so its address is cached. Other addresses never are.
        """
        cached = self._peers.get(text)
        if cached is not None:
            return cached
        address = pack(text)
        if not address or address not in self:
            return UNKNOWN
        if len(self._peers) < _MAX_PEERS:
            self._peers[text] = address
        return address

    def trusts(self, peer: str | None) -> bool:
        """Return whether a peer is a trusted proxy. None: a Unix socket, which is trusted."""
        return peer is None or self.peer(peer) != UNKNOWN


def client_ip(peer: str | None, headers: Mapping[bytes, bytes], trusted: TrustedProxies) -> bytes:
    """Return the packed client address, UNKNOWN if there is none.

    peer: address that the server saw; None on a Unix socket, which only local programs can open.
    headers: names in lower case.
    """
    address = UNKNOWN
    if peer is not None and not (address := trusted.peer(peer)):
        return pack(peer)
    if chain := _chain(headers):
        return _rightmost_untrusted(chain, trusted) or address
    for name in _SINGLE_HEADERS:
        if value := headers.get(name):
            return pack(value.split(b",")[0].decode("latin-1")) or address
    return address


def hops(peer: str | None, headers: Mapping[bytes, bytes], trusted: TrustedProxies) -> list[Hop]:
    """Return every address that a request passed through and its role, the peer last."""
    client = client_ip(peer, headers, trusted)
    peer_text = "a Unix socket" if peer is None else peer
    chain = [entry.strip() for entry in _chain(headers)]
    if not trusted.trusts(peer):
        return [*(Hop(text, "ignored") for text in chain), Hop(peer_text, "client")]
    forwarded: list[Hop] = []
    is_client_passed = False
    for text in reversed(chain):
        packed = pack(text)
        role = "ignored" if is_client_passed or not packed else "client" if packed == client else "trusted"
        is_client_passed = is_client_passed or role != "trusted"
        forwarded.insert(0, Hop(text, role))
    if any(hop.role == "client" for hop in forwarded):
        return [*forwarded, Hop(peer_text, "trusted")]
    if client and peer is not None and client != pack(peer):  # from a single-address header
        return [*forwarded, Hop(shown(client), "client"), Hop(peer_text, "trusted")]
    return [*forwarded, Hop(peer_text, "client")]


def shown(address: bytes) -> str:
    """Return a packed address as text, "" if unknown."""
    return str(ipaddress.ip_address(address)) if address else ""


def named_ip(headers: Mapping[bytes, bytes]) -> bytes:
    """Return the packed address that a sender with an API key names, UNKNOWN if there is none.

    X-Plausible-IP wins. In a forwarding chain the sender wrote the left-most entry; proxies appended the sender's own
    address. CDN headers may hold that address too, so they come last.
    """
    own, *others = _SINGLE_HEADERS
    named = [headers.get(own, b"").decode("latin-1"), *_chain(headers)[:1]]
    named += [headers.get(name, b"").decode("latin-1").split(",")[0] for name in others]
    return next(filter(None, map(pack, named)), UNKNOWN)


def pack(text: str) -> bytes:
    """Return an address, with or without port and brackets, as packed bytes; UNKNOWN if it is invalid."""
    text = text.strip(' \t"')
    # Most are bare addresses.
    return _packed(text) or _packed(_without_port(text))


def _packed(text: str) -> bytes:
    try:
        if ":" not in text:
            return inet_pton(AF_INET, text)
        packed = inet_pton(AF_INET6, text)
    except (OSError, ValueError):
        return UNKNOWN
    return packed[12:] if packed.startswith(_MAPPED) else packed


def _without_port(text: str) -> str:
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    return text.partition("%")[0]  # the zone of a link-local address


def _unmapped(network: _Network) -> _Network:
    """Return the IPv4 network of an IPv4-mapped IPv6 network, and any other network unchanged."""
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < 96:
        return network
    return ipaddress.ip_network((mapped, network.prefixlen - 96))


def _chain(headers: Mapping[bytes, bytes]) -> list[str]:
    """Return the forwarding chain, the nearest proxy's entry last; empty without such a header."""
    if forwarded_for := headers.get(b"x-forwarded-for"):
        return forwarded_for.decode("latin-1").split(",")
    chain = [_for(element) for element in headers.get(b"forwarded", b"").decode("latin-1").split(",")]
    return chain if any(chain) else []


def _for(element: str) -> str:
    """Return the `for` value of an element of the Forwarded header; empty if missing."""
    pairs = (pair.strip() for pair in element.split(";"))
    return next((pair[4:] for pair in pairs if pair[:4].lower() == "for="), "")


def _rightmost_untrusted(chain: list[str], trusted: TrustedProxies) -> bytes:
    """Return the right-most address that is not a trusted proxy, or the left-most one if all are.

    An invalid entry ends the search: entries to its left can't be trusted.
    """
    address = UNKNOWN
    while chain and (packed := pack(chain.pop())):
        address = packed
        if address not in trusted:
            break
    return address
