"""What headers report about a hit or its sender, beside address and user agent.

- Browsers mark pages that they fetch before the visitor opens them. A browser that opted out sends a cookie.
- Global Privacy Control and Do Not Track ask not to be measured. The settings of the site decide about them.
- A server in front may look up the kind of an address. Its header counts only from a trusted sender, and so do headers
  that exclusions match. A visitor who sends such a header through a trusted proxy only affects their own hit.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple

from ingest.outcome import Reason
from schema.privacy import opt_out

ADDRESS_KIND = b"x-plausible-ip-type"
ANONYMOUS = "A1"  # instead of a country: behind a VPN, the visitor's country is unknown

_AHEAD = (b"prefetch", b"prerender")
_OPTED_OUT = f"{opt_out.COOKIE}={opt_out.VALUE}".encode()
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_DROPPED_KINDS = {b"dc_ip": Reason.DATACENTER, b"threat_ip": Reason.THREAT}


class Signals(NamedTuple):
    reason: Reason | None = None  # why the hit is dropped
    country: str = ""  # replaces the lookup; empty: look it up
    headers: Mapping[str, str] = _NO_HEADERS  # that exclusions match, from a trusted sender; names in lower case
    has_gpc: bool = False  # Sec-GPC: 1
    has_dnt: bool = False  # DNT: 1


NO_SIGNALS = Signals()
_ANONYMOUS = Signals(country=ANONYMOUS)
_PREFETCH = Signals(Reason.PREFETCH)
_OPT_OUT = Signals(Reason.OPTED_OUT)


def read(headers: Mapping[bytes, bytes], *, is_trusted: bool, header_names: Collection[bytes] = ()) -> Signals:
    """Return the signals in headers, names in lower case.

    is_trusted: the sender is a trusted proxy or has an API key. header_names: those that exclusions match.
    """
    signals = NO_SIGNALS
    purpose = headers.get(b"sec-purpose") or headers.get(b"purpose") or headers.get(b"x-moz")
    if b"cookie" in headers and has_opted_out(headers):
        signals = _OPT_OUT
    elif purpose and any(word in purpose.lower() for word in _AHEAD):
        signals = _PREFETCH
    elif is_trusted and (kind := headers.get(ADDRESS_KIND)):
        kind = kind.strip().lower()
        signals = _ANONYMOUS if kind == b"anonymous_vpn_ip" else Signals(_DROPPED_KINDS.get(kind))
    if b"sec-gpc" in headers or b"dnt" in headers:
        has_gpc, has_dnt = (headers.get(name, b"").strip() == b"1" for name in (b"sec-gpc", b"dnt"))
        signals = signals._replace(has_gpc=has_gpc, has_dnt=has_dnt)
    if not is_trusted or not header_names:
        return signals
    sent = (name for name in header_names if name in headers)
    matched = {name.decode("latin-1"): headers[name].decode("latin-1").strip() for name in sent}
    return signals._replace(headers=matched)


def has_opted_out(headers: Mapping[bytes, bytes]) -> bool:
    """Return whether a browser sends the opt-out cookie."""
    cookies = headers.get(b"cookie")
    if cookies is None or _OPTED_OUT not in cookies:  # a header of 64 kB has many cookies
        return False
    return any(cookie.strip() == _OPTED_OUT for cookie in cookies.split(b";"))
