"""Split URLs of pages and referrers.

Nothing raises: any text has parts, some of them empty. A URL without a scheme is a path.
"""

import re
from ipaddress import IPv6Address
from typing import NamedTuple

from ingest.request.text import printable

MAX_HOST_CHARACTERS = 255
_BRACKETED = re.compile(r"\[([0-9A-Fa-f:.]+)\](:\d*)?")


class Parts(NamedTuple):
    """Not decoded."""

    scheme: str  # lower case
    authority: str
    path: str
    query: str
    fragment: str


def split(url: str) -> Parts:
    """Return the parts of a URL as in RFC 3986, also for URLs that it forbids."""
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

    Empty if brackets are not closed or don't hold an IPv6 address.
    """
    name = authority.rpartition("@")[2]
    name = _bracketed(name) if name.startswith("[") else name.partition(":")[0]
    return printable(name).strip().lower().removeprefix("www.")[:MAX_HOST_CHARACTERS]


def is_address(hostname: str) -> bool:
    """Return whether a host is an IPv4 or IPv6 address."""
    return ":" in hostname or hostname.replace(".", "").isdecimal()


def _bracketed(name: str) -> str:
    """Return the IPv6 address in `[::1]:80` as sent; empty if it is invalid."""
    match = _BRACKETED.fullmatch(name)
    if not match:
        return ""
    try:
        IPv6Address(match[1])
    except ValueError:
        return ""
    return match[1]
