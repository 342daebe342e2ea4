"""Limits on hits per minute from one client and for one site. Hits over a limit are not counted.

Addresses of trusted proxies are not limited: many visitors may share a proxy that does not forward their addresses.
"""

from typing import Protocol

from ingest.outcome import Reason
from schema.rate_limit import RateLimit, SharedRateLimit

UNLIMITED = 0
_MINUTE_S = 60


class Addresses(Protocol):
    """Packed addresses."""

    def __contains__(self, address: bytes, /) -> bool: ...


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
        self._clients = SharedRateLimit(client_per_minute, period_s=_MINUTE_S) if client_per_minute else None
        self._sites = RateLimit(site_per_minute, period_s=_MINUTE_S) if site_per_minute else None

    def reason(self, address: bytes, *, site_id: int, now: float) -> Reason | None:
        """Count a hit and return the limit it exceeds, if any. address: packed; empty if unknown.

        Hits over the client's limit do not count towards the site's.
        """
        clients = self._clients
        if clients and clients.take(clients.client_key(address), now=now) and self._is_limited(address):
            return Reason.RATE_LIMITED_CLIENT
        if self._sites and self._sites.take(site_id, now=now):
            return Reason.RATE_LIMITED_SITE
        return None

    def charge(self, address: bytes, *, count: int, now: float) -> None:
        """Count several hits of a client. address: packed; empty if unknown."""
        if self._clients:
            self._clients.charge(self._clients.client_key(address), count, now=now)

    def admits(self, address: bytes, *, now: float) -> bool:
        """Count a request that is not a hit towards its client's limit, and return whether it is within the limit."""
        clients = self._clients
        return not (clients and clients.take(clients.client_key(address), now=now) and self._is_limited(address))

    def _is_limited(self, address: bytes) -> bool:
        return address != b"" and address not in self._trusted
