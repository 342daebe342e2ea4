"""The account of the person who is signed in: what is stored about them, its correction, export and deletion."""

import json
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.access.sessions import leave
from dashboard.language import gettext as _
from dashboard.pages import figures, forms, template
from dashboard.pages.forms import Form
from dashboard.services import services
from schema.people import accounts
from schema.people.users import Session, UserError


class EmailForm(Form, frozen=True):
    """Another address."""

    email: str


class DeleteForm(Form, frozen=True):
    """The address again, to confirm the deletion of the account."""

    confirmed: str


def show(request: Request, session: Session) -> Response:
    """Show the account."""
    return _page(request, session)


def correct(request: Request, session: Session) -> Response:
    """Store another address, or show the form again with the error."""
    email = forms.posted(request, EmailForm).email
    try:
        accounts.correct(services(request).control, session.user, email)
    except UserError as error:
        return _page(request, session, email=email, email_problem=language.of_error(error))
    return RedirectResponse("/account#email", 303)


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
        return _page(request, session, delete_problem=language.of_error(error))
    return leave(request)


def _page(
    request: Request, session: Session, *, email: str = "", email_problem: str = "", delete_problem: str = ""
) -> Response:
    stored = accounts.export(services(request).control, session.user)
    return template.page(
        "account",
        session=session,
        email=email or session.user.email,
        email_problem=email_problem,
        delete_problem=delete_problem,
        created_on=_day(stored["created_at"]),
        last_sign_in_on=_day(stored["last_sign_in_at"] or stored["created_at"]),
        belongings=[
            (_("Segments of yours alone"), len(stored["segments"])),
            (_("Notes of yours alone"), len(stored["notes"])),
            (_("Changes in the audit log"), len(stored["changes"])),
            (_("Browsers that are signed in"), len(stored["sessions"])),
        ],
    )


def _day(time_s: int) -> str:
    return figures.full_day(datetime.fromtimestamp(time_s, UTC).date())
