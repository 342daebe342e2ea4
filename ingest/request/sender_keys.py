"""Does the sender show a key of ours, so that it is believed about its visitor?

Whoever sends none, or one that is not known, is a stranger like any other.
"""

from collections.abc import Collection, Iterable

from schema.sites.keys import Key, Scope, hash_of
from schema.sites.sites import Site

_SCHEME = b"bearer "


class SenderKeys:
    """The keys in force, never changed: a new set replaces the whole."""

    def __init__(self, keys: Iterable[Key] = (), sites: Iterable[Site] = ()) -> None:
        """sites: those there are; a key of any other lets nobody in."""
        known: dict[int | None, frozenset[str] | None] = {None: None}
        known |= {site.id: frozenset(site.domains) for site in sites}
        senders = (key for key in keys if Scope.SEND_EVENTS in key.scopes)
        self._domains = {key.key_hash: known[key.site_id] for key in senders if key.site_id in known}

    def cover(self, authorization: bytes, domains: Collection[str]) -> bool:
        """True where an Authorization header shows a key that is for all these domains."""
        if authorization[: len(_SCHEME)].lower() != _SCHEME:
            return False
        key_hash = hash_of(authorization[len(_SCHEME) :].strip())
        if key_hash not in self._domains:
            return False
        covered = self._domains[key_hash]
        return covered is None or covered.issuperset(domains)
