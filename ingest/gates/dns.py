"""Addresses of the host names that exclusions name: a home or an office whose address changes, by dynamic DNS.

Asked in the background every few minutes. While the DNS does not answer, the last good answer stays.
"""

import ipaddress
import socket
from collections.abc import Callable, Collection, Mapping

from schema.exclusions.condition import normal_network

ASK_EVERY_S = 180
RETRY_S = 30  # where one could not be found

Lookup = Callable[[str], Collection[str]]


def lookup(name: str) -> Collection[str]:
    """Return the addresses of a host name. Raises OSError."""
    return {str(found[4][0]) for found in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)}


class HostNames:
    """The last good answers for host names."""

    def __init__(self, ask: Lookup = lookup) -> None:
        self._ask = ask
        self._asked: dict[str, float] = {}
        self._answers: dict[str, tuple[str, ...]] = {}

    @property
    def answers(self) -> Mapping[str, tuple[str, ...]]:
        """Host name -> networks: an IPv4 address, or the /64 of an IPv6 one."""
        return dict(self._answers)

    def refresh(self, names: Collection[str], *, now: float) -> bool:
        """Ask for those that are due, which may take a while; True where that changed an answer. now: epoch seconds."""
        before = dict(self._answers)
        for name in names:
            every_s = ASK_EVERY_S if name in self._answers else RETRY_S
            if abs(now - self._asked.get(name, float("-inf"))) >= every_s:
                self._asked[name] = now
                self._look_up(name)
        for gone in self._answers.keys() - names:
            del self._answers[gone]
        return self._answers != before

    def _look_up(self, name: str) -> None:
        try:
            addresses = self._ask(name)
        except OSError:
            return
        networks = {normal_network(address.partition("%")[0]) for address in addresses if _is_of_somebody(address)}
        if networks:
            self._answers[name] = tuple(sorted(networks))


def _is_of_somebody(address: str) -> bool:
    """False for 0.0.0.0 and ::, which names without an address answer with."""
    return not ipaddress.ip_address(address.partition("%")[0]).is_unspecified
