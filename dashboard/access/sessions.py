"""The session cookie, and protection against forged forms.

A form must come from our own origin and, once a user is signed in, carry the token of the session. passwords.py checks
passwords.
"""

import asyncio
import functools
import hmac
import inspect
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import cast
from urllib.parse import urlencode, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.access.known_browsers import LIFETIME_S
from dashboard.access.passkeys import Origin
from dashboard.access.passwords import SignInError, SignInRefusedError
from dashboard.services import services
from schema.people import browsers, members, two_factor, users
from schema.people.roles import Right
from schema.people.users import Session, User
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.cancellation import Ticket, under
from schema.stores.control import ControlUnavailableError

SessionPage = Callable[[Request, Session], Response]
PostedPage = Callable[[Request, Session], Awaitable[Response]]  # for forms whose answer needs more than one thread


class NotAllowedError(HTTPException):
    """A signed-in person lacks the right that a page needs (403)."""

    def __init__(self, right: Right) -> None:
        super().__init__(403, "Your role does not allow this.")
        self.right = right


def signed_in(
    page: SessionPage | PostedPage, *, needs: Right, before_two_factor: bool = False
) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that runs `page` in a thread for people with a right. Others go to the sign-in page.

    A site that a person may not view does not exist for them (404). With a lesser right than the page needs, they get
    403. A POST must come from a form of the session. Its fields are in `request.state.form`. before_two_factor: the
    page is also for people who must set up a second factor before anything else.
    """

    @functools.wraps(page)
    async def endpoint(request: Request) -> Response:
        present = await asyncio.to_thread(present_session, request)
        if present is None:
            return RedirectResponse(_sign_in_url(request), 303)
        language.use(present.user.language)
        if not before_two_factor and await asyncio.to_thread(_lacks_two_factor, request, present.user):
            return RedirectResponse("/account/two-factor", 303)
        session = await asyncio.to_thread(permitted, request, present, needs)
        if request.method == "POST":
            request.state.form = await own_form(request)
            require_token(request.state.form, session)
            return await _posted(page, request, session)
        return await unless_left(request, functools.partial(cast("SessionPage", page), request, session))

    return endpoint


def _lacks_two_factor(request: Request, user: User) -> bool:
    server = services(request)
    return server.ways_in.needs_two_factor and not server.second_factors.is_on(user)


def permitted(request: Request, session: Session, needs: Right) -> Session:
    """Return the session with the role on the site of the request, which is then in `request.state.site`.

    Raises HTTPException: 404 for a site that the person may not view, NotAllowedError without the right.
    """
    if "domain" in request.path_params:
        server = services(request)
        site = sites.by_domain(server.control, request.path_params["domain"], now=server.clock())
        session = on_site(request, session, site)
        if site is None or not session.may(Right.VIEW):
            raise HTTPException(404)
        request.state.site = site
    if not session.may(needs):
        raise NotAllowedError(needs)
    return session


def on_site(request: Request, session: Session, site: Site | None) -> Session:
    """Return the session with the role of the person on a site."""
    role = members.role_of(services(request).control, site.id, session.user.id) if site else None
    return replace(session, role=role)


async def _posted(page: SessionPage | PostedPage, request: Request, session: Session) -> Response:
    """Return the answer to a form. Only a coroutine runs on the event loop."""
    if inspect.iscoroutinefunction(page):
        return await cast("PostedPage", page)(request, session)
    return await asyncio.to_thread(cast("SessionPage", page), request, session)


async def unless_left(request: Request, answer: Callable[[], Response]) -> Response:
    """Return the answer from a thread. Raises ClientDisconnect, and stops its queries, if the client leaves before."""
    ticket = Ticket()
    with under(ticket):
        answering = asyncio.ensure_future(asyncio.to_thread(answer))
    leaving = asyncio.ensure_future(_left(request))
    await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    if answering.done():
        return answering.result()
    answering.add_done_callback(lambda ended: ended.exception())  # the client has left
    await asyncio.to_thread(services(request).database.cancel, ticket)
    raise ClientDisconnect


async def _left(request: Request) -> None:
    """Return when the client of a request without a body has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def present_session(request: Request) -> Session | None:
    """Return the session that a request's cookie names, or None."""
    token, server = request.cookies.get(cookie_name(request)), services(request)
    session = users.find_session(server.control, token, now=server.clock()) if token else None
    if session:
        with suppress(ControlUnavailableError):  # a page can be read while nothing can be written
            browsers.note_use(server.control, session, now=server.clock())
    return session


