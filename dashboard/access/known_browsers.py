"""Signed cookies of browsers that have signed in to an account before.

The cookie grants no access. It exempts a browser from the limit on failed sign-ins by new browsers, so nobody can lock
the owner of an account out. It is valid for one account, and identifies neither the account nor a person.
"""

import secrets
from collections.abc import Callable

from itsdangerous import BadData, URLSafeSerializer

LIFETIME_S = 400 * 86_400  # browsers keep no cookie longer


class KnownBrowsers:
    """Creates and reads the cookies."""

    def __init__(self, key: bytes, clock: Callable[[], float]) -> None:
        """key: 32 random bytes that stay the same after a restart."""
        self._key = key
        self._clock = clock

    def remember(self, email: str) -> str:
        """Return the cookie for a browser that has signed in to an account."""
        until = int(self._clock()) + LIFETIME_S
        token = self._serializer(email).dumps([secrets.token_hex(8), until])
        return token if isinstance(token, str) else token.decode()

    def number_of(self, token: str, *, email: str) -> bytes:
        """Return the random number of a browser; empty if its cookie is not valid for the account."""
        try:
            number, until = self._serializer(email).loads(token)
        except BadData:
            return b""
        return str(number).encode() if self._clock() < until else b""

    def _serializer(self, email: str) -> URLSafeSerializer:
        return URLSafeSerializer(self._key, salt=b"browser of " + email.encode(errors="surrogatepass"))
