"""Send a test request to find out which proxies are in between and how they report the visitor's address.

The request claims to come from a reserved address. What arrives shows whether a proxy reports the visitor's address,
hides it, or forwards whatever visitors claim.
"""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from ingest.request.client_ip import Hop
from schema.privacy import opt_out

CLAIMED = "192.0.2.123"  # reserved for documentation (RFC 5737)
TIMEOUT_S = 10
_MAX_BYTES = 100_000


class ProbeError(Exception):
    """Sillage did not respond. The message says what happened instead."""

    def __init__(self, message: str, *, web_server: str | None = None) -> None:
        """web_server: Server header of what responded instead, maybe empty. None if nothing responded."""
        super().__init__(message)
        self.web_server = web_server


class Fault(Enum):
    """Why the visitor's address does not arrive. `proxy` is the last one before Sillage."""

    HIDES = "The proxy at {proxy} does not report the visitor's address. All visitors seem to come from the proxy."
    CLAIMS = "The proxy at {proxy} forwards any address that a visitor claims, so visitors can forge theirs."
    NOT_TRUSTED = "The proxy at {proxy} reports the visitor's address, but is not in trusted_proxies."
    REPLACED = (
        "Sillage sees {address}, a private address that is not this machine's. Something in between, such as a"
        " container's port forwarding or a load balancer, replaces the visitor's address with its own."
    )


@dataclass(frozen=True, slots=True)
class Probe:
    """What the server saw of a request that claims to come from CLAIMED."""

    own: str  # address that sent the request
    address: str  # accepted as the visitor's; may be empty
    hops: tuple[Hop, ...]  # the TCP peer last
    headers: Mapping[str, str]  # trusted ones that rules use
    web_server: str  # Server header of the response; may be empty

    @property
    def proxy(self) -> str:
        """The address of the TCP peer."""
        return self.hops[-1].text

    @property
    def has_proxy(self) -> bool:
        return self.hops[-1].role == "trusted"

    @property
    def visitor(self) -> str:
        """The address accepted as the visitor's. A sender that is trusted itself may claim CLAIMED."""
        return self.own if self.address == CLAIMED else self.address

    def fault(self) -> Fault | None:
        """Return why the visitor's address does not arrive, or None if it does."""
        *chain, peer = (hop.text for hop in self.hops)
        if not chain:  # not even the claimed address arrived
            return Fault.HIDES
        if not self.has_proxy:
            if chain != [CLAIMED]:
                return Fault.NOT_TRUSTED
            return Fault.REPLACED if self._is_foreign_and_private(peer) else None
        if self.address == CLAIMED and chain[-1] != self.own:  # a trusted sender may claim any address
            return Fault.CLAIMS
        return Fault.REPLACED if self._is_foreign_and_private(self.address) else None

    def _is_foreign_and_private(self, address: str) -> bool:
        return address not in (self.own, CLAIMED) and ip_address(address).is_private


def probe(url: str, token: str, *, headers: Mapping[str, str]) -> Probe:
    """Request the page "am I excluded?" below a URL, with its token and some headers. Raises ProbeError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ProbeError(f"{url} is not a web address, such as https://www.example.org.")
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    path = f"{parts.path.rstrip('/')}{opt_out.CHECK}"
    sent = {"Accept": "application/json", "User-Agent": "sillage doctor", "X-Forwarded-For": CLAIMED}
    try:
        connection = connect(parts.netloc, timeout=TIMEOUT_S)
        connection.connect()
        own = connection.sock.getsockname()[0]
        connection.request("GET", f"{path}?link={quote(token)}", headers={**sent, **headers})
        response = connection.getresponse()
        body = response.read(_MAX_BYTES)
        connection.close()
    except (OSError, http.client.HTTPException) as error:
        raise ProbeError(f"{url} can't be reached from here: {error or type(error).__name__}.") from None
    if target := response.getheader("Location"):
        raise ProbeError(f"{url} redirects to {target.partition('?')[0]}. Check that address with --url.")
    web_server = response.getheader("Server", "")
    try:
        content = json.loads(body)
        hops = tuple(Hop(hop["text"], hop["role"]) for hop in content["hops"])
        return Probe(own, content["address"], hops, content["headers"], web_server)
    except (ValueError, LookupError, TypeError):
        raise ProbeError(
            f"{url}{opt_out.CHECK} is not served by Sillage ({response.status} {response.reason}).",
            web_server=web_server,
        ) from None
