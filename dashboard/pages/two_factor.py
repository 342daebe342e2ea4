"""The second factor of an account: set it up with an app, get recovery codes, turn it off."""

from asyncio import to_thread
from collections.abc import Sequence
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.access import sessions
from dashboard.access.passwords import SignInError
from dashboard.access.second_factor import SecondFactorError
from dashboard.pages import figures, forms, qr_code, template
from dashboard.pages.forms import Form
from dashboard.services import services
from schema.people import two_factor
from schema.people.users import Session

_NO_CODES: Sequence[str] = ()


class SetUpForm(Form, frozen=True):
    """The code that the app shows for the secret of the page."""

    ticket: str
    code: str


class ConfirmForm(Form, frozen=True):
    """The password; a code where an account has none."""

    password: str
    code: str


def show(request: Request, session: Session) -> Response:
    """Show whether there is a second factor, and the form that sets it up or turns it off."""
    return _page(request, session)


def confirm(request: Request, session: Session) -> Response:
    """Turn the second factor on and show the recovery codes, or show the form again with the error."""
    sent = forms.posted(request, SetUpForm)
    factors = services(request).second_factors
    if factors.is_on(session.user):
        return RedirectResponse("/account/two-factor", 303)
    try:
        codes = factors.confirm(session.user, sent.ticket, sent.code)
    except SecondFactorError as error:
        return _page(request, session, ticket=sent.ticket, problem=language.of_error(error))
    return _page(request, session, new_codes=codes)


async def renew_codes(request: Request, session: Session) -> Response:
    """Show new recovery codes, or the form again with the error."""
    try:
        await _confirm(request, session)
    except SignInError as error:
        return await to_thread(_page, request, session, codes_problem=language.of_error(error))
    codes = await to_thread(services(request).second_factors.renew_codes, session.user)
    return await to_thread(_page, request, session, new_codes=codes)


async def turn_off(request: Request, session: Session) -> Response:
    """Turn the second factor off, or show the form again with the error."""
    try:
        if services(request).ways_in.needs_two_factor:
            raise SignInError("This server requires two-factor authentication.")
        await _confirm(request, session)
    except SignInError as error:
        return await to_thread(_page, request, session, off_problem=language.of_error(error))
    await to_thread(two_factor.turn_off, services(request).control, session.user)
    return RedirectResponse("/account#two-factor", 303)


async def _confirm(request: Request, session: Session) -> None:
    """Check who it is. Raises SignInError."""
    sent = forms.posted(request, ConfirmForm)
    if session.user.password_hash is not None:
        await sessions.confirm(request, session.user, sent.password)
    else:
        await sessions.check_code(request, session.user, sent.code)


def _page(
    request: Request,
    session: Session,
    *,
    ticket: str = "",
    problem: str = "",
    codes_problem: str = "",
    off_problem: str = "",
    new_codes: Sequence[str] = _NO_CODES,
) -> Response:
    server = services(request)
    factor = two_factor.of_user(server.control, session.user.id)
    set_up = None if factor else server.second_factors.begin(session.user, ticket)
    return template.page(
        "two_factor",
        session=session,
        set_up=set_up,
        code=qr_code.svg(set_up.url) if set_up else "",
        since=figures.full_day(datetime.fromtimestamp(factor.since, UTC).date()) if factor else "",
        codes_left=factor.codes_left if factor else 0,
        new_codes=new_codes,
        problem=problem,
        codes_problem=codes_problem,
        off_problem=off_problem,
        is_required=server.ways_in.needs_two_factor,
        has_password=session.user.password_hash is not None,
    )
