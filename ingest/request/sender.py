"""Who sent a request: the visitor's address and browser, and what trusted headers add.

A browser speaks for itself, a trusted proxy for its visitor's address. A program with an API key speaks for its visitor
in everything (see sender_keys.py).
"""

from collections.abc import Mapping, MutableMapping, Set
from typing import Any

import msgspec

from ingest.request import client_hints, signals
from ingest.request.client_hints import NO_HINTS, ClientHints
from ingest.request.client_ip import TrustedProxies, client_ip, named_ip
from ingest.request.signals import NO_SIGNALS, Signals

Scope = MutableMapping[str, Any]


class Sender(msgspec.Struct, frozen=True, gc=False):
    """Has an address, so it must never be queued, logged or stored."""

    address: bytes  # packed; empty: unknown
    user_agent: str = ""
    hints: ClientHints = NO_HINTS
    signals: Signals = NO_SIGNALS
    has_key: bool = False  # the request had a valid API key


def read_sender(
    scope: Scope, headers: Mapping[bytes, bytes], *, trusted: TrustedProxies, header_names: Set[bytes]
) -> Sender:
    """Return the sender of an ASGI request.

    headers: of the request, by name in lower case. header_names: of those that exclusions match.
    """
    client = scope.get("client")
    peer = client[0] if client else None  # None: a Unix socket
    has_signals = signals.ADDRESS_KIND in headers or not header_names.isdisjoint(headers)
    return Sender(
        client_ip(peer, headers, trusted),
        headers.get(b"user-agent", b"").decode("latin-1"),
        client_hints.read(headers),
        signals.read(headers, is_trusted=has_signals and trusted.trusts(peer), header_names=header_names),
    )


def with_key(sender: Sender, headers: Mapping[bytes, bytes]) -> Sender:
    """Return the visitor that a sender with a valid API key names."""
    address = named_ip(headers) or sender.address
    return Sender(address, sender.user_agent, sender.hints, signals.read(headers, is_trusted=True), has_key=True)
