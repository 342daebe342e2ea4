"""What headers say against a hit, or about its sender, that neither address nor user agent tells.

A page that a browser fetches ahead, before anyone asks for it, is marked in the request. An edge server in front may
have looked up what kind of address it is; its word counts where the sender is trusted. A visitor who sends that header
through a proxy of ours speaks of nobody but himself. Headers that exclusions look at count only where the sender is
trusted, too. A browser that opted out says so by a cookie.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple

from ingest.outcome import Reason
from schema.privacy import opt_out

ADDRESS_KIND = b"x-plausible-ip-type"
ANONYMOUS = "A1"  # in the place of a country: whoever hides behind a VPN is in none that we know

_AHEAD = (b"prefetch", b"prerender")
_OPTED_OUT = f"{opt_out.COOKIE}={opt_out.VALUE}".encode()
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_REFUSED = {b"dc_ip": Reason.DATACENTER, b"threat_ip": Reason.THREAT}


class Claims(NamedTuple):
    reason: Reason | None = None  # why the hit is not to be counted
    country: str = ""  # in the place of the one to be looked up; empty: none
    headers: Mapping[str, str] = _NO_HEADERS  # that exclusions look at, of a trusted sender; names in lower case
    has_key: bool = False  # the sender has shown a key


NO_CLAIMS = Claims()
_ANONYMOUS = Claims(country=ANONYMOUS)
_PREFETCH = Claims(Reason.PREFETCH)
_OPT_OUT = Claims(Reason.OPTED_OUT)


def read(headers: Mapping[bytes, bytes], *, is_trusted: bool, looked_at: Collection[bytes] = ()) -> Claims:
    """Return what headers, names in lower case, claim.

    is_trusted: the sender is a proxy of ours or has a key. looked_at: names of headers that exclusions look at.
    """
    claims = _of_sender(headers, is_trusted=is_trusted)
    if is_trusted and looked_at:
        named = {
            name.decode("latin-1"): headers[name].decode("latin-1").strip() for name in looked_at if name in headers
        }
        return claims._replace(headers=named)
    return claims


def has_opted_out(headers: Mapping[bytes, bytes]) -> bool:
    """True where a browser shows the cookie of those who are not counted."""
    cookies = headers.get(b"cookie")
    if cookies is None or _OPTED_OUT not in cookies:  # a header of 64 kB has many cookies
        return False
    return any(cookie.strip() == _OPTED_OUT for cookie in cookies.split(b";"))


def _of_sender(headers: Mapping[bytes, bytes], *, is_trusted: bool) -> Claims:
    if has_opted_out(headers):
        return _OPT_OUT
    ahead = headers.get(b"sec-purpose") or headers.get(b"purpose") or headers.get(b"x-moz")
    if ahead and any(word in ahead.lower() for word in _AHEAD):
        return _PREFETCH
    if is_trusted and (kind := headers.get(ADDRESS_KIND)):
        kind = kind.strip().lower()
        return _ANONYMOUS if kind == b"anonymous_vpn_ip" else Claims(_REFUSED.get(kind))
    return NO_CLAIMS
