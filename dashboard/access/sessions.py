"""Passwords, the session cookie, and protection against forged forms.

A form must come from our own origin and, once a user is signed in, carry the token of the session. throttle.py limits
failed sign-ins, known_browsers.py recognises browsers that have signed in before.
"""

import asyncio
import functools
import hmac
import math
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode, urlsplit

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.access.hashing import MAX_STRANGERS, RETRY_AFTER_S, BusyError, Lane
from dashboard.access.known_browsers import LIFETIME_S, KnownBrowsers
from dashboard.access.throttle import Attempt, Throttle, Throttled
from schema.sites import users
from schema.sites.users import Session, User
from schema.stores.control import Control

MIN_PASSWORD_LENGTH = 10
MAX_PASSWORD_LENGTH = 1024
MAX_EMAIL_CHARACTERS = 254
_STRANGERS_REFUSED = (
    "Too many failed sign-ins to this account from new browsers. Use a browser that has signed in before, ask the"
    " administrator of this server for a sign-in link, or try again in {minutes} minutes."
)
_CLIENT_REFUSED = (
    "Too many failed sign-ins. Try again in {minutes} minutes, or ask the administrator of this server for a sign-in"
    " link."
)
_BUSY = (
    "Too many people are signing in. Try again in a few seconds, or ask the administrator of this server for a sign-in"
    " link."
)

SessionPage = Callable[[Request, Session], Response]


class SignInError(ValueError):
    """A sign-in failed. The message is for the person signing in."""


class SignInRefusedError(SignInError):
    """A sign-in was rejected without checking the password. The message is for the person signing in."""

    def __init__(self, message: str, *, status: int, retry_after_s: int) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_s = retry_after_s


class PasswordError(ValueError):
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
            raise _too_many(limit)
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

    async def choose(self, user: User, password: str) -> None:
        """Store a new password and end every session of the user."""
        await self._lane.run(self._store, user, password)

    def remember(self, user: User) -> str:
        """Return the cookie that marks a browser as known to a user's account."""
        return self._browsers.remember(user.email)

    def _verified(self, email: str, password: str) -> User | None:
        user = users.by_email(self._control, email)
        password_hash, decoy = user.password_hash if user else None, self._decoy
        try:
            self._hasher.verify(password_hash or decoy, password[:MAX_PASSWORD_LENGTH])
        except (VerificationError, InvalidHashError):
            return None
        return user if password_hash else None

    @functools.cached_property
    def _decoy(self) -> str:
        """A hash of a random password. Checking it makes unknown addresses take as long as known ones."""
        return self._hasher.hash(secrets.token_urlsafe())

    def _store(self, user: User, password: str) -> None:
        users.set_password(self._control, user, self._hasher.hash(password))


def _too_many(limit: Throttled) -> SignInRefusedError:
    sentence = _STRANGERS_REFUSED if limit.is_of_account else _CLIENT_REFUSED
    minutes = math.ceil(limit.wait_s / 60)
    return SignInRefusedError(sentence.format(minutes=minutes), status=429, retry_after_s=limit.wait_s)


def check_new_password(password: str, repeated: str) -> None:
    """Raise PasswordError if a password is too short, too long, or differs from its repetition."""
    if len(password) < MIN_PASSWORD_LENGTH:
        raise PasswordError(f"Choose at least {MIN_PASSWORD_LENGTH} characters.")
    if len(password) > MAX_PASSWORD_LENGTH:
        raise PasswordError(f"Choose at most {MAX_PASSWORD_LENGTH} characters.")
    if password != repeated:
        raise PasswordError("The two passwords are not the same.")


def signed_in(page: SessionPage) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that runs `page` in a thread for signed-in users and redirects others to the sign-in page.

    A POST must come from a form of the session. Its fields are in `request.state.form`.
    """

    @functools.wraps(page)
    async def endpoint(request: Request) -> Response:
        session = await asyncio.to_thread(present_session, request)
        if session is None:
            return RedirectResponse(_sign_in_url(request), 303)
        if request.method == "POST":
            request.state.form = await own_form(request)
            _require_token(request.state.form, session)
        return await asyncio.to_thread(page, request, session)

    return endpoint


def present_session(request: Request) -> Session | None:
    """Return the session that a request's cookie names, or None."""
    token = request.cookies.get(cookie_name(request))
    return users.find_session(request.app.state.control, token, now=request.app.state.clock()) if token else None


async def own_form(request: Request) -> dict[str, str]:
    """Return the fields of a posted form. Raises HTTPException (403) if another site posted it."""
    if not _is_own_origin(request):
        raise HTTPException(403)
    form = await request.form(max_files=0, max_fields=20)
    return {name: value for name, value in form.items() if isinstance(value, str)}


def enter(request: Request, user: User, *, to: str) -> Response:
    """Return the response that signs a user in, marks the browser as known, and redirects to a page."""
    passwords: Passwords = request.app.state.passwords
    state = request.app.state
    session, browser = users.start_session(state.control, user, now=state.clock()), passwords.remember(user)
    response = RedirectResponse(to, 303)
    for name, value, lifetime_s in (
        (cookie_name(request), session, users.SESSION_LIFETIME_S),
        (browser_cookie_name(request), browser, LIFETIME_S),
    ):
        response.set_cookie(name, value, max_age=lifetime_s, secure=_is_https(request), httponly=True, samesite="lax")
    return response


def leave(request: Request) -> Response:
    """Return the response that ends the session of a request and redirects to the sign-in page."""
    users.end_session(request.app.state.control, request.cookies.get(cookie_name(request), ""))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(cookie_name(request), secure=_is_https(request), httponly=True, samesite="lax")
    return response


def cookie_name(request: Request) -> str:
    # Browsers accept a __Host- cookie only over https, for this host alone.
    return "__Host-sillage_session" if _is_https(request) else "sillage_session"


def browser_cookie_name(request: Request) -> str:
    return "__Host-sillage_browser" if _is_https(request) else "sillage_browser"


def local_path(text: str) -> str:
    """Return text if it is a path on this server, otherwise the start page."""
    # Browsers read backslashes as slashes and skip tabs and line ends: `/\\evil.example` leads to another site.
    is_plain = text.isprintable() and "\\" not in text
    if is_plain and text.startswith("/") and not text.startswith("//"):
        return text
    return "/"


def _sign_in_url(request: Request) -> str:
    if request.method != "GET" or request.url.path == "/":
        return "/sign-in"
    query = f"?{request.url.query}" if request.url.query else ""
    return "/sign-in?" + urlencode({"next": request.url.path + query})


def _require_token(form: dict[str, str], session: Session) -> None:
    if not hmac.compare_digest(form.get("csrf", "").encode(), session.csrf_token.encode()):
        raise HTTPException(403)


def _is_own_origin(request: Request) -> bool:
    """True unless the browser reports another origin.

    Every current browser sends Origin with a POST. A client that sends neither header is not a browser tricked by
    another site.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    parts = urlsplit(request.app.state.base_url)
    return origin == f"{parts.scheme}://{parts.netloc}" or origin.partition("://")[2] == request.headers.get("host")


def _is_https(request: Request) -> bool:
    return bool(request.app.state.base_url.startswith("https://"))
