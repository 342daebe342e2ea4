"""The way of a request to the server, looked at by sending one: who stands in between, and who is believed about it.

The request claims to come from an address that is nobody's. Whether that arrives, and what stands beside it, tells a
proxy that names its visitors from one that hides them, and from one that passes on what they say of themselves.
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

CLAIMED = "192.0.2.123"  # of RFC 5737, for documentation
TIMEOUT_S = 10
_MAX_BYTES = 100_000


class NotThereError(Exception):
    """Sillage does not answer there; the message says what does."""

    def __init__(self, message: str, *, web_server: str | None = None) -> None:
        """web_server: that answered instead, as it calls itself; empty: it doesn't; None: nothing answered."""
        super().__init__(message)
        self.web_server = web_server


class Trouble(Enum):
    """What is wrong with a way, in words about `proxy`, the last one before Sillage."""

    HIDES = "the proxy at {proxy} does not say for whom it asks: all visitors seem to come from it"
    CLAIMS = (
        "the proxy at {proxy} passes on what visitors say of themselves: anybody can pretend to come from any address"
    )
    NOT_TRUSTED = "the proxy at {proxy} names its visitors, but is not one of trusted_proxies, so it is not believed"
    REPLACED = (
        "Sillage sees {address}, a private address that is not this machine's: something in between, such as the port"
        " forwarding of containers or a load balancer, puts its own address in place of the visitor's"
    )


@dataclass(frozen=True, slots=True)
class Way:
    """What the server has seen of a request that claims to come from CLAIMED."""

    own: str  # the address from which it was sent
    address: str  # that was taken for the visitor's; empty: none
    hops: tuple[Hop, ...]  # the TCP peer last
    headers: Mapping[str, str]  # believed, of those that rules look at
    web_server: str  # what the answer says of it; empty: nothing

    @property
    def proxy(self) -> str:
        """The address of whoever spoke to Sillage itself."""
        return self.hops[-1].text

    @property
    def has_proxy(self) -> bool:
        return self.hops[-1].role == "trusted"

    @property
    def visitor(self) -> str:
        """The address that is taken for the visitor's; whoever is trusted himself is believed the one he claims."""
        return self.own if self.address == CLAIMED else self.address

    def trouble(self) -> Trouble | None:
        """Return what is wrong, None where nothing is."""
        *chain, peer = (hop.text for hop in self.hops)
        if not chain:  # not even the claim has arrived
            return Trouble.HIDES
        if not self.has_proxy:
            if chain != [CLAIMED]:
                return Trouble.NOT_TRUSTED
            return Trouble.REPLACED if self._is_foreign_and_private(peer) else None
        if self.address == CLAIMED and chain[-1] != self.own:  # who is trusted himself may claim what he likes
            return Trouble.CLAIMS
        return Trouble.REPLACED if self._is_foreign_and_private(self.address) else None

    def _is_foreign_and_private(self, address: str) -> bool:
        return address not in (self.own, CLAIMED) and ip_address(address).is_private


def look(url: str, token: str, *, headers: Mapping[str, str]) -> Way:
    """Ask the page "am I excluded?" below a URL, with a token for it, and some headers. Raises NotThereError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotThereError(f"{url} is no address: write it as in https://www.example.org")
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    path = f"{parts.path.rstrip('/')}{opt_out.CHECK}"
    sent = {"Accept": "application/json", "User-Agent": "sillage doctor", "X-Forwarded-For": CLAIMED}
    try:
        connection = make(parts.netloc, timeout=TIMEOUT_S)
        connection.connect()
        own = connection.sock.getsockname()[0]
        connection.request("GET", f"{path}?link={quote(token)}", headers={**sent, **headers})
        answer = connection.getresponse()
        body = answer.read(_MAX_BYTES)
        connection.close()
    except (OSError, http.client.HTTPException) as error:
        raise NotThereError(f"{url} can't be reached from here: {error or type(error).__name__}") from None
    if target := answer.getheader("Location"):
        raise NotThereError(f"{url} leads on to {target.partition('?')[0]}: look there with --url")
    web_server = answer.getheader("Server", "")
    try:
        about = json.loads(body)
        hops = tuple(Hop(hop["text"], hop["role"]) for hop in about["hops"])
        return Way(own, about["address"], hops, about["headers"], web_server)
    except (ValueError, LookupError, TypeError):
        raise NotThereError(
            f"{url}{opt_out.CHECK} is answered by something else than Sillage ({answer.status} {answer.reason})",
            web_server=web_server,
        ) from None
