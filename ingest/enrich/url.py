"""Host, path and campaign tags from the URL of a page.

- The query is never stored. Only campaign tags are read from it, and only the name of a click identifier
  (`gclid=...`): its value identifies a person.
- In hash mode the fragment is part of the path. A query inside the fragment is not, but its campaign tags are read.
- A path is stored as the address bar shows it: percent-decoded, with its case and trailing slash. What identifies a
  person is replaced in it, and in the values of tags. A query behind an encoded question mark is cut off, too.
- The part before the query and the values of tags are cached, because they repeat. The query never is.
"""

from functools import cache, lru_cache
from urllib.parse import unquote, unquote_plus

import msgspec
from publicsuffixlist import PublicSuffixList

from ingest.enrich.url_parts import host, is_address, split, without_encoded_query
from ingest.request.text import printable
from schema.privacy.redaction import Kind, clean
from schema.sites.host import ascii_host, normal_host

NO_HOST = "(none)"
MAX_PATH_CHARACTERS = 2000
MAX_TAG_CHARACTERS = 500

CLICK_IDS = ("gclid", "gbraid", "wbraid", "msclkid", "fbclid", "twclid")  # the first one present counts
TEXT_TAGS = ("utm_source", "source", "ref", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_READ = frozenset((*TEXT_TAGS, *CLICK_IDS))


class Tags(msgspec.Struct, frozen=True, gc=False):
    """Campaign parameters as sent; empty: not sent."""

    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_content: str = ""
    utm_term: str = ""
    click_id_param: str = ""  # the name, never the value
    redacted: tuple[Kind, ...] = ()  # what was replaced in the values


class Page(msgspec.Struct, frozen=True, gc=False):
    """The page of a hit, and the tags of the link to it."""

    hostname: str  # without www.; NO_HOST if the URL has none
    path: str
    tags: Tags
    redacted: tuple[Kind, ...] = ()  # what was replaced in the path


NO_TAGS = Tags()


def read(url: str, *, hash_mode: bool, with_tags: bool = True) -> Page:
    """Return the page of a URL. hash_mode: the fragment is part of the path. with_tags: read the query."""
    location, hash_sign, fragment = url.partition("#")
    location, _, query = location.partition("?")
    if hash_mode and fragment:
        route, _, inner_query = fragment.partition("?")
        location += hash_sign + route
        query = "&".join(filter(None, (query, inner_query)))
    page = _page(location)
    if not query or not with_tags:
        return page
    tags = _tags(query)
    return page if tags is NO_TAGS else Page(page.hostname, page.path, tags, page.redacted)


@lru_cache(maxsize=8192)
def registrable_domain(hostname: str) -> str:
    """Return the registrable part of a host name: `example.co.uk` of `shop.example.co.uk`.

    Addresses, and names without a known suffix, are returned unchanged.
    """
    if is_address(hostname):
        return hostname
    return normal_host(_suffixes().privatesuffix(ascii_host(hostname)) or hostname)


def warm() -> None:
    """Load the list of public suffixes, so the first hit does not have to wait."""
    registrable_domain("example.org")


@lru_cache(maxsize=16_384)
def _page(location: str) -> Page:
    """Return the page of a URL without its query."""
    parts = split(location)
    path, kinds = clean_path(_decoded(parts.path))
    path = path[:MAX_PATH_CHARACTERS].rstrip() or "/"
    if parts.fragment:
        route, more_kinds = clean_path(_decoded(parts.fragment))
        path = f"{path}#{route}"[:MAX_PATH_CHARACTERS].rstrip()
        kinds = tuple(dict.fromkeys(kinds + more_kinds))
    return Page(host(parts.authority) or NO_HOST, path, NO_TAGS, kinds)


def clean_path(path: str) -> tuple[str, tuple[Kind, ...]]:
    """Return a decoded path without what identifies a person and without an encoded query, and what was replaced."""
    return clean(without_encoded_query(path))


def _decoded(text: str) -> str:
    return printable(unquote(text, errors="replace") if "%" in text else text)


def _tags(query: str) -> Tags:
    """Return the campaign tags of a query. The last of repeated parameters wins."""
    tags: dict[str, str] = {}
    redacted: tuple[Kind, ...] = ()
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if "%" in name:
            name = unquote(name)
        if name in _READ:
            tags[name], kinds = (value, ()) if name in CLICK_IDS else _value(value)
            redacted += kinds
    if not tags:
        return NO_TAGS
    text = tags.get
    return Tags(
        text("utm_source") or text("source") or text("ref", ""),
        text("utm_medium", ""),
        text("utm_campaign", ""),
        text("utm_content", ""),
        text("utm_term", ""),
        next(filter(tags.__contains__, CLICK_IDS), ""),
        tuple(dict.fromkeys(redacted)),
    )


@lru_cache(maxsize=4096)
def _value(text: str) -> tuple[str, tuple[Kind, ...]]:
    # In a link tagged twice (`?utm_source=x?fbclid=ID`) the tag would contain a person's identifier.
    text = text.partition("?")[0]
    if "%" in text or "+" in text:
        text = unquote_plus(text, errors="replace")
    text, kinds = clean(printable(text).strip())
    return text[:MAX_TAG_CHARACTERS], kinds


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)
