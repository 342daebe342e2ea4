"""What a request says of the browser that sent it, for the pages that answer it about itself. Nothing of it is kept."""

from collections.abc import Collection, MutableMapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from ingest.request import signals
from ingest.request.client_ip import UNKNOWN, Hop, TrustedProxies, client_ip, hops, shown
from ingest.request.headers import by_name

Scope = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class OwnRequest:
    host: str  # that the browser asked, without port; empty: unknown
    address: bytes  # packed; empty: unknown
    user_agent: str
    language: str  # the header Accept-Language
    has_opted_out: bool
    hops: tuple[Hop, ...]
    headers: dict[str, str]  # that rules look at, of a trusted proxy
    is_of_own_page: bool  # a form of a page of this host sent it, as far as the browser says

    @property
    def shown_address(self) -> str:
        return shown(self.address)

    @property
    def family(self) -> str:
        return {0: "", 4: "IPv4", 16: "IPv6"}[len(self.address)]

    @property
    def is_private(self) -> bool:
        return self.address != UNKNOWN and ip_address(self.address).is_private


def read(scope: Scope, trusted: TrustedProxies, *, looked_at: Collection[bytes]) -> OwnRequest:
    """Return what an ASGI request says. looked_at: names of headers that exclusions look at."""
    headers = by_name(scope["headers"])
    client = scope.get("client")
    peer = client[0] if client else None
    text = {name: value.decode("latin-1") for name, value in headers.items()}
    # A web server that reaches this one by its own name passes on in X-Forwarded-Host what the browser asked for.
    authority = text.get(b"x-forwarded-host", "").partition(",")[0].strip() or text.get(b"host", "")
    return OwnRequest(
        host=_host(authority),
        address=client_ip(peer, headers, trusted),
        user_agent=text.get(b"user-agent", ""),
        language=text.get(b"accept-language", ""),
        has_opted_out=signals.has_opted_out(headers),
        hops=tuple(hops(peer, headers, trusted)),
        headers=dict(signals.read(headers, is_trusted=trusted.trusts(peer), looked_at=looked_at).headers),
        is_of_own_page=_is_of(text.get(b"sec-fetch-site"), text.get(b"origin"), authority),
    )


def address(scope: Scope, trusted: TrustedProxies) -> bytes:
    """Return the packed client address of an ASGI request; empty: unknown."""
    client = scope.get("client")
    return client_ip(client[0] if client else None, by_name(scope["headers"]), trusted)


def _host(authority: str) -> str:
    host = authority.lower()
    return host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]


def _is_of(fetch_site: str | None, origin: str | None, authority: str) -> bool:
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    return origin is None or _host(origin.partition("://")[2]) == _host(authority)
