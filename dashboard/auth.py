"""Who is asking: passwords, the session cookie, and the guards against forged forms.

A form is believed when it comes from our own origin; once somebody is signed in, also only with the token of their
session. Failures are counted by e-mail address, in memory, never by network address.
"""

import asyncio
import functools
import hmac
import secrets
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schema import users
from schema.control import Control
from schema.users import Session, User

MIN_PASSWORD_LENGTH = 10
MAX_PASSWORD_LENGTH = 1024
MAX_FAILURES = 10
FAILURE_WINDOW_S = 15 * 60
MAX_COUNTED_ADDRESSES = 10_000
HASHES_AT_ONCE = 2  # each takes 64 MiB and a core

SessionPage = Callable[[Request, Session], Response]


class SignInError(ValueError):
    """Somebody can't be signed in; the message is for them."""


class TooManyFailuresError(SignInError):
    """The address has to wait; the message is for who asked."""


class PasswordError(ValueError):
    """A password can't be chosen; the message is for who chose it."""


class Failures:
    """Failed sign-ins by e-mail address within the last 15 minutes."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def count(self, email: str) -> int:
        """Return how many sign-ins of an address failed lately."""
        times = self._times.get(email, deque())
        while times and times[0] <= self._clock() - FAILURE_WINDOW_S:
            times.popleft()
        return len(times)

    def add(self, email: str) -> None:
        """Count one more; the address that failed longest ago is forgotten when there are too many."""
        self._times.setdefault(email, deque()).append(self._clock())
        self._times.move_to_end(email)
        if len(self._times) > MAX_COUNTED_ADDRESSES:
            self._times.popitem(last=False)

    def forget(self, email: str) -> None:
        self._times.pop(email, None)


class Passwords:
    """Checks and stores passwords as argon2id, at most two at a time, off the event loop."""

    def __init__(self, control: Control, clock: Callable[[], float], hasher: PasswordHasher) -> None:
        self._control = control
        self._failures = Failures(clock)
        self._hasher = hasher
        self._threads = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="argon2")

    async def check(self, email: str, password: str) -> User:
        """Return the user of an address and password. Raises SignInError, the same for whatever was wrong."""
        email = email.strip().lower()[:254]
        if self._failures.count(email) >= MAX_FAILURES:
            raise TooManyFailuresError(
                "Too many failed sign-ins for this address. Wait 15 minutes, or ask whoever runs this server for a"
                " new sign-in link."
            )
        # Counted before the slow part: a hundred tries at the same moment are a hundred tries.
        self._failures.add(email)
        user = await asyncio.get_running_loop().run_in_executor(self._threads, self._verified, email, password)
        if user is None:
            raise SignInError("That e-mail address and password do not belong together.")
        self._failures.forget(email)
        return user

    async def choose(self, user: User, password: str) -> None:
        """Store a new password; every session of the user ends."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self._store, user, password)

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
        """A hash of no known password: checked for unknown addresses, so that they take as long as known ones."""
        return self._hasher.hash(secrets.token_urlsafe())

    def _store(self, user: User, password: str) -> None:
        users.set_password(self._control, user, self._hasher.hash(password))
        self._failures.forget(user.email)


def check_new_password(password: str, repeated: str) -> None:
    """Raise PasswordError for a password that is too short, too long, or not typed twice alike."""
    if len(password) < MIN_PASSWORD_LENGTH:
        raise PasswordError(f"Choose at least {MIN_PASSWORD_LENGTH} characters.")
    if len(password) > MAX_PASSWORD_LENGTH:
        raise PasswordError(f"Choose at most {MAX_PASSWORD_LENGTH} characters.")
    if password != repeated:
        raise PasswordError("The two passwords are not the same.")


def signed_in(page: SessionPage) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that runs `page` in a thread for who is signed in, and sends others to sign in.

    A POST is answered only when it comes from a form of that session; `request.state.form` has its fields.
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
    """Return the session of a request's cookie, or None."""
    token = request.cookies.get(cookie_name(request))
    return users.find_session(request.app.state.control, token) if token else None


async def own_form(request: Request) -> dict[str, str]:
    """Return the fields of a posted form. Raises HTTPException (403) when a page of somebody else posted it."""
    if not _is_own_origin(request):
        raise HTTPException(403)
    form = await request.form(max_files=0, max_fields=20)
    return {name: value for name, value in form.items() if isinstance(value, str)}


def enter(request: Request, user: User, *, to: str) -> Response:
    """Return the answer that signs a user in and leads to a page of ours."""
    response = RedirectResponse(to, 303)
    response.set_cookie(
        cookie_name(request),
        users.start_session(request.app.state.control, user),
        max_age=users.SESSION_LIFETIME_S,
        secure=_is_https(request),
        httponly=True,
        samesite="lax",
    )
    return response


def leave(request: Request) -> Response:
    """Return the answer that ends the session of a request and leads to the sign-in page."""
    users.end_session(request.app.state.control, request.cookies.get(cookie_name(request), ""))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(cookie_name(request), secure=_is_https(request), httponly=True, samesite="lax")
    return response


def cookie_name(request: Request) -> str:
    # A browser takes a __Host- cookie only over https, for this host alone.
    return "__Host-sillage_session" if _is_https(request) else "sillage_session"


def local_path(text: str) -> str:
    """Return text when it is a path on this server, else the start page."""
    # Browsers read backslashes as slashes, and skip tabs and line ends: `/\\evil.example` leads away.
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
    """True unless the browser says that the request comes from another origin.

    Every browser of today sends Origin with a POST; what sends neither header is not a browser led astray.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    parts = urlsplit(request.app.state.base_url)
    return origin == f"{parts.scheme}://{parts.netloc}" or origin.partition("://")[2] == request.headers.get("host")


def _is_https(request: Request) -> bool:
    return bool(request.app.state.base_url.startswith("https://"))
