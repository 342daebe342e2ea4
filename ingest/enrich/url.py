"""What the URL of a page says: the host, the path, and the campaign it was linked from.

- The query is never kept. Of its parameters only the campaign tags are read, and of a click identifier (`gclid=...`)
  only the parameter's name: the value identifies a person.
- In hash mode the fragment belongs to the path, but a query inside the fragment does not.
- A path is kept as the visitor's address bar shows it: percent-decoded, case and trailing slash as they are.
- Pages repeat, queries with click identifiers do not: the part before the query is cached, and so are
  the values of tags; the query never is.
"""

from functools import cache, lru_cache
from urllib.parse import unquote, unquote_plus

import msgspec
from publicsuffixlist import PublicSuffixList

from ingest.enrich.url_parts import host, is_address, split
from ingest.request.text import printable

NO_HOST = "(none)"
MAX_PATH_CHARACTERS = 2000
MAX_TAG_CHARACTERS = 500

CLICK_IDS = ("gclid", "gbraid", "wbraid", "msclkid", "fbclid", "twclid")  # the first that is there counts
_TEXTS = ("utm_source", "source", "ref", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_READ = frozenset((*_TEXTS, *CLICK_IDS))


class Tags(msgspec.Struct, frozen=True, gc=False):
    """Campaign parameters as they were sent; empty: not given."""

    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_content: str = ""
    utm_term: str = ""
    click_id_param: str = ""  # the name, never the value


class Page(msgspec.Struct, frozen=True, gc=False):
    """Where a hit happened, and how its link was tagged."""

    hostname: str  # without www.; NO_HOST where the URL has none
    path: str
    tags: Tags


NO_TAGS = Tags()


def read(url: str, *, hash_mode: bool) -> Page:
    """Return the page of a URL. hash_mode: the fragment is part of the path."""
    place, hash_sign, fragment = url.partition("#")
    place, _, query = place.partition("?")
    if hash_mode and fragment:
        place += hash_sign + fragment.partition("?")[0]
    page = _page(place)
    if not query:
        return page
    tags = _tags(query)
    return page if tags is NO_TAGS else Page(page.hostname, page.path, tags)


@lru_cache(maxsize=8192)
def registrable_domain(hostname: str) -> str:
    """Return the part of a host name that someone registered: `example.co.uk` of `shop.example.co.uk`.

    Addresses, and names under no known suffix, are returned as they are.
    """
    if is_address(hostname):
        return hostname
    return _suffixes().privatesuffix(hostname) or hostname


def warm() -> None:
    """Load the list of public suffixes, so that the first hit does not wait for it."""
    registrable_domain("example.org")


@lru_cache(maxsize=16_384)
def _page(place: str) -> Page:
    """Return the page of a URL that has lost its query."""
    parts = split(place)
    path = _decoded(parts.path)[:MAX_PATH_CHARACTERS].rstrip() or "/"
    if parts.fragment:
        path = f"{path}#{_decoded(parts.fragment)}"[:MAX_PATH_CHARACTERS].rstrip()
    return Page(host(parts.authority) or NO_HOST, path, NO_TAGS)


def _decoded(text: str) -> str:
    return printable(unquote(text, errors="replace") if "%" in text else text)


def _tags(query: str) -> Tags:
    """Return the campaign tags of a query. Of a parameter given twice the last value counts."""
    found = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if "%" in name:
            name = unquote(name)
        if name in _READ:
            found[name] = value if name in CLICK_IDS else _value(value)
    if not found:
        return NO_TAGS
    text = found.get
    return Tags(
        text("utm_source") or text("source") or text("ref", ""),
        text("utm_medium", ""),
        text("utm_campaign", ""),
        text("utm_content", ""),
        text("utm_term", ""),
        next(filter(found.__contains__, CLICK_IDS), ""),
    )


@lru_cache(maxsize=4096)
def _value(text: str) -> str:
    # A link tagged twice (`?utm_source=x?fbclid=ID`) would carry the identifier of a person inside the tag.
    text = text.partition("?")[0]
    if "%" in text or "+" in text:
        text = unquote_plus(text, errors="replace")
    return printable(text).strip()[:MAX_TAG_CHARACTERS]


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)
