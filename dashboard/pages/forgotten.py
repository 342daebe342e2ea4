"""A forgotten password: a mail with a link where there is a mail server, otherwise the command that prints one.

The answer is the same whether an address has an account or not, and as fast: the mail is sent after it.
"""

import logging

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.access.passwords import SignInRefusedError
from dashboard.access.sessions import own_form
from dashboard.language import gettext as _
from dashboard.mail.mailer import MailError
from dashboard.pages import forms, template
from dashboard.pages.forms import Form
from dashboard.services import Services, services
from schema.people import users

_log = logging.getLogger(__name__)


class ForgottenForm(Form, frozen=True):
    """The address of an account."""

    email: str


def form(request: Request) -> Response:
    """Show the form. Without a mail server, show the command instead."""
    return _page(request)


async def submit(request: Request) -> Response:
    """Send a mail with a link if the address has an account, and say the same if it has not."""
    email = forms.read(await own_form(request), ForgottenForm).email
    server = services(request)
    if server.mailer is None:
        return _page(request)
    try:
        server.passwords.count_mail(email, client=server.client_address(request.scope))
    except SignInRefusedError as error:
        page = _page(request, email=email, problem=language.of_error(error), status=error.status)
        page.headers["Retry-After"] = str(error.retry_after_s)
        return page
    answer = _page(request, is_sent=True)
    answer.background = BackgroundTask(_send, server, email, language.current())
    return answer


def _send(server: Services, email: str, code: str) -> None:
    """Send the link to an address that has an account. code: language of the request."""
    user = users.by_email(server.control, email)
    if user is None or server.mailer is None:
        return
    language.use(user.language or code)
    token = users.make_link(server.control, user, now=server.clock(), lifetime_s=users.MAILED_LINK_LIFETIME_S)
    text = _(
        "Somebody asked for a new password for your account at %(server)s. Open this link within an hour to choose"
        " one:\n\n%(link)s\n\nIf it was not you, ignore this mail: your password stays as it is.\n",
        server=server.base_url,
        link=f"{server.base_url}/sign-in/{token}",
    )
    try:
        server.mailer.send(user.email, _("Choose a new password"), text)
    except MailError:
        # Its message may contain the address of the user.
        _log.error("A mail with a sign-in link could not be sent. `sillage mail test ADDRESS` shows why.")


def _page(
    request: Request, *, email: str = "", problem: str = "", is_sent: bool = False, status: int | None = None
) -> Response:
    return template.page(
        "forgotten",
        session=None,
        status=status,
        sends_mail=services(request).mailer is not None,
        is_sent=is_sent,
        email=email,
        problem=problem,
    )
