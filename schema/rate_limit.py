"""Rate limits: a bucket for each key, which holds `count` and refills evenly over `period_s`.

A burst of `count` passes at once, then as many as flow in. No period sees more than twice the count.
A bucket is one number: the moment at which it is full again.
"""

import math
import secrets
from array import array
from collections import defaultdict

SLOTS = 1 << 18  # 2 MiB
_IPV6_NETWORK_BYTES = 8
_SECOND_NS = 1_000_000_000


class RateLimit:
    """One limit for keys that are numbers. Memory grows with the number of keys."""

    def __init__(self, count: int, *, period_s: int) -> None:
        """count: at least 1."""
        self._refill_ns = period_s * _SECOND_NS // count
        self._size_ns = self._refill_ns * count
        self._full_at: defaultdict[int, int] | array[int] = defaultdict(int)  # epoch nanoseconds

    def take(self, key: int, *, now: float) -> int:
        """Take one from a bucket and return 0, or return the seconds until the next one. now: epoch seconds."""
        now_ns = int(now * 1e9)
        full_at = self._full_at[key]
        if not now_ns < full_at <= now_ns + self._size_ns:
            full_at = now_ns  # it is full, or the clock has been set back since
        full_at += self._refill_ns
        if full_at > now_ns + self._size_ns:
            return math.ceil((full_at - now_ns - self._size_ns) / _SECOND_NS)
        self._full_at[key] = full_at
        return 0

    def charge(self, key: int, count: int, *, now: float) -> None:
        """Take several from a bucket, or all that it holds. now: epoch seconds."""
        now_ns = int(now * 1e9)
        last_ns = now_ns + self._size_ns
        full_at = self._full_at[key]
        if not now_ns < full_at <= last_ns:
            full_at = now_ns
        self._full_at[key] = min(full_at + count * self._refill_ns, last_ns)

    def give_back(self, key: int, *, now: float) -> None:
        """Return one to a bucket. now: epoch seconds."""
        self.charge(key, -1, now=now)


class SharedRateLimit(RateLimit):
    """One limit for any number of names, in fixed memory: a flood can't fill it.

    A name's key is its hash under a random secret that lives and dies with the process, so no name or address is kept.
    Two names may share a bucket: one in a quarter of a million meets a flooded one.
    """

    def __init__(self, count: int, *, period_s: int) -> None:
        super().__init__(count, period_s=period_s)
        self._full_at = array("q", bytes(8 * SLOTS))
        self._secret = secrets.token_bytes(16)

    def key(self, name: bytes) -> int:
        # Python's own hash of bytes is SipHash. It costs a fifth of a microsecond, blake2b a whole one.
        return hash(self._secret + name) % SLOTS

    def client_key(self, address: bytes) -> int:
        """Return the key of a client: an IPv4 address, or the /64 of an IPv6 address, which belongs to one machine.

        address: packed. Empty is one client.
        """
        network = address if len(address) == 4 else address[:_IPV6_NETWORK_BYTES]
        return hash(self._secret + network) % SLOTS
