"""The second factor of a sign-in: codes of an app (TOTP, RFC 6238), or a recovery code.

- The secret of an app is sealed with a key of the server, so a copy of the control file alone is useless.
- A code is accepted once. Codes of the step before and after are accepted, too, because clocks differ.
- Wrong codes are limited as wrong passwords are (throttle.py), and counted apart from them.
"""

import base64
import secrets
from asyncio import to_thread
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dashboard.access.known_browsers import KnownBrowsers
from dashboard.access.passwords import SignInError, too_many
from dashboard.access.throttle import Attempt, Throttle
from schema.people import two_factor
from schema.people.users import User
from schema.sentence import SentenceError
from schema.stores.control import Control

STEP_S = 30
ISSUER = "Sillage"
_TICKET_LIFETIME_S = 3600
_NONCE_BYTES = 12
_DIGITS = 6


class SecondFactorError(SentenceError):
    """A second factor can't be set up. The message is for the person who does it."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """A secret that is not confirmed yet. Nothing is stored of it: the form of its page contains the ticket."""

    secret: str  # base32, for typing
    url: str  # otpauth://, for the QR code
    ticket: str  # the secret, sealed


class SecondFactors:
    """Sets up and checks second factors."""

    def __init__(
        self,
        control: Control,
        key: bytes,
        *,
        throttle: Throttle,
        browsers: KnownBrowsers,
        clock: Callable[[], float],
    ) -> None:
        """key: 32 random bytes that stay the same after a restart. throttle: of its own."""
        self._control = control
        self._cipher = AESGCM(key)
        self._throttle = throttle
        self._browsers = browsers
        self._clock = clock

    def is_on(self, user: User) -> bool:
        """True if a user has a second factor."""
        return two_factor.of_user(self._control, user.id) is not None

    def begin(self, user: User, ticket: str = "") -> SetUp:
        """Return a new secret, or that of a ticket which is still valid."""
        secret = self.of_ticket(ticket, owner=_owner("set-up", user)) or pyotp.random_base32()
        url = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)
        return SetUp(secret, url, self.ticket(secret, owner=_owner("set-up", user)))

    def confirm(self, user: User, ticket: str, code: str) -> Sequence[str]:
        """Turn a second factor on and return its recovery codes. Raises SecondFactorError for a wrong code."""
        secret = self.of_ticket(ticket, owner=_owner("set-up", user))
        if not secret:
            raise SecondFactorError(
                "This page was open for too long. Scan the new code, then enter what the app shows."
            )
        step = self._step_of(secret, code)
        if step is None:
            raise SecondFactorError(
                "This code is not right. Enter the six digits that the app shows now. If they are never accepted, check"
                " the clock of your phone."
            )
        codes = two_factor.new_codes()
        sealed = self._sealed(secret, _owner("secret", user))
        two_factor.turn_on(self._control, user, secret=sealed, step=step, codes=codes, now=self._clock())
        return codes

    def renew_codes(self, user: User) -> Sequence[str]:
        """Return new recovery codes of a user. Earlier ones stop working."""
        codes = two_factor.new_codes()
        two_factor.replace_codes(self._control, user, codes)
        return codes

    async def check(self, user: User, code: str, *, client: bytes, cookie: str) -> None:
        """Check a code of the app or a recovery code, and use it. Raises SignInError, SignInRefusedError.

        client: packed address. cookie: that of a known browser.
        """
        browser = self._browsers.number_of(cookie, email=user.email) if cookie else b""
        attempt = Attempt(user.email, client, browser)
        # Counted before the check, so that parallel attempts all count.
        if limit := self._throttle.take(attempt):
            raise too_many(limit)
        if not await to_thread(self._accept, user, code):
            raise SignInError("This code is wrong, or was used before. Wait for the next one, or use a recovery code.")
        self._throttle.give_back(attempt)

    def _accept(self, user: User, code: str) -> bool:
        factor = two_factor.of_user(self._control, user.id)
        if factor is None:
            return False
        step = self._step_of(self._opened(factor.secret, _owner("secret", user)), code)
        if step is not None:
            return two_factor.use_step(self._control, user, step)
        return two_factor.use_code(self._control, user, code)

    def _step_of(self, secret: str, code: str) -> int | None:
        """Return the step of a code of about now, or None."""
        digits = "".join(code.split())
        if not secret or len(digits) != _DIGITS or not (digits.isascii() and digits.isdigit()):
            return None
        present = int(self._clock()) // STEP_S
        app = pyotp.TOTP(secret)
        # Compares with all of them, whichever is right.
        right = [step for step in (present - 1, present, present + 1) if app.verify(digits, for_time=step * STEP_S)]
        return right[-1] if right else None

    def ticket(self, text: str, *, owner: str) -> str:
        """Return a sealed text for a form. owner: what it is for, and whose it is."""
        until = int(self._clock()) + _TICKET_LIFETIME_S
        return base64.urlsafe_b64encode(self._sealed(f"{until} {text}", owner)).decode()

    def of_ticket(self, ticket: str, *, owner: str) -> str:
        """Return the text of a ticket; empty if it is expired, or not one of this owner."""
        try:
            sealed = base64.urlsafe_b64decode(ticket.encode())
        except ValueError:
            return ""
        until, _, text = self._opened(sealed, owner).partition(" ")
        return text if until and self._clock() < int(until) else ""

    def now(self) -> float:
        """Return the time, in epoch seconds."""
        return self._clock()

    def _sealed(self, text: str, owner: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), owner.encode())

    def _opened(self, sealed: bytes, owner: str) -> str:
        """Return what `_sealed` got; empty if it was sealed with another key or for another owner."""
        try:
            nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            return self._cipher.decrypt(nonce, rest, owner.encode()).decode()
        except (InvalidTag, ValueError):
            return ""


def _owner(purpose: str, user: User) -> str:
    return f"{purpose} of {user.id}"
