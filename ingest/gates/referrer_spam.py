"""Drop hits with a fake referrer, sent to make site owners visit it. A list of domains decides.

Sillage comes with enrich/data/referrer_spam.txt; an operator can replace it, and users add single domains or take them
out. The list has one domain a line, and comments after `#`. A domain includes its subdomains, the longest one decides,
and `*` is any text: owners of such domains register many alike.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files

from schema.sites import referrers
from schema.sites.host import is_name, normal_host, of_url, without_www

_MAX_CACHED = 4096


class SpamListError(ValueError):
    """A text is not a list of domains. The message has the line."""


class ReferrerSpam:
    """The list in force. Immutable: a new list replaces it."""

    def __init__(self, domains: Iterable[str] = (), *, changes: Mapping[str, bool] | None = None) -> None:
        """changes: domain -> True if it was added to the domains, False if it was taken out."""
        self._domains = frozenset(map(normal_host, domains))
        self._changes = dict(changes or {})
        self._is_of_family = referrers.test(domain for domain in self._domains if "*" in domain)
        # Checked for every hit, and most referrers repeat. Queries are not cached.
        self._is_listed = lru_cache(_MAX_CACHED)(self._look_up)

    def changed(self, changes: Mapping[str, bool]) -> "ReferrerSpam":
        """Return the same list with other changes."""
        return ReferrerSpam(self._domains, changes=changes)

    def replaced(self, domains: "ReferrerSpam") -> "ReferrerSpam":
        """Return another list with the same changes."""
        return domains.changed(self._changes)

    def covers(self, referrer: str) -> bool:
        """Return whether the referrer's host, or a domain above it, is in the list."""
        return referrer != "" and self._is_listed(referrer.partition("?")[0])

    def _look_up(self, referrer: str) -> bool:
        host = whole = of_url(referrer)
        while host:
            if host in self._changes:
                return self._changes[host]
            if host in self._domains:
                return True
            host = host.partition(".")[2]
        return self._is_of_family(without_www(whole))


def built_in() -> ReferrerSpam:
    """Return the list that comes with Sillage."""
    return read((files("ingest.enrich") / "data" / "referrer_spam.txt").read_text(encoding="utf-8"))


def read(text: str) -> ReferrerSpam:
    """Parse a list. Raises SpamListError on a line that is not a domain, and on an empty list."""
    domains = set()
    for number, line in enumerate(text.splitlines(), start=1):
        domain = without_www(normal_host(line.partition("#")[0]))
        if domain and not (domain.rpartition(".")[0].strip("*.") and is_name(domain.replace("*", "a"))):
            raise SpamListError(f"line {number} is {domain[:50]!r}, which is not a domain such as spam.example")
        domains.add(domain)
    domains.discard("")
    if not domains:
        raise SpamListError("the list has no domains")
    return ReferrerSpam(domains)
