"""What headers say against a hit, or about its sender, that neither address nor user agent tells.

A page that a browser fetches ahead, before anyone asks for it, is marked in the request. An edge server in front may
have looked up what kind of address it is; its word counts where the sender is trusted. A visitor who sends that header
through a proxy of ours speaks of nobody but himself.
"""

from collections.abc import Mapping
from typing import NamedTuple

from ingest.outcome import Reason

ADDRESS_KIND = b"x-plausible-ip-type"
ANONYMOUS = "A1"  # in the place of a country: whoever hides behind a VPN is in none that we know

_AHEAD = (b"prefetch", b"prerender")
_REFUSED = {b"dc_ip": Reason.DATACENTER, b"threat_ip": Reason.THREAT}


class Claims(NamedTuple):
    reason: Reason | None = None  # why the hit is not to be counted
    country: str = ""  # in the place of the one to be looked up; empty: none


NO_CLAIMS = Claims()
_ANONYMOUS = Claims(country=ANONYMOUS)
_PREFETCH = Claims(Reason.PREFETCH)


def read(headers: Mapping[bytes, bytes], *, is_trusted: bool) -> Claims:
    """Return what headers, names in lower case, claim. is_trusted: the sender is a proxy of ours or has a key."""
    ahead = headers.get(b"sec-purpose") or headers.get(b"purpose") or headers.get(b"x-moz")
    if ahead and any(word in ahead.lower() for word in _AHEAD):
        return _PREFETCH
    if is_trusted and (kind := headers.get(ADDRESS_KIND)):
        kind = kind.strip().lower()
        return _ANONYMOUS if kind == b"anonymous_vpn_ip" else Claims(_REFUSED.get(kind))
    return NO_CLAIMS
