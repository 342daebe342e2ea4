"""Split URLs of pages and referrers.

Nothing raises: any text has parts, some of them empty. A URL without a scheme is a path.
"""

import re
from typing import NamedTuple

from ingest.request.text import printable
from schema.sites.host import of_authority, without_www

MAX_HOST_CHARACTERS = 255
# A question mark that was encoded once or more, and a name with a value behind it. A title can end in a question mark.
_ENCODED_QUERY = re.compile(r"(?:\?|%(?:25){0,3}3F)[^/?=%]{1,100}(?:=|%(?:25){0,3}3D).*", re.IGNORECASE | re.DOTALL)


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
    """Return the host in its normal form, without user, password, port, IPv6 brackets and one leading `www.`.

    Empty if brackets are not closed or don't hold an IPv6 address.
    """
    return without_www(of_authority(printable(authority)))[:MAX_HOST_CHARACTERS]


def without_encoded_query(path: str) -> str:
    """Return a path without the query that a broken link has behind an encoded question mark."""
    return _ENCODED_QUERY.sub("", path) if "?" in path or "%" in path else path


def is_address(hostname: str) -> bool:
    """Return whether a host is an IPv4 or IPv6 address."""
    return ":" in hostname or hostname.replace(".", "").isdecimal()
