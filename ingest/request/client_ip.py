"""Whose request is it? The TCP peer, or what a trusted proxy says.

Headers of anyone who is not a trusted proxy are ignored: a visitor must not be able to claim another address.
A proxy passes on headers it does not know, so the single-address headers (`X-Plausible-IP` and the like) count only
where the trusted peer sent no forwarding chain: then the peer is a program that speaks for its visitor. A program with
a key of ours (see sender_keys.py) speaks for its visitor from wherever it is.
Addresses are packed bytes, 4 or 16 of them; an IPv4-mapped IPv6 address is its IPv4 address.
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
    """An address on the way of a request."""

    text: str
    role: str  # client | trusted | ignored


_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class TrustedProxies:
    """The networks whose forwarding headers are believed."""

    def __init__(self, networks: Iterable[str]) -> None:
        """networks: CIDRs. Raises ValueError on one that is none."""
        self._ranges: dict[int, list[tuple[int, int]]] = {0: [], 4: [], 16: []}  # by the bytes of an address
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
        """Return the packed address of a peer that is a trusted proxy, UNKNOWN of any other.

        A proxy is the peer of every hit, so its answer is remembered; a stranger's address never is.
        """
        known = self._peers.get(text)
        if known is not None:
            return known
        address = pack(text)
        if not address or address not in self:
            return UNKNOWN
        if len(self._peers) < _MAX_PEERS:
            self._peers[text] = address
        return address

    def trusts(self, peer: str | None) -> bool:
        """True where a peer is a trusted proxy, or None: on a Unix socket."""
        return peer is None or self.peer(peer) != UNKNOWN


def client_ip(peer: str | None, headers: Mapping[bytes, bytes], trusted: TrustedProxies) -> bytes:
    """Return the packed client address, UNKNOWN where there is none.

    peer: as the server saw it; None on a Unix socket, which only a program of this machine can open.
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
    """Return every address that a request names on its way, the peer last, and what is made of each."""
    client = client_ip(peer, headers, trusted)
    peer_text = "a Unix socket" if peer is None else peer
    chain = [entry.strip() for entry in _chain(headers)]
    if not trusted.trusts(peer):
        return [*(Hop(text, "ignored") for text in chain), Hop(peer_text, "client")]
    found: list[Hop] = []
    is_met = False  # the client, coming from the right
    for text in reversed(chain):
        packed = pack(text)
        role = "ignored" if is_met or not packed else "client" if packed == client else "trusted"
        is_met = is_met or role != "trusted"
        found.insert(0, Hop(text, role))
    if any(hop.role == "client" for hop in found):
        return [*found, Hop(peer_text, "trusted")]
    if client and peer is not None and client != pack(peer):  # named by a header for one address
        return [*found, Hop(shown(client), "client"), Hop(peer_text, "trusted")]
    return [*found, Hop(peer_text, "client")]


def shown(address: bytes) -> str:
    """Return a packed address as people write it, "" where it is not known."""
    return str(ipaddress.ip_address(address)) if address else ""


def named_ip(headers: Mapping[bytes, bytes]) -> bytes:
    """Return the packed address that a sender with a key names, UNKNOWN where it names none.

    Its own header goes first. In a chain the left-most is its word, what proxies on the way added is its own address;
    which is also what the CDN headers may hold, so they come last.
    """
    own, *others = _SINGLE_HEADERS
    named = [headers.get(own, b"").decode("latin-1"), *_chain(headers)[:1]]
    named += [headers.get(name, b"").decode("latin-1").split(",")[0] for name in others]
    return next(filter(None, map(pack, named)), UNKNOWN)


def pack(text: str) -> bytes:
    """Return an address, with or without port and brackets, as bytes; UNKNOWN where it is none."""
    text = text.strip(' \t"')
    # Most are bare addresses: tried first, looked at more closely where they are not.
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
    """Return the IPv4 network that an IPv4-mapped IPv6 one stands for; any other as it is."""
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < 96:
        return network
    return ipaddress.ip_network((mapped, network.prefixlen - 96))


def _chain(headers: Mapping[bytes, bytes]) -> list[str]:
    """Return the forwarding chain, the nearest proxy's word last; empty where no header has one."""
    if forwarded_for := headers.get(b"x-forwarded-for"):
        return forwarded_for.decode("latin-1").split(",")
    chain = [_for(element) for element in headers.get(b"forwarded", b"").decode("latin-1").split(",")]
    return chain if any(chain) else []


def _for(element: str) -> str:
    """Return for whom a proxy of the standard header forwards; empty where it does not say."""
    pairs = (pair.strip() for pair in element.split(";"))
    return next((pair[4:] for pair in pairs if pair[:4].lower() == "for="), "")


def _rightmost_untrusted(chain: list[str], trusted: TrustedProxies) -> bytes:
    """Return the first address from the right that is no proxy of ours; where all are, the left-most.

    An entry that is no address ends the search: what stands left of it is hearsay.
    """
    address = UNKNOWN
    while chain and (packed := pack(chain.pop())):
        address = packed
        if address not in trusted:
            break
    return address
