"""Addresses of the host names in exclusion rules, such as a home with dynamic DNS.

A background thread looks them up every few minutes. The last good answer stays valid while the DNS fails.
"""

import ipaddress
import socket
from collections.abc import Callable, Collection, Mapping

from schema.exclusions.matchers import normal_network

REFRESH_S = 180
RETRY_S = 30  # after a failed lookup

Lookup = Callable[[str], Collection[str]]


def lookup(name: str) -> Collection[str]:
    """Return the addresses of a host name. Raises OSError."""
    return {str(result[4][0]) for result in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)}


class HostNames:
    """Host names and their last good answers."""

    def __init__(self, look_up: Lookup = lookup) -> None:
        self._lookup = look_up
        self._looked_up_at: dict[str, float] = {}
        self._answers: dict[str, tuple[str, ...]] = {}

    @property
    def answers(self) -> Mapping[str, tuple[str, ...]]:
        """Host name -> networks: an IPv4 address, or the /64 of an IPv6 one."""
        return dict(self._answers)

    def refresh(self, names: Collection[str], *, now: float) -> bool:
        """Look up the names that are due, which may take seconds; True if an answer changed. now: epoch seconds."""
        before = dict(self._answers)
        for name in names:
            every_s = REFRESH_S if name in self._answers else RETRY_S
            if abs(now - self._looked_up_at.get(name, float("-inf"))) >= every_s:
                self._looked_up_at[name] = now
                self._look_up(name)
        for unused in self._answers.keys() - names:
            del self._answers[unused]
        return self._answers != before

    def _look_up(self, name: str) -> None:
        try:
            addresses = self._lookup(name)
        except OSError:
            return
        networks = {normal_network(address.partition("%")[0]) for address in addresses if _is_usable(address)}
        if networks:
            self._answers[name] = tuple(sorted(networks))


def _is_usable(address: str) -> bool:
    """False for 0.0.0.0 and ::, the answers for names without an address."""
    return not ipaddress.ip_address(address.partition("%")[0]).is_unspecified