async def confirm(request: Request, user: User, password: str) -> None:
    """Check the password of a signed-in person, unless the account has none. Raises SignInError."""
    if user.password_hash is None:
        return
    try:
        await services(request).passwords.check(
            user.email,
            password,
            client=services(request).client_address(request.scope),
            cookie=request.cookies.get(browser_cookie_name(request), ""),
        )
    except SignInRefusedError:
        raise
    except SignInError:
        raise SignInError("This is not your current password.") from None


async def own_form(request: Request) -> dict[str, str]:
    """Return the fields of a posted form. Raises HTTPException (403) if another site posted it."""
    if not _is_own_origin(request):
        raise HTTPException(403)
    form = await request.form(max_files=0, max_fields=20)
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def check_code(request: Request, user: User, code: str) -> None:
    """Check a code of the second factor of a user, and use it. Raises SignInError."""
    await services(request).second_factors.check(
        user,
        code,
        client=services(request).client_address(request.scope),
        cookie=request.cookies.get(browser_cookie_name(request), ""),
    )


def admit(request: Request, user: User, *, to: str) -> Response:
    """Return the response after the first factor: to the form for the second one, or else signed in."""
    server = services(request)
    if not server.second_factors.is_on(user):
        return enter(request, user, to=to)
    token = two_factor.begin(server.control, user, next_path=to, now=server.clock())
    response = RedirectResponse("/sign-in/code", 303)
    set_short_cookie(request, response, half_cookie_name(request), token, two_factor.HALF_SIGN_IN_LIFETIME_S)
    return response


def enter(request: Request, user: User, *, to: str) -> Response:
    """Return the response that signs a user in, marks the browser as known, and redirects to a page.

    The session is always a new one, and the earlier one of the browser ends: nobody can plant a session in advance.
    """
    server = services(request)
    browser_name, system = server.ways_in.browser_of(request.headers.get("user-agent", ""))
    users.end_session(server.control, request.cookies.get(cookie_name(request), ""))
    session = users.start_session(server.control, user, now=server.clock(), browser=browser_name, system=system)
    browser = server.passwords.remember(user)
    response = RedirectResponse(to, 303)
    for name, value, lifetime_s in (
        (cookie_name(request), session, users.SESSION_LIFETIME_S),
        (browser_cookie_name(request), browser, LIFETIME_S),
    ):
        response.set_cookie(name, value, max_age=lifetime_s, secure=is_https(request), httponly=True, samesite="lax")
    return response


def leave(request: Request) -> Response:
    """Return the response that ends the session of a request and redirects to the sign-in page."""
    users.end_session(services(request).control, request.cookies.get(cookie_name(request), ""))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(cookie_name(request), secure=is_https(request), httponly=True, samesite="lax")
    # Nothing of the pages stays on a shared computer. The cookie of a known browser does, so that nobody is locked out.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def origin_of(request: Request) -> Origin:
    """Return where the browser found this server. A browser lies about neither, and keeps passkeys apart by host."""
    parts = urlsplit(services(request).base_url)
    authority = request.headers.get("host", parts.netloc)
    if authority.partition(":")[0] == parts.hostname:
        authority = parts.netloc or authority
    host = urlsplit(f"//{authority}").hostname or ""
    return Origin(request.headers.get("origin") or f"{parts.scheme}://{authority}", host)


def cookie_name(request: Request) -> str:
    # Browsers accept a __Host- cookie only over https, for this host alone.
    return "__Host-sillage_session" if is_https(request) else "sillage_session"


def browser_cookie_name(request: Request) -> str:
    return "__Host-sillage_browser" if is_https(request) else "sillage_browser"


def set_short_cookie(request: Request, response: Response, name: str, value: str, lifetime_s: int) -> None:
    """Set a cookie of a sign-in that is not complete."""
    response.set_cookie(name, value, max_age=lifetime_s, secure=is_https(request), httponly=True, samesite="lax")


def forget_cookie(request: Request, response: Response, name: str) -> None:
    """Delete such a cookie."""
    response.delete_cookie(name, secure=is_https(request), httponly=True, samesite="lax")


def provider_cookie_name(request: Request) -> str:
    return "__Host-sillage_provider" if is_https(request) else "sillage_provider"


def half_cookie_name(request: Request) -> str:
    return "__Host-sillage_half" if is_https(request) else "sillage_half"


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


def require_token(form: dict[str, str], session: Session) -> None:
    """Raise HTTPException (403) unless a form carries the token of the session."""
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
    parts = urlsplit(services(request).base_url)
    return origin == f"{parts.scheme}://{parts.netloc}" or origin.partition("://")[2] == request.headers.get("host")


def is_https(request: Request) -> bool:
    """Return whether browsers reach this server over https."""
    return bool(services(request).base_url.startswith("https://"))
