"""Limits that a flood can't fill: buckets that refill evenly, and strangers among a fixed number of them.

Of a bucket only the moment is kept at which it will be full again. Which of the fixed number belongs to an address or
another text, a hash under a random key tells, which lives and dies with the process: nothing of it is kept.
`ingest.gates.rate_limit` limits hits in the same way, with less to do for each of them.
"""

import math
import secrets
from array import array
from collections.abc import MutableSequence

SHARED = 1 << 18  # buckets that strangers share; 2 MiB
_IPV6_NETWORK_BYTES = 8
_SECOND_NS = 1_000_000_000


class SharedBuckets:
    """Buckets of one size for any number of names: two of them share one once in a quarter of a million."""

    def __init__(self, size: int, *, refilled_within_s: int) -> None:
        """size: how much may be taken at once; so much flows in again evenly within that time."""
        self._refill_ns = refilled_within_s * _SECOND_NS // size
        self._size_ns = self._refill_ns * size
        self._key = secrets.token_bytes(16)
        self._full_at: MutableSequence[int] = array("q", bytes(8 * SHARED))  # epoch nanoseconds

    def take(self, name: bytes, *, now: float) -> int:
        """Take one out of the bucket of a name, and return 0; or return in how many seconds there is one in it.

        now: epoch seconds.
        """
        missing_ns = self._missing_ns(name, now) + self._refill_ns
        if missing_ns > self._size_ns:
            return math.ceil((missing_ns - self._size_ns) / _SECOND_NS)
        self._set(name, missing_ns, now)
        return 0

    def give_back(self, name: bytes, *, now: float) -> None:
        """Put one back that was taken."""
        self._set(name, max(self._missing_ns(name, now) - self._refill_ns, 0), now)

    def _missing_ns(self, name: bytes, now: float) -> int:
        """Return how long a bucket takes until it is full."""
        missing_ns = self._full_at[self._position(name)] - int(now * _SECOND_NS)
        # More than all of it is missing only where the clock has been put back since.
        return missing_ns if 0 < missing_ns <= self._size_ns else 0

    def _set(self, name: bytes, missing_ns: int, now: float) -> None:
        self._full_at[self._position(name)] = int(now * _SECOND_NS) + missing_ns

    def _position(self, name: bytes) -> int:
        return hash(self._key + name) % SHARED


def client_network(address: bytes) -> bytes:
    """Return what stands for a client: an IPv4 address, or the /64 of an IPv6 one, of which one machine has all.

    address: packed.
    """
    return address if len(address) == 4 else address[:_IPV6_NETWORK_BYTES]
