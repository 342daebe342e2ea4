"""Sign in with e-mail and password or with a link that works once, and sign out."""

from asyncio import to_thread

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.access.passwords import (
    MIN_PASSWORD_LENGTH,
    PasswordError,
    SignInError,
    SignInRefusedError,
    check_new_password,
)
from dashboard.access.sessions import (
    browser_cookie_name,
    enter,
    leave,
    local_path,
    own_form,
    present_session,
)
from dashboard.pages import template
from dashboard.services import services
from schema.sites import users
from schema.sites.users import Link, Session, User, UserError
from schema.stores.control import Control


def form(request: Request) -> Response:
    """Show the form, or go to the next page if the browser is signed in."""
    next_path = local_path(request.query_params.get("next", "/"))
    if present_session(request):
        return RedirectResponse(next_path, 303)
    return _form(next_path)


async def submit(request: Request) -> Response:
    """Sign in, or show the form again with the error."""
    fields = await own_form(request)
    next_path, email = local_path(fields.get("next", "/")), fields.get("email", "")
    try:
        user = await services(request).passwords.check(
            email,
            fields.get("password", ""),
            client=services(request).client_address(request.scope),
            cookie=request.cookies.get(browser_cookie_name(request), ""),
        )
    except SignInRefusedError as error:
        page = _form(next_path, status=error.status, email=email, problem=str(error))
        page.headers["Retry-After"] = str(error.retry_after_s)
        return page
    except SignInError as error:
        return _form(next_path, status=403, email=email, problem=str(error))
    return await to_thread(enter, request, user, to=next_path)


def link(request: Request) -> Response:
    """Show the form of a sign-in link. The link stays valid until the form is sent."""
    sign_in_link = users.find_link(
        services(request).control, request.path_params["token"], now=services(request).clock()
    )
    return _link_form(sign_in_link) if sign_in_link else _dead_link()


async def use_link(request: Request) -> Response:
    """Use a link: create the user if it is the first one, store the password, sign in."""
    fields = await own_form(request)
    control = services(request).control
    token, now = request.path_params["token"], services(request).clock()
    sign_in_link = await to_thread(users.find_link, control, token, now=now)
    if sign_in_link is None:
        return _dead_link()
    email, password = fields.get("email", ""), fields.get("password", "")
    try:
        check_new_password(password, fields.get("repeated", ""))
        user = await to_thread(_redeem, control, sign_in_link, token, email, now=now)
    except PasswordError as error:
        return _link_form(sign_in_link, status=422, email=email, password_problem=str(error))
    except UserError as error:
        return _link_form(sign_in_link, status=422, email=email, email_problem=str(error))
    if user is None:
        return _dead_link()
    await services(request).passwords.choose(user, password)
    return await to_thread(enter, request, user, to="/")


def sign_out(request: Request, _session: Session) -> Response:
    """End the session of this browser."""
    return leave(request)


def _redeem(control: Control, sign_in_link: Link, token: str, email: str, *, now: float) -> User | None:
    """Return the user of a link and invalidate it; None if it was used in the meantime. Raises UserError."""
    # A bad or taken address must leave the link valid.
    if sign_in_link.user is None and users.by_email(control, users.normal_email(email)):
        raise UserError(f"{email} already has an account.")
    if not users.use_link(control, token, now=now):
        return None
    return sign_in_link.user or users.add(control, email, now=now)


def _form(next_path: str, *, status: int = 200, email: str = "", problem: str = "") -> Response:
    return template.page("sign_in", session=None, status=status, next_path=next_path, email=email, problem=problem)


def _link_form(
    sign_in_link: Link, *, status: int = 200, email: str = "", email_problem: str = "", password_problem: str = ""
) -> Response:
    return template.page(
        "sign_in_link",
        session=None,
        status=status,
        user_email=sign_in_link.user.email if sign_in_link.user else "",
        email=email,
        email_problem=email_problem,
        password_problem=password_problem,
        min_length=MIN_PASSWORD_LENGTH,
    )


def _dead_link() -> Response:
    return template.page(
        "error",
        session=None,
        site=None,
        status=404,
        heading="This link is no longer valid",
        advice="A sign-in link works once, within one day. Ask the administrator of this server for a new one.",
    )
