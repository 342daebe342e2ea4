"""What a request reveals about its browser, for the pages that show it to the visitor. None of it is stored."""

from collections.abc import MutableMapping, Set
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from ingest.outcome import Reason
from ingest.request.client_ip import UNKNOWN, Hop, TrustedProxies, client_ip, hops, shown
from ingest.request.headers import by_name
from ingest.request.sender import read_sender
from schema.sites.host import of_authority, of_url

Scope = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class OwnRequest:
    host: str  # as the browser names it, without port; empty: unknown
    address: bytes  # packed; empty: unknown
    user_agent: str
    language: str  # the header Accept-Language
    has_opted_out: bool
    has_gpc: bool  # Global Privacy Control
    has_dnt: bool  # Do Not Track
    hops: tuple[Hop, ...]
    headers: dict[str, str]  # that exclusions match, from a trusted proxy
    is_of_own_page: bool  # the browser reports no other origin than this host

    @property
    def shown_address(self) -> str:
        return shown(self.address)

    @property
    def family(self) -> str:
        return {0: "", 4: "IPv4", 16: "IPv6"}[len(self.address)]

    @property
    def is_private(self) -> bool:
        return self.address != UNKNOWN and ip_address(self.address).is_private


def read(scope: Scope, trusted: TrustedProxies, *, header_names: Set[bytes]) -> OwnRequest:
    """Return what an ASGI request reveals. header_names: those that exclusions match."""
    headers = by_name(scope["headers"])
    sender = read_sender(scope, headers, trusted=trusted, header_names=header_names)
    text = {name: value.decode("latin-1") for name, value in headers.items()}
    # A proxy that uses a host name of its own forwards the browser's in X-Forwarded-Host.
    authority = text.get(b"x-forwarded-host", "").partition(",")[0].strip() or text.get(b"host", "")
    return OwnRequest(
        host=of_authority(authority),
        address=sender.address,
        user_agent=sender.user_agent,
        language=text.get(b"accept-language", ""),
        has_opted_out=sender.signals.reason is Reason.OPTED_OUT,
        has_gpc=sender.signals.has_gpc,
        has_dnt=sender.signals.has_dnt,
        hops=tuple(hops(_peer(scope), headers, trusted)),
        headers=dict(sender.signals.headers),
        is_of_own_page=_is_of(text.get(b"sec-fetch-site"), text.get(b"origin"), authority),
    )


def address(scope: Scope, trusted: TrustedProxies) -> bytes:
    """Return the packed client address of an ASGI request; empty: unknown."""
    return client_ip(_peer(scope), by_name(scope["headers"]), trusted)


def _peer(scope: Scope) -> str | None:
    client = scope.get("client")
    return client[0] if client else None


def _is_of(fetch_site: str | None, origin: str | None, authority: str) -> bool:
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    return origin is None or of_url(origin) == of_authority(authority)
