"""Is the referrer made up, so that the site's owner looks at it? A list of domains says so.

The list that comes with Sillage is enrich/data/referrer_spam.txt; an operator can put a longer one in its place. One
domain a line, with `#` before comments; a domain covers what is below it.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

_MAX_CACHED = 4096
# The host of a URL alone, past user and password, without port.
_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:@\[\]]{1,255})")
_DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?")


class SpamListError(ValueError):
    """A text is no list of domains; the message says where."""


class ReferrerSpam:
    """The list in force, never changed: a new one replaces the whole."""

    def __init__(self, domains: Iterable[str] = ()) -> None:
        """domains: lower case."""
        self._domains = frozenset(domains)
        # Every hit comes by here, and most with a referrer that was seen before. Queries are not remembered.
        self._is_listed = lru_cache(_MAX_CACHED)(self._look_up)

    def covers(self, referrer: str) -> bool:
        """True where the referrer's host, or a domain above it, is in the list."""
        return referrer != "" and self._is_listed(referrer.partition("?")[0])

    def _look_up(self, referrer: str) -> bool:
        found = _HOST.match(referrer)
        host = found[1].lower().rstrip(".") if found else ""
        while host:
            if host in self._domains:
                return True
            host = host.partition(".")[2]
        return False


def built_in() -> ReferrerSpam:
    """Return the list that comes with Sillage."""
    return read((files("ingest.enrich") / "data" / "referrer_spam.txt").read_text(encoding="utf-8"))


def read(text: str) -> ReferrerSpam:
    """Return the list a text holds. Raises SpamListError on a line that is no domain, and where there is none."""
    domains = set()
    for number, line in enumerate(text.splitlines(), start=1):
        domain = line.partition("#")[0].strip().lower().removeprefix("www.")
        if domain and not _DOMAIN.fullmatch(domain):
            raise SpamListError(f"line {number} is {domain[:50]!r}, which is not a domain such as spam.example")
        domains.add(domain)
    domains.discard("")
    if not domains:
        raise SpamListError("there is no domain in it")
    return ReferrerSpam(domains)
