"""How many sign-ins may fail, so that passwords can't be guessed and nobody can lock anybody out.

- A client, which is an IPv4 address or an IPv6 /64, has ten failures, and one more every 90 seconds.
- An account has a hundred failures of browsers that are new to it, and a hundred more each hour: many clients together
  guess no faster. This limit is the only one that others can use up, and it binds new browsers alone.
- A browser that has signed in to the account before (see known_browsers.py) has ten failures of its own, whatever
  others do. A sign-in link is not limited: it can't be guessed.

What is counted are failures: whoever gives the right password gets back what the attempt took.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from schema.rate_limit import SharedRateLimit

MAX_FAILURES = 10  # of a client, and of a known browser
WINDOW_S = 15 * 60
MAX_STRANGERS_FAILURES = 100  # of all new browsers, for one account
STRANGERS_WINDOW_S = 60 * 60


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who tries to sign in, and where."""

    email: str  # in its normal form; there may be no such account
    client: bytes  # packed address; empty: unknown, which is one client
    browser: bytes = b""  # number of a browser that is known for the account; empty: a new one


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an attempt can't be made now."""

    wait_s: int
    is_of_account: bool  # else of the client or of the known browser


class Throttle:
    """The failures there may be. For one event loop."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._clients = SharedRateLimit(MAX_FAILURES, period_s=WINDOW_S)
        self._browsers = SharedRateLimit(MAX_FAILURES, period_s=WINDOW_S)
        self._accounts = SharedRateLimit(MAX_STRANGERS_FAILURES, period_s=STRANGERS_WINDOW_S)

    def take(self, attempt: Attempt) -> Refusal | None:
        """Count an attempt as failed, or return why it can't be made; then nothing is counted."""
        taken: list[tuple[SharedRateLimit, int]] = []
        for limit, key in self._limits(attempt):
            if wait_s := limit.take(key, now=self._clock()):
                self._return(taken)
                return Refusal(wait_s, is_of_account=limit is self._accounts)
            taken.append((limit, key))
        return None

    def give_back(self, attempt: Attempt) -> None:
        """Take back what was counted: the attempt did not fail."""
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
