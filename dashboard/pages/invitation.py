"""Accept an invitation to a site: with the account of the browser, or with a new one."""

from asyncio import to_thread
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.access.passwords import MIN_PASSWORD_LENGTH, PasswordError, check_new_password
from dashboard.access.sessions import admit, own_form, present_session, require_token
from dashboard.language import gettext as _
from dashboard.pages import forms, template
from dashboard.pages.forms import Form
from dashboard.services import services
from schema.people import invitations
from schema.people.invitations import Invitation
from schema.people.roles import LABELS
from schema.people.users import Session, User, UserError
from schema.sites import sites
from schema.sites.sites import Site


class AccountForm(Form, frozen=True):
    """The account of somebody who has none yet."""

    email: str
    password: str
    repeated: str


def show(request: Request) -> Response:
    """Show the invitation. It stays valid until it is accepted."""
    session = present_session(request)
    if session:
        language.use(session.user.language)
    invitation, site = _invited(request)
    return _page(request, session, invitation, site) if invitation and site else _dead_link(session)


async def accept(request: Request) -> Response:
    """Accept the invitation as the signed-in person, or create an account and sign in."""
    form = await own_form(request)
    session = await to_thread(present_session, request)
    if session:
        language.use(session.user.language)
        require_token(form, session)
        return await to_thread(_accept, request, session)
    invitation, site = await to_thread(_invited, request)
    if invitation is None or site is None:
        return _dead_link(None)
    sent = forms.read(form, AccountForm)
    try:
        check_new_password(sent.password, sent.repeated)
        user = await to_thread(_new_account, request, sent.email)
    except PasswordError as error:
        return _page(request, None, invitation, site, email=sent.email, password_problem=language.of_error(error))
    except UserError as error:
        return _page(request, None, invitation, site, email=sent.email, email_problem=language.of_error(error))
    if user is None:
        return _dead_link(None)
    await services(request).passwords.choose(user, sent.password)
    return await to_thread(admit, request, user, to=f"/{site.domain}")


def _accept(request: Request, session: Session) -> Response:
    _invitation, site = _invited(request)
    server = services(request)
    token = request.path_params["token"]
    if site is None or not invitations.accept(server.control, token, session.user, now=server.clock()):
        return _dead_link(session)
    return RedirectResponse(f"/{site.domain}", 303)


def _new_account(request: Request, email: str) -> User | None:
    server = services(request)
    return invitations.accept_as_new(server.control, request.path_params["token"], email, now=server.clock())


def _invited(request: Request) -> tuple[Invitation | None, Site | None]:
    """Return the invitation that the path opens and its site, or None twice."""
    server = services(request)
    invitation = invitations.by_token(server.control, request.path_params["token"], now=server.clock())
    site = sites.by_id(server.control, invitation.site_id, now=server.clock()) if invitation else None
    return (invitation, site) if site else (None, None)


def _page(
    request: Request,
    session: Session | None,
    invitation: Invitation,
    site: Site,
    *,
    email: str = "",
    email_problem: str = "",
    password_problem: str = "",
) -> Response:
    return template.page(
        "invitation",
        session=session,
        site_title=site.title,
        sign_in_url="/sign-in?" + urlencode({"next": request.url.path}),
        role=_(LABELS[invitation.role]),
        invited_email=invitation.email,
        email=invitation.email or email,
        email_problem=email_problem,
        password_problem=password_problem,
        min_length=MIN_PASSWORD_LENGTH,
    )


def _dead_link(session: Session | None) -> Response:
    """Return one page for links that expired, were used or revoked, and for guesses: they do not differ."""
    return template.page(
        "error",
        session=session,
        site=None,
        status=404,
        heading=_("This invitation is no longer valid"),
        advice=_("An invitation works once, within 7 days. Ask the person who invited you for a new link."),
    )
