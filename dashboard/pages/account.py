"""The account of the person who is signed in: what is stored about them, its correction, export and deletion."""

import json
from asyncio import to_thread
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.access import sessions
from dashboard.access.passwords import MIN_PASSWORD_LENGTH, SignInError
from dashboard.access.sessions import leave
from dashboard.language import gettext as _
from dashboard.pages import figures, forms, template
from dashboard.pages.forms import Form
from dashboard.services import services
from schema.people import accounts, browsers, users
from schema.people.browsers import SignedInBrowser
from schema.people.users import MAX_NAME_CHARACTERS, Session, UserError

# What a form of the page has done -> the sentence about it.
_DONE = {
    "password": language.later("The new password is stored. All other browsers are signed out."),
    "email": language.later("The new address is stored. Sign in with it from now on."),
}


class NameForm(Form, frozen=True):
    """Another name."""

    name: str


class EmailForm(Form, frozen=True):
    """Another address, and the password if the account has one."""

    email: str
    password: str


class DeleteForm(Form, frozen=True):
    """The address again, to confirm the deletion of the account."""

    confirmed: str


def show(request: Request, session: Session) -> Response:
    """Show the account."""
    return page(request, session, done=_DONE.get(request.query_params.get("done", ""), ""))


def rename(request: Request, session: Session) -> Response:
    """Store another name, or show the form again with the error."""
    name = forms.posted(request, NameForm).name
    try:
        users.set_name(services(request).control, session.user, name)
    except UserError as error:
        return page(request, session, name=name, name_problem=language.of_error(error))
    return RedirectResponse("/account#name", 303)


async def correct(request: Request, session: Session) -> Response:
    """Store another address, or show the form again with the error."""
    sent = forms.posted(request, EmailForm)
    try:
        await sessions.confirm(request, session.user, sent.password)
        await to_thread(accounts.correct, services(request).control, session.user, sent.email)
    except (SignInError, UserError) as error:
        problem = language.of_error(error)
        return await to_thread(page, request, session, email=sent.email, email_problem=problem)
    return RedirectResponse("/account?done=email#email", 303)


def export(request: Request, session: Session) -> Response:
    """Return everything that is stored about the user, as a JSON file."""
    stored = accounts.export(services(request).control, session.user)
    return Response(
        json.dumps(stored, ensure_ascii=False, indent=2) + "\n",
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="account.json"'},
    )


def delete(request: Request, session: Session) -> Response:
    """Delete the account and sign out, or show the form again with the error."""
    confirmed = forms.posted(request, DeleteForm).confirmed.strip().lower()
    try:
        if confirmed != session.user.email:
            raise UserError("Enter %(email)s to delete this account.", email=session.user.email)
        accounts.delete(services(request).control, session.user, may_be_last=False)
    except UserError as error:
        return page(request, session, delete_problem=language.of_error(error))
    return leave(request)


def page(
    request: Request,
    session: Session,
    *,
    name: str | None = None,
    email: str = "",
    done: str = "",
    name_problem: str = "",
    email_problem: str = "",
    password_problem: str = "",
    delete_problem: str = "",
) -> Response:
    """Return the page of an account. name, email, ...problem: of a form that is shown again."""
    control, now = services(request).control, services(request).clock()
    stored = accounts.export(control, session.user)
    return template.page(
        "account",
        session=session,
        own_name=session.user.name if name is None else name,
        email=email or session.user.email,
        done=_(done) if done else "",
        name_problem=name_problem,
        email_problem=email_problem,
        password_problem=password_problem,
        delete_problem=delete_problem,
        has_two_factor=services(request).second_factors.is_on(session.user),
        has_password=session.user.password_hash is not None,
        max_name_length=MAX_NAME_CHARACTERS,
        min_length=MIN_PASSWORD_LENGTH,
        browsers=list(map(_line, browsers.of_session(control, session, now=now))),
        created_on=_day(stored["created_at"]),
        last_sign_in_on=_day(stored["last_sign_in_at"] or stored["created_at"]),
        belongings=[
            (_("Segments of yours alone"), len(stored["segments"])),
            (_("Notes of yours alone"), len(stored["notes"])),
            (_("Changes in the audit log"), len(stored["changes"])),
        ],
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A browser that is signed in."""

    id: str
    name: str
    since: str
    used_on: str
    is_this: bool


def _line(browser: SignedInBrowser) -> Line:
    return Line(
        id=browser.id,
        name=_name(browser),
        since=figures.full_day(browser.since),
        used_on=figures.full_day(browser.used_on),
        is_this=browser.is_this,
    )


def _name(browser: SignedInBrowser) -> str:
    if browser.browser and browser.system:
        return _("%(browser)s on %(system)s", browser=browser.browser, system=browser.system)
    return browser.browser or browser.system or _("Unknown browser")


def _day(time_s: int) -> str:
    return figures.full_day(datetime.fromtimestamp(time_s, UTC).date())
