"""The passkeys of an account: list, add and remove them."""

from datetime import UTC, datetime
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.access import passkeys as access
from dashboard.access import sessions
from dashboard.language import gettext as _
from dashboard.pages import figures, forms, removal, template
from dashboard.pages.forms import Form
from dashboard.pages.removal import Question
from dashboard.services import services
from schema.people import passkeys
from schema.people.passkeys import MAX_NAME_CHARACTERS, PasskeyError
from schema.people.users import Session


class PasskeyForm(Form, frozen=True):
    """A name, and what the script of the page got from the browser."""

    name: str
    ticket: str
    credential: str


class Line(NamedTuple):
    """A passkey, as shown."""

    id: int
    name: str
    since: str


def show(request: Request, session: Session) -> Response:
    """Show the passkeys and the form that adds one."""
    return _page(request, session)


def add(request: Request, session: Session) -> Response:
    """Store a passkey, or show the form again with the error."""
    sent, server = forms.posted(request, PasskeyForm), services(request)
    try:
        access.register(
            server.control,
            server.second_factors,
            sessions.origin_of(request),
            session.user,
            ticket=sent.ticket,
            credential=sent.credential,
            name=sent.name,
        )
    except PasskeyError as error:
        return _page(request, session, name=sent.name, problem=language.of_error(error))
    return RedirectResponse("/account/passkeys", 303)


def remove(request: Request, session: Session) -> Response:
    """Ask whether to remove a passkey, then remove it."""
    control = services(request).control
    present = passkeys.of_user(control, session.user)
    passkey = next((one for one in present if one.id == request.path_params["id"]), None)
    if passkey is None:
        raise HTTPException(404)
    if not removal.is_confirmed(request):
        question = Question(
            title=_("Remove the passkey %(name)s?", name=passkey.name),
            verb=_("Remove"),
            back="/account/passkeys",
            consequences=[_("It then no longer signs you in. Delete it in your browser or phone, too.")],
        )
        return removal.ask(session, question)
    passkeys.remove(control, passkey)
    return removal.done("/account/passkeys", present, passkey)


def _page(request: Request, session: Session, *, name: str = "", problem: str = "") -> Response:
    server = services(request)
    question = access.ask_new(server.control, server.second_factors, sessions.origin_of(request), session.user)
    lines = [
        Line(one.id, one.name, figures.full_day(datetime.fromtimestamp(one.created_at, UTC).date()))
        for one in passkeys.of_user(server.control, session.user)
    ]
    return template.page(
        "account_passkeys",
        session=session,
        lines=lines,
        removed=removal.position(request),
        question=question,
        own_name=name,
        max_name_length=MAX_NAME_CHARACTERS,
        problem=problem,
    )
