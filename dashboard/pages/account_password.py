"""Change the password of an account. All other browsers are signed out."""

from asyncio import to_thread

from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.access import sessions
from dashboard.access.passwords import PasswordError, SignInError, check_new_password
from dashboard.pages import account, forms
from dashboard.pages.forms import Form
from dashboard.services import services
from schema.people.users import Session


class PasswordForm(Form, frozen=True):
    """The current password, if there is one, and the new one twice."""

    present: str
    password: str
    repeated: str


async def change(request: Request, session: Session) -> Response:
    """Store a new password and sign in anew, or show the form again with the error."""
    sent = forms.posted(request, PasswordForm)
    try:
        check_new_password(sent.password, sent.repeated)
        await sessions.confirm(request, session.user, sent.present)
    except (PasswordError, SignInError) as error:
        problem = language.of_error(error)
        return await to_thread(account.page, request, session, password_problem=problem)
    await services(request).passwords.choose(session.user, sent.password)
    return await to_thread(sessions.enter, request, session.user, to="/account?done=password#password")
