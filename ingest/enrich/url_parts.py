"""The parts of a URL, for pages and referrers alike.

Nothing raises: whatever a sender calls a URL has parts, some of them empty. A URL that names no scheme is a path.
"""

import re
from ipaddress import IPv6Address
from typing import NamedTuple

from ingest.request.text import printable

MAX_HOST_CHARACTERS = 255
_BRACKETED = re.compile(r"\[([0-9A-Fa-f:.]+)\](:\d*)?")


class Parts(NamedTuple):
    """As they were sent: not decoded."""

    scheme: str  # lower case
    authority: str
    path: str
    query: str
    fragment: str


def split(url: str) -> Parts:
    """Return the parts of a URL, by RFC 3986 but for what it forbids."""
    rest, _, fragment = url.partition("#")
    rest, _, query = rest.partition("?")
    scheme, colon, after = rest.partition(":")
    if not colon or "/" in scheme:
        scheme, after = "", rest
    if not after.startswith("//"):
        return Parts(scheme.lower(), "", after, query, fragment)
    authority, slash, path = after[2:].partition("/")
    return Parts(scheme.lower(), authority, slash + path, query, fragment)


def host(authority: str) -> str:
    """Return the host in lower case, without user, password, port, IPv6 brackets and one leading `www.`.

    Brackets that hold no IPv6 address, or don't close, are no host.
    """
    name = authority.rpartition("@")[2]
    name = _bracketed(name) if name.startswith("[") else name.partition(":")[0]
    return printable(name).strip().lower().removeprefix("www.")[:MAX_HOST_CHARACTERS]


def is_address(hostname: str) -> bool:
    """True for an IPv4 or IPv6 address in place of a name."""
    return ":" in hostname or hostname.replace(".", "").isdecimal()


def _bracketed(name: str) -> str:
    """Return the IPv6 address of `[::1]:80` as it was sent; empty: it is none."""
    found = _BRACKETED.fullmatch(name)
    if not found:
        return ""
    try:
        IPv6Address(found[1])
    except ValueError:
        return ""
    return found[1]
