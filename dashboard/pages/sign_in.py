"""Sign in with e-mail and password or with a link that works once, and sign out."""

from asyncio import to_thread

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.access import passkeys, sessions
from dashboard.access.passwords import (
    MIN_PASSWORD_LENGTH,
    PasswordError,
    SignInError,
    SignInRefusedError,
    check_new_password,
)
from dashboard.access.sessions import (
    admit,
    browser_cookie_name,
    enter,
    leave,
    local_path,
    own_form,
    present_session,
)
from dashboard.language import gettext as _
from dashboard.pages import forms, template
from dashboard.pages.forms import Form
from dashboard.services import services
from schema.people import users
from schema.people.passkeys import PasskeyError
from schema.people.users import Link, Session, User, UserError
from schema.stores.control import Control


class SignInForm(Form, frozen=True):
    """How a person signs in."""

    next: str  # path to go to
    email: str
    password: str


class PasskeyForm(Form, frozen=True):
    """What the script of the page got from the browser."""

    next: str  # path to go to
    ticket: str
    credential: str


class LinkForm(Form, frozen=True):
    """A new password, and the address of a first user."""

    email: str
    password: str
    repeated: str


def form(request: Request) -> Response:
    """Show the form, or go to the next page if the browser is signed in."""
    next_path = local_path(request.query_params.get("next", "/"))
    if present_session(request):
        return RedirectResponse(next_path, 303)
    return page(request, next_path)


async def submit_passkey(request: Request) -> Response:
    """Sign in with a passkey, or show the form again with the error."""
    sent = forms.read(await own_form(request), PasskeyForm)
    server = services(request)
    try:
        user = await to_thread(
            passkeys.sign_in,
            server.control,
            server.second_factors,
            sessions.origin_of(request),
            ticket=sent.ticket,
            credential=sent.credential,
        )
    except PasskeyError as error:
        return page(request, local_path(sent.next), status=403, problem=language.of_error(error))
    # A passkey is two factors.
    return await to_thread(enter, request, user, to=local_path(sent.next))


async def submit(request: Request) -> Response:
    """Sign in, or show the form again with the error."""
    sent = forms.read(await own_form(request), SignInForm)
    next_path, email = local_path(sent.next), sent.email
    try:
        user = await services(request).passwords.check(
            email,
            sent.password,
            client=services(request).client_address(request.scope),
            cookie=request.cookies.get(browser_cookie_name(request), ""),
        )
    except SignInRefusedError as error:
        refusal = page(request, next_path, status=error.status, email=email, problem=language.of_error(error))
        refusal.headers["Retry-After"] = str(error.retry_after_s)
        return refusal
    except SignInError as error:
        return page(request, next_path, status=403, email=email, problem=language.of_error(error))
    return await to_thread(admit, request, user, to=next_path)


def link(request: Request) -> Response:
    """Show the form of a sign-in link. The link stays valid until the form is sent."""
    sign_in_link = users.find_link(
        services(request).control, request.path_params["token"], now=services(request).clock()
    )
    return _link_form(sign_in_link) if sign_in_link else _dead_link()


async def use_link(request: Request) -> Response:
    """Use a link: create the user if it is the first one, store the password, sign in."""
    sent = forms.read(await own_form(request), LinkForm)
    control = services(request).control
    token, now = request.path_params["token"], services(request).clock()
    sign_in_link = await to_thread(users.find_link, control, token, now=now)
    if sign_in_link is None:
        return _dead_link()
    email = sent.email
    try:
        check_new_password(sent.password, sent.repeated)
        user = await to_thread(_redeem, control, sign_in_link, token, email, now=now)
    except PasswordError as error:
        return _link_form(sign_in_link, email=email, password_problem=language.of_error(error))
    except UserError as error:
        return _link_form(sign_in_link, email=email, email_problem=language.of_error(error))
    if user is None:
        return _dead_link()
    await services(request).passwords.choose(user, sent.password)
    return await to_thread(admit, request, user, to="/")


def sign_out(request: Request, _session: Session) -> Response:
    """End the session of this browser."""
    return leave(request)


def _redeem(control: Control, sign_in_link: Link, token: str, email: str, *, now: float) -> User | None:
    """Return the user of a link and invalidate it; None if it was used in the meantime. Raises UserError."""
    # A bad or taken address must leave the link valid.
    if sign_in_link.user is None and users.by_email(control, users.normal_email(email)):
        raise UserError("%(email)s already has an account.", email=email)
    if not users.use_link(control, token, now=now):
        return None
    return sign_in_link.user or users.add(control, email, now=now, is_owner=True)


def page(request: Request, next_path: str, *, status: int = 200, email: str = "", problem: str = "") -> Response:
    """Return the page with the form. next_path: where to go then."""
    provider = services(request).ways_in.provider
    passkey = passkeys.ask(services(request).second_factors, sessions.origin_of(request))
    return template.page(
        "sign_in",
        session=None,
        status=status,
        next_path=next_path,
        email=email,
        problem=problem,
        passkey=passkey,
        provider=provider.client.label if provider else "",
    )


def _link_form(sign_in_link: Link, *, email: str = "", email_problem: str = "", password_problem: str = "") -> Response:
    return template.page(
        "sign_in_link",
        session=None,
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
        heading=_("This link is no longer valid"),
        advice=_("A sign-in link works once, and for a short time. Ask for a new one where you sign in."),
    )
