"""Referrers, as rules and sites name them: `paypal.com` or `*.example.org/checkout`.

A domain includes its subdomains, a path what is below it, and `*` is any text. The query of a referrer is never read.
A referrer with an IP address as host has no page: the address could be the visitor's.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from schema.measures.wildcard import compiled, literal
from schema.sentence import SentenceError
from schema.sites.host import is_name, of_authority, without_www

MAX_PATTERNS_OF_A_SITE = 100
MAX_PATTERN_CHARACTERS = 500
_SCHEMES = frozenset({"http", "https", "android-app"})
_NOT_IN_A_PATTERN = frozenset("?#@[] \t\r\n")

Test = Callable[[str], bool]  # takes a referring page


class ReferrerError(SentenceError):
    """A text does not name a referrer. The message is for the user."""


def page_of(referrer: str) -> str:
    """Return host and path of the page that a referrer names, without `www.`; empty if it names none."""
    return _page(referrer.partition("?")[0].partition("#")[0]) if referrer else ""


def normal_pattern(text: str) -> str:
    """Return the normal form of a name or pattern. Raises ReferrerError."""
    scheme, slashes, rest = text.strip().partition("://")
    host, slash, path = (rest if slashes and scheme.lower() in _SCHEMES else text.strip()).partition("/")
    host = without_www(of_authority(host))
    pattern = f"{host}{slash}{path}".rstrip("/")
    is_domain = "." in host and host.strip("*.") != "" and is_name(host.replace("*", "a"))
    if not is_domain or len(pattern) > MAX_PATTERN_CHARACTERS or not _NOT_IN_A_PATTERN.isdisjoint(pattern):
        raise ReferrerError(
            "%(text)r is not a referrer: write it as in paypal.com, *.example.org or example.org/checkout",
            text=text[:80],
        )
    return pattern


def test(patterns: Iterable[str]) -> Test:
    """Return a test: is a referring page one of these? patterns: in their normal form."""
    patterns = list(patterns)
    domains = frozenset(pattern for pattern in patterns if "*" not in pattern and "/" not in pattern)
    others = [_regex(pattern) for pattern in patterns if pattern not in domains]
    if not others:
        return lambda page: _is_below(page, domains)
    matches = compiled("|".join(others)).fullmatch
    return lambda page: _is_below(page, domains) or (page != "" and matches(page) is not None)


def written(patterns: Sequence[str]) -> str:
    """Return patterns as JSON, as they are stored."""
    return json.dumps(list(patterns), ensure_ascii=False)


def read(text: str) -> tuple[str, ...]:
    """Return stored patterns."""
    return tuple(json.loads(text))


def checked(patterns: Iterable[str]) -> tuple[str, ...]:
    """Return the patterns of a site in their normal form, sorted. Raises ReferrerError."""
    normal = tuple(sorted(set(map(normal_pattern, patterns))))
    if len(normal) > MAX_PATTERNS_OF_A_SITE:
        raise ReferrerError("a site can ignore at most %(most)s referrers", most=MAX_PATTERNS_OF_A_SITE)
    return normal


@lru_cache(maxsize=8192)
def _page(referrer: str) -> str:
    """referrer: without its query."""
    scheme, separator, rest = referrer.partition("://")
    if not separator or scheme.lower() not in _SCHEMES:
        return ""
    authority, slash, path = rest.partition("/")
    host = without_www(of_authority(authority))
    if not host or ":" in host or host.replace(".", "").isdecimal():
        return ""
    return f"{host}{slash}{path}".rstrip("/")[:MAX_PATTERN_CHARACTERS]


def _is_below(page: str, domains: frozenset[str]) -> bool:
    host = page.partition("/")[0]
    while host:
        if host in domains:
            return True
        host = host.partition(".")[2]
    return False


def _regex(pattern: str) -> str:
    host, slash, path = pattern.partition("/")
    host = "[^/]*".join(map(literal, host.split("*")))
    path = ".*".join(map(literal, path.split("*")))
    return rf"(?:(?:[^/]*\.)?{host}{slash}{path}(?:/.*)?)"
