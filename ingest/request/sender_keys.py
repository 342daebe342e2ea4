"""API keys of senders. A program with a valid key is trusted about its visitor.

A request without a key, or with an unknown one, is handled like any browser's.
"""

from collections.abc import Collection, Iterable

from schema.sites.keys import Key, Scope, hash_of
from schema.sites.sites import Site

_SCHEME = b"bearer "


class SenderKeys:
    """The API keys in force. Immutable: a new set replaces it."""

    def __init__(self, keys: Iterable[Key] = (), sites: Iterable[Site] = ()) -> None:
        """sites: all sites; a key for any other site is not valid."""
        domains: dict[int | None, frozenset[str] | None] = {None: None}
        domains |= {site.id: frozenset(site.domains) for site in sites}
        senders = (key for key in keys if Scope.SEND_EVENTS in key.scopes)
        self._domains = {key.key_hash: domains[key.site_id] for key in senders if key.site_id in domains}

    def cover(self, authorization: bytes, domains: Collection[str]) -> bool:
        """Return whether an Authorization header has a valid key for all these domains."""
        if authorization[: len(_SCHEME)].lower() != _SCHEME:
            return False
        key_hash = hash_of(authorization[len(_SCHEME) :].strip())
        if key_hash not in self._domains:
            return False
        covered = self._domains[key_hash]
        return covered is None or covered.issuperset(domains)
