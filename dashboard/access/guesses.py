"""A limit on requests with shared links that do not exist, against guessing.

A client, which is an IPv4 address or an IPv6 /64, may send 60, and one more every 15 seconds. Beyond that, its links
are not looked up at all.
"""

from schema.rate_limit import SharedRateLimit

MOST = 60
WINDOW_S = 15 * 60


class Guesses:
    """The guesses that remain allowed."""

    def __init__(self) -> None:
        self._clients = SharedRateLimit(MOST, period_s=WINDOW_S)

    def take(self, client: bytes, *, now: float) -> int:
        """Count a request as a guess and return 0, or return the seconds to wait. client: packed address."""
        return self._clients.take(self._clients.client_key(client), now=now)

    def give_back(self, client: bytes, *, now: float) -> None:
        """Uncount a request whose link exists."""
        self._clients.give_back(self._clients.client_key(client), now=now)
