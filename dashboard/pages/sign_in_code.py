"""The second step of a sign-in: a code of the app, or a recovery code."""

from asyncio import to_thread

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.access import sessions
from dashboard.access.passwords import SignInError, SignInRefusedError
from dashboard.pages import forms, template
from dashboard.pages.forms import Form
from dashboard.services import services
from schema.people import two_factor
from schema.people.two_factor import HalfSignIn


class CodeForm(Form, frozen=True):
    """A code of the app or a recovery code."""

    code: str


def form(request: Request) -> Response:
    """Show the form to people whose password was right. Others go to the first step."""
    return _form() if _half(request) else RedirectResponse("/sign-in", 303)


async def submit(request: Request) -> Response:
    """Sign in, or show the form again with the error."""
    sent = forms.read(await sessions.own_form(request), CodeForm)
    half = await to_thread(_half, request)
    if half is None:
        return RedirectResponse("/sign-in", 303)
    try:
        await sessions.check_code(request, half.user, sent.code)
    except SignInRefusedError as error:
        page = _form(status=error.status, problem=language.of_error(error))
        page.headers["Retry-After"] = str(error.retry_after_s)
        return page
    except SignInError as error:
        return _form(status=403, problem=language.of_error(error))
    return await to_thread(_enter, request, half)


def _enter(request: Request, half: HalfSignIn) -> Response:
    if not two_factor.end(services(request).control, request.cookies.get(sessions.half_cookie_name(request), "")):
        return RedirectResponse("/sign-in", 303)
    response = sessions.enter(request, half.user, to=half.next)
    sessions.forget_cookie(request, response, sessions.half_cookie_name(request))
    return response


def _half(request: Request) -> HalfSignIn | None:
    token, server = request.cookies.get(sessions.half_cookie_name(request)), services(request)
    return two_factor.find(server.control, token, now=server.clock()) if token else None


def _form(*, status: int = 200, problem: str = "") -> Response:
    return template.page("sign_in_code", session=None, status=status, problem=problem)
