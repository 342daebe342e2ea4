"""What arrived lately without becoming a hit of a site: script loads, and hits for unknown domains.

The check of a snippet explains with it why a site has no events. It is kept in memory, for an hour at most: hosts of
pages, domains and numbers, and nothing about who sent them.
"""

from schema.sites.strays import Strays

PERIOD_S = 1800  # two periods are kept
MAX_NAMES = 2000  # in one period
MAX_CHARACTERS = 255

_Counts = dict[tuple[str, str], int]  # (host of the page, domain) -> number; scripts have no domain


class RecentStrays:
    """Script loads and hits for unknown domains of the last half hour to hour."""

    def __init__(self) -> None:
        self._now: _Counts = {}
        self._before: _Counts = {}
        self._until = 0.0

    def note_script(self, page_host: str) -> None:
        """Count a load of the script. page_host: of the page; empty if the browser hides it."""
        if page_host:
            self._add(page_host, "")

    def note_hit(self, domain: str, page_host: str) -> None:
        """Count a hit for a domain that no site has."""
        self._add(page_host, domain)

    def tick(self, now: float) -> None:
        """Forget what is older than an hour. now: epoch seconds."""
        if now >= self._until:
            self._before, self._now = (self._now if now < self._until + PERIOD_S else {}), {}
            self._until = now + PERIOD_S

    def of_host(self, host: str) -> Strays:
        """Return what came from pages of a host and of hosts below it."""
        scripts, hits = 0, dict[tuple[str, str], int]()
        for (page_host, domain), number in [*self._before.items(), *self._now.items()]:
            if page_host != host and not page_host.endswith(f".{host}"):
                continue
            if domain:
                hits[page_host, domain] = hits.get((page_host, domain), 0) + number
            else:
                scripts += number
        return Strays(scripts, hits)

    def _add(self, page_host: str, domain: str) -> None:
        key = page_host[:MAX_CHARACTERS], domain[:MAX_CHARACTERS]
        if key in self._now or len(self._now) < MAX_NAMES:
            self._now[key] = self._now.get(key, 0) + 1
