"""Limits on failed sign-ins, against guessed passwords, without letting anyone lock a user out.

- A client, which is an IPv4 address or an IPv6 /64, may fail ten times, and once more every 90 seconds.
- All new browsers together may fail a hundred times per account, and a hundred more each hour. Many clients together
  guess no faster. Others can use up only this limit, and it applies to new browsers alone.
- A browser that has signed in to the account before (see known_browsers.py) may fail ten times, independently of
  others. Sign-in links have no limit, because they cannot be guessed.
- A mail with a sign-in link is sent three times an hour to an address, and ten times for a client, whoever they are.

Only failures count: a successful sign-in gives its attempt back.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from schema.rate_limit import SharedRateLimit

MAX_FAILURES = 10  # of a client or a known browser
WINDOW_S = 15 * 60
MAX_STRANGERS_FAILURES = 100  # of all new browsers, for one account
STRANGERS_WINDOW_S = 60 * 60
MAX_MAILS = 3  # with a link, to one address
MAX_MAILS_OF_A_CLIENT = 10
MAILS_WINDOW_S = 60 * 60


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who tries to sign in, and from where."""

    email: str  # normalized; the account may not exist
    client: bytes  # packed address; empty if unknown; all unknown addresses are one client
    browser: bytes = b""  # number of a browser known to the account; empty for a new one


@dataclass(frozen=True, slots=True)
class Throttled:
    """How long an attempt must wait, and which limit it reached."""

    wait_s: int
    is_of_account: bool  # otherwise of the client or the known browser


class Throttle:
    """The failures that remain allowed. For one event loop."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._clients = SharedRateLimit(MAX_FAILURES, period_s=WINDOW_S)
        self._browsers = SharedRateLimit(MAX_FAILURES, period_s=WINDOW_S)
        self._accounts = SharedRateLimit(MAX_STRANGERS_FAILURES, period_s=STRANGERS_WINDOW_S)
        self._mails = SharedRateLimit(MAX_MAILS, period_s=MAILS_WINDOW_S)
        self._mails_of_clients = SharedRateLimit(MAX_MAILS_OF_A_CLIENT, period_s=MAILS_WINDOW_S)

    def take(self, attempt: Attempt) -> Throttled | None:
        """Count an attempt as failed, or return why it can't be made; then nothing is counted."""
        taken: list[tuple[SharedRateLimit, int]] = []
        for limit, key in self._limits(attempt):
            if wait_s := limit.take(key, now=self._clock()):
                self._return(taken)
                return Throttled(wait_s, is_of_account=limit is self._accounts)
            taken.append((limit, key))
        return None

    def take_mail(self, attempt: Attempt) -> int:
        """Count a mail with a link and return 0, or return the seconds until one may be sent."""
        now = self._clock()
        return self._mails_of_clients.take(
            self._mails_of_clients.client_key(attempt.client), now=now
        ) or self._mails.take(self._mails.key(attempt.email.encode(errors="surrogatepass")), now=now)

    def give_back(self, attempt: Attempt) -> None:
        """Uncount an attempt that did not fail."""
        self._return(self._limits(attempt))

    def _return(self, taken: Iterable[tuple[SharedRateLimit, int]]) -> None:
        for limit, key in taken:
            limit.give_back(key, now=self._clock())

    def _limits(self, attempt: Attempt) -> list[tuple[SharedRateLimit, int]]:
        if attempt.browser:
            return [(self._browsers, self._browsers.key(attempt.browser))]
        return [
            (self._clients, self._clients.client_key(attempt.client)),
            (self._accounts, self._accounts.key(attempt.email.encode(errors="surrogatepass"))),
        ]
