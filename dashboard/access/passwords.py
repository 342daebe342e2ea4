"""Checking and storing passwords, as argon2id and off the event loop.

throttle.py limits failed sign-ins, known_browsers.py recognises browsers that have signed in before, hashing.py queues
the slow part.
"""

import functools
import math
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dashboard.access.hashing import MAX_STRANGERS, RETRY_AFTER_S, BusyError, Lane
from dashboard.access.known_browsers import KnownBrowsers
from dashboard.access.throttle import Attempt, Throttle, Throttled
from schema.people import users
from schema.people.users import User
from schema.sentence import SentenceError, later
from schema.sites.shared_links import SharedLink
from schema.stores.control import Control

MIN_PASSWORD_LENGTH = 10
MAX_PASSWORD_LENGTH = 1024
MAX_EMAIL_CHARACTERS = 254
_STRANGERS_REFUSED = later(
    "Too many failed sign-ins to this account from new browsers. Use a browser that has signed in before, ask the"
    " administrator of this server for a sign-in link, or try again in %(minutes)s minutes."
)
_CLIENT_REFUSED = later(
    "Too many failed sign-ins. Try again in %(minutes)s minutes, or ask the administrator of this server for a sign-in"
    " link."
)
_MAILS_REFUSED = later("Too many links were requested. Try again in %(minutes)s minutes.")
_SHARED_REFUSED = later("Too many wrong passwords. Try again in %(minutes)s minutes.")
_SHARED_BUSY = later("Too many people are signing in. Try again in a few seconds.")
_BUSY = later(
    "Too many people are signing in. Try again in a few seconds, or ask the administrator of this server for a sign-in"
    " link."
)


class SignInError(SentenceError):
    """A sign-in failed. The message is for the person signing in."""


class SignInRefusedError(SignInError):
    """A sign-in was rejected without checking the password. The message is for the person signing in."""

    def __init__(self, text: str, /, *, status: int, retry_after_s: int, **values: object) -> None:
        super().__init__(text, **values)
        self.status = status
        self.retry_after_s = retry_after_s


class PasswordError(SentenceError):
    """A new password is invalid. The message is for the person who chose it."""


class Passwords:
    """Checks and stores passwords as argon2id, off the event loop."""

    def __init__(
        self, control: Control, hasher: PasswordHasher, *, throttle: Throttle, browsers: KnownBrowsers
    ) -> None:
        self._control = control
        self._hasher = hasher
        self._throttle = throttle
        self._browsers = browsers
        self._lane = Lane("known")
        self._strangers_lane = Lane("strangers", max_queued=MAX_STRANGERS)

    async def check(self, email: str, password: str, *, client: bytes = b"", cookie: str = "") -> User:
        """Return the user with this e-mail address and password. Raises SignInError, always with the same message.

        client: packed address. cookie: from `remember`. Raises SignInRefusedError without checking the password if too
        many sign-ins have failed or are in progress.
        """
        email = email.strip().lower()[:MAX_EMAIL_CHARACTERS]
        attempt = Attempt(email, client, self._browsers.number_of(cookie, email=email) if cookie else b"")
        # Counted before the slow part, so that parallel attempts all count.
        if limit := self._throttle.take(attempt):
            raise too_many(limit)
        lane = self._lane if attempt.browser else self._strangers_lane
        try:
            user = await lane.run(self._verified, email, password)
        except BusyError:
            self._throttle.give_back(attempt)
            raise SignInRefusedError(_BUSY, status=503, retry_after_s=RETRY_AFTER_S) from None
        if user is None:
            raise SignInError("Wrong e-mail or password.")
        self._throttle.give_back(attempt)
        return user

    async def check_shared(self, link: SharedLink, password: str, *, client: bytes = b"") -> None:
        """Return if this is the password of a shared link. Raises SignInError, SignInRefusedError.

        client: packed address. It has as many attempts as for an account, and all clients together have.
        """
        attempt = Attempt(f"shared link {link.id}", client)
        if limit := self._throttle.take(attempt):
            minutes = math.ceil(limit.wait_s / 60)
            raise SignInRefusedError(_SHARED_REFUSED, status=429, retry_after_s=limit.wait_s, minutes=minutes)
        try:
            is_right = await self._strangers_lane.run(self._matches, link.terms.password_hash or self._decoy, password)
        except BusyError:
            self._throttle.give_back(attempt)
            raise SignInRefusedError(_SHARED_BUSY, status=503, retry_after_s=RETRY_AFTER_S) from None
        if not is_right:
            raise SignInError("Wrong password.")
        self._throttle.give_back(attempt)

    def hashed(self, password: str) -> str:
        """Return the hash of a password of a shared link. Takes 0.2 s, so not on the event loop."""
        return self._hasher.hash(password)

    async def choose(self, user: User, password: str) -> None:
        """Store a new password and end every session of the user."""
        await self._lane.run(self._store, user, password)

    def count_mail(self, email: str, *, client: bytes) -> None:
        """Count a mail with a link to an address, whether it has an account or not. Raises SignInRefusedError.

        client: packed address.
        """
        attempt = Attempt(email.strip().lower()[:MAX_EMAIL_CHARACTERS], client)
        if wait_s := self._throttle.take_mail(attempt):
            raise SignInRefusedError(_MAILS_REFUSED, status=429, retry_after_s=wait_s, minutes=math.ceil(wait_s / 60))

    def remember(self, user: User) -> str:
        """Return the cookie that marks a browser as known to a user's account."""
        return self._browsers.remember(user.email)

    def _verified(self, email: str, password: str) -> User | None:
        user = users.by_email(self._control, email)
        password_hash, decoy = user.password_hash if user else None, self._decoy
        is_right = self._matches(password_hash or decoy, password)
        return user if password_hash and is_right else None

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password[:MAX_PASSWORD_LENGTH])
        except (VerificationError, InvalidHashError):
            return False

    @functools.cached_property
    def _decoy(self) -> str:
        """A hash of a random password. Checking it makes unknown addresses take as long as known ones."""
        return self._hasher.hash(secrets.token_urlsafe())

    def _store(self, user: User, password: str) -> None:
        users.set_password(self._control, user, self._hasher.hash(password))


def too_many(limit: Throttled) -> SignInRefusedError:
    """Return the error for a sign-in that reached a limit."""
    text = _STRANGERS_REFUSED if limit.is_of_account else _CLIENT_REFUSED
    minutes = math.ceil(limit.wait_s / 60)
    return SignInRefusedError(text, status=429, retry_after_s=limit.wait_s, minutes=minutes)


def check_new_password(password: str, repeated: str) -> None:
    """Raise PasswordError if a password is too short, too long, or differs from its repetition."""
    if len(password) < MIN_PASSWORD_LENGTH:
        raise PasswordError("Choose at least %(least)s characters.", least=MIN_PASSWORD_LENGTH)
    if len(password) > MAX_PASSWORD_LENGTH:
        raise PasswordError("Choose at most %(most)s characters.", most=MAX_PASSWORD_LENGTH)
    if password != repeated:
        raise PasswordError("The two passwords are not the same.")
