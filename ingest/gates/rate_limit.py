"""How much may one client, or one site, send? What is over the limit is not counted.

Each limit is a bucket that holds a minute's worth and is refilled evenly: so much may come at once, then as much as
flows in. Of a bucket only the moment is kept at which it will be full again.

- Clients have a fixed number of buckets, and which one is theirs is told by a hash of the address under a random key
  that lives and dies with the process. No address is kept, memory does not grow with a flood, and nothing has to be
  thrown away. Two clients may share a bucket: of a quarter of a million, one meets the one that floods.
- A client is an IPv4 address or the /64 of an IPv6 one, of which a single machine has all.
- Addresses that are trusted are not limited: behind a proxy that does not say for whom it speaks there are many.
"""

import secrets
from array import array
from collections import defaultdict
from typing import Protocol

from ingest.outcome import Reason

UNLIMITED = 0
MAX_PER_MINUTE = 1_000_000
CLIENT_BUCKETS = 1 << 18  # 2 MiB
_MINUTE_NS = 60_000_000_000
_IPV6_NETWORK_BYTES = 8


class Addresses(Protocol):
    """Packed addresses."""

    def __contains__(self, address: bytes, /) -> bool: ...


class Buckets:
    """Buckets of one size, by number."""

    def __init__(self, per_minute: int, full_at: "array[int] | defaultdict[int, int]") -> None:
        """per_minute: 1 to MAX_PER_MINUTE. full_at: epoch nanoseconds by number, 0 to begin with."""
        self._full_at = full_at
        self._refill_ns = _MINUTE_NS // per_minute
        self._size_ns = self._refill_ns * per_minute

    def take(self, number: int, *, now: float) -> bool:
        """Take one out of a bucket; False where there is none in it. now: epoch seconds."""
        now_ns = int(now * 1e9)
        full_at = self._full_at[number]
        if not now_ns < full_at <= now_ns + self._size_ns:
            full_at = now_ns  # it is full; or it was filled by a clock that has been put back since
        full_at += self._refill_ns
        if full_at > now_ns + self._size_ns:
            return False
        self._full_at[number] = full_at
        return True

    def charge(self, number: int, count: int, *, now: float) -> None:
        """Take several out of a bucket, or all there are. now: epoch seconds."""
        now_ns = int(now * 1e9)
        last_ns = now_ns + self._size_ns
        full_at = self._full_at[number]
        if not now_ns < full_at <= last_ns:
            full_at = now_ns
        self._full_at[number] = min(full_at + count * self._refill_ns, last_ns)


class RateLimits:
    """The limits in force."""

    def __init__(
        self,
        *,
        client_per_minute: int = UNLIMITED,
        site_per_minute: int = UNLIMITED,
        trusted: Addresses = (),
    ) -> None:
        """trusted: packed addresses that are not limited."""
        self._trusted = trusted
        self._key = secrets.token_bytes(16)
        self._clients = Buckets(client_per_minute, array("q", bytes(8 * CLIENT_BUCKETS))) if client_per_minute else None
        self._sites = Buckets(site_per_minute, defaultdict(int)) if site_per_minute else None

    def reason(self, address: bytes, *, site_id: int, now: float) -> Reason | None:
        """Count a hit, and return which limit it is over. address: packed; empty where it is not known.

        What a client sends over its limit takes nothing from its site's.
        """
        if self._clients and not self._clients.take(self._bucket(address), now=now) and self._is_limited(address):
            return Reason.RATE_LIMITED_CLIENT
        if self._sites and not self._sites.take(site_id, now=now):
            return Reason.RATE_LIMITED_SITE
        return None

    def charge(self, address: bytes, *, count: int, now: float) -> None:
        """Take several out of what a client may send in a minute. address: packed; empty where it is not known."""
        if self._clients:
            self._clients.charge(self._bucket(address), count, now=now)

    def admits(self, address: bytes, *, now: float) -> bool:
        """Count a request of a client that is not a hit, and return whether it is within the limit of its hits."""
        return not (
            self._clients and not self._clients.take(self._bucket(address), now=now) and self._is_limited(address)
        )

    def _bucket(self, address: bytes) -> int:
        network = address if len(address) == 4 else address[:_IPV6_NETWORK_BYTES]
        # Of bytes, Python's own hash is SipHash; it costs a fifth of a microsecond, blake2b a whole one.
        return hash(self._key + network) % CLIENT_BUCKETS

    def _is_limited(self, address: bytes) -> bool:
        return address != b"" and address not in self._trusted
