"""Browsers that have signed in to an account: a signed cookie says so.

It opens nothing. It lets somebody past what strangers have used up with failed sign-ins, so that nobody can lock the
owner of an account out. It is good for one account, and names neither it nor anybody.
"""

import secrets
from collections.abc import Callable

from itsdangerous import BadData, URLSafeSerializer

LIFETIME_S = 400 * 86_400  # the longest that browsers keep a cookie


class KnownBrowsers:
    """Makes the cookies and reads them."""

    def __init__(self, key: bytes, clock: Callable[[], float]) -> None:
        """key: 32 random bytes, the same after a restart."""
        self._key = key
        self._clock = clock

    def remember(self, email: str) -> str:
        """Return the cookie of a browser that has signed in to the account of an address."""
        until = int(self._clock()) + LIFETIME_S
        token = self._serializer(email).dumps([secrets.token_hex(8), until])
        return token if isinstance(token, str) else token.decode()

    def number_of(self, token: str, *, email: str) -> bytes:
        """Return the random number of the browser a cookie is from; empty where it says nothing for that account."""
        try:
            number, until = self._serializer(email).loads(token)
        except BadData:
            return b""
        return str(number).encode() if self._clock() < until else b""

    def _serializer(self, email: str) -> URLSafeSerializer:
        return URLSafeSerializer(self._key, salt=b"browser of " + email.encode(errors="surrogatepass"))
