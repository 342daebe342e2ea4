"""The people of a site: members with their roles, and invitations."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.access.sessions import NotAllowedError
from dashboard.language import gettext as _
from dashboard.language import later
from dashboard.mail.mailer import MailError
from dashboard.pages import figures, forms, removal, template, whole_number
from dashboard.pages.forms import Form
from dashboard.pages.settings import existing, site_of
from dashboard.services import services
from schema.people import invitations, members
from schema.people.invitations import Invitation, InvitationError
from schema.people.members import Member
from schema.people.roles import LABELS, Right, Role, grantable
from schema.people.users import Session
from schema.sites.sites import Site

HERE = "/people"
PER_PAGE = 50
MOST_INVITATIONS = 100
MOST_SEARCH_CHARACTERS = 254
DUTIES = {
    Role.VIEWER: later("Sees the reports, and keeps notes and segments of their own"),
    Role.EDITOR: later("Also changes goals, funnels, properties, segments and notes"),
    Role.ADMIN: later("Also changes people, exclusions, privacy and general settings"),
    Role.OWNER: later("Also deletes data and changes the domain"),
}


class InvitationForm(Form, frozen=True):
    """Somebody to invite."""

    email: str  # empty: anybody who has the link
    role: str
    mail: bool  # send the link by mail


class RoleForm(Form, frozen=True):
    """Another role of a member."""

    role: str


@dataclass(frozen=True, slots=True)
class MemberLine:
    id: int
    name: str
    role: str
    last_sign_in: str
    may_change: bool


@dataclass(frozen=True, slots=True)
class InvitationLine:
    id: int
    name: str
    role: str
    link: str  # how long it works
    may_change: bool


@dataclass(frozen=True, slots=True)
class NewLink:
    """An invitation that was just made. Its link is shown once."""

    name: str
    url: str
    sent_to: str = ""
    problem: str = ""  # why it was not sent


def show(request: Request, session: Session) -> Response:
    """Show the people of a site."""
    return _page(request, session)


def invite(request: Request, session: Session) -> Response:
    """Make an invitation and show its link once, or show the form again with the error."""
    site, server, form = site_of(request), services(request), forms.posted(request, InvitationForm)
    try:
        if form.role not in _grantable(session):
            raise InvitationError("Choose a role.")
        if form.mail and not form.email.strip():
            raise InvitationError("Enter the e-mail address that the link is sent to.")
        token = invitations.invite(
            server.control, site.id, form.email, Role(form.role), who=session.user.email, now=server.clock()
        )
    except InvitationError as error:
        return _page(request, session, entry=form, problem=language.of_error(error))
    email = form.email.strip().lower()
    return _page(request, session, new_link=_new_link(request, site, email, token, is_mailed=form.mail))


def renew(request: Request, session: Session) -> Response:
    """Replace the link of an invitation, and show it once."""
    site, server = site_of(request), services(request)
    invitation = _invitation(request, session)
    token = invitations.renew(server.control, invitation, who=session.user.email, now=server.clock())
    return _page(request, session, new_link=_new_link(request, site, invitation.email, token, is_mailed=False))


def revoke(request: Request, session: Session) -> Response:
    """Ask whether to revoke an invitation, or revoke it."""
    site, server = site_of(request), services(request)
    invitation = _invitation(request, session)
    if not removal.is_confirmed(request):
        question = removal.Question(
            title=_("Revoke the invitation of %(name)s?", name=_name(invitation)),
            verb=_("Revoke the invitation"),
            consequences=[_("Its link stops working. You can invite the person again.")],
            back=f"/{site.domain}/settings/people#invitation-{invitation.id}",
            site=site,
            here=HERE,
        )
        return removal.ask(session, question)
    invitations.revoke(server.control, invitation, who=session.user.email, now=server.clock())
    return RedirectResponse(f"/{site.domain}/settings/people?revoked=yes#invitations", 303)


def change(request: Request, session: Session) -> Response:
    """Show the form with the role of a member, or store another one."""
    site, server, member = site_of(request), services(request), _member(request, session)
    if request.method == "GET":
        return _page(request, session, edited=member)
    role = forms.posted(request, RoleForm).role
    if role not in _grantable(session):
        return _page(request, session, edited=member, problem=_("Choose a role."))
    if role != member.role:
        members.change(server.control, site.id, member, Role(role), who=session.user.email, now=server.clock())
    search = urlencode({"search": member.email})
    return RedirectResponse(f"/{site.domain}/settings/people?{search}#row-{member.user_id}", 303)


def remove(request: Request, session: Session) -> Response:
    """Ask whether to remove a member, or remove them."""
    site, server, member = site_of(request), services(request), _member(request, session)
    url = f"/{site.domain}/settings/people"
    if not removal.is_confirmed(request):
        question = removal.Question(
            title=_("Remove %(name)s from this site?", name=member.email),
            verb=_("Remove this person"),
            consequences=_consequences(session, member),
            back=f"{url}#row-{member.user_id}",
            site=site,
            here=HERE,
        )
        return removal.ask(session, question)
    before = [one.user_id for one in members.part(server.control, site.id, most=PER_PAGE)]
    members.remove(server.control, site.id, member, who=session.user.email, now=server.clock())
    if member.user_id == session.user.id and not session.user.is_owner:
        return RedirectResponse("/sites", 303)
    return removal.done(url, [*before, member.user_id], member.user_id)


def _consequences(session: Session, member: Member) -> list[str]:
    if member.user_id == session.user.id:
        return [_("You will no longer see this site. Somebody else must invite you again.")]
    return [
        _("They no longer see this site or get mail about it. Their account stays."),
        _("What they changed stays, and the list of changes keeps their name."),
        _("Open invitations stay valid: revoke those whose link this person may know."),
    ]


def _member(request: Request, session: Session) -> Member:
    """Return the member of the path. Raises HTTPException: 404, 403 for somebody with more rights."""
    number = whole_number.read(str(request.path_params["id"])) or 0
    member = members.by_id(services(request).control, site_of(request).id, number)
    if member is None:
        raise HTTPException(404)
    if member.role not in _grantable(session):
        raise NotAllowedError(Right.OWN)
    return member


def _invitation(request: Request, session: Session) -> Invitation:
    """Return the invitation of the path. Raises HTTPException: 404, 403 for a role with more rights."""
    invitation = existing(request, site_of(request), invitations.by_id)
    if invitation.role not in _grantable(session):
        raise NotAllowedError(Right.OWN)
    return invitation


def _grantable(session: Session) -> tuple[Role, ...]:
    return grantable(role=session.role, is_server_owner=session.user.is_owner)


def _name(invitation: Invitation) -> str:
    return invitation.email or _(invitations.ANYBODY)


def _new_link(request: Request, site: Site, email: str, token: str, *, is_mailed: bool) -> NewLink:
    server = services(request)
    link = NewLink(email or _(invitations.ANYBODY), f"{server.base_url}/invitation/{token}")
    if not is_mailed or server.mailer is None:
        return link
    text = _("You are invited to see the statistics of %(site)s. Open this link within 7 days:", site=site.title)
    try:
        server.mailer.send(email, _("Invitation to %(site)s", site=site.title), f"{text}\n\n{link.url}\n")
    except MailError as error:
        return NewLink(link.name, link.url, problem=language.of_error(error))
    return NewLink(link.name, link.url, sent_to=email)


def _page(
    request: Request,
    session: Session,
    *,
    entry: InvitationForm | None = None,
    edited: Member | None = None,
    problem: str = "",
    new_link: NewLink | None = None,
) -> Response:
    site, server = site_of(request), services(request)
    roles = _grantable(session)
    return template.page(
        "members",
        session=session,
        site=site,
        **_listed(request, session, site),
        edited=edited,
        entry=entry or InvitationForm("", Role.VIEWER, mail=server.mailer is not None),
        roles=[(role.value, _(LABELS[role]), _(DUTIES[role])) for role in roles],
        problem=problem,
        new_link=new_link,
        has_mailer=server.mailer is not None,
        is_revoked="revoked" in request.query_params,
    )


def _listed(request: Request, session: Session, site: Site) -> dict[str, Any]:
    """Return the part of the lists that the URL asks for."""
    control, roles = services(request).control, _grantable(session)
    search = request.query_params.get("search", "").strip()[:MOST_SEARCH_CHARACTERS]
    number = max(whole_number.read(request.query_params.get("page", "")) or 1, 1)
    count = members.count(control, site.id, search=search)
    invited = invitations.part(control, site.id, search=search, most=MOST_INVITATIONS)
    offset = (min(number, 10**6) - 1) * PER_PAGE
    lines = members.part(control, site.id, search=search, offset=offset, most=PER_PAGE)
    return {
        "lines": [_member_line(member, site, roles) for member in lines],
        "removed": removal.position(request),
        "invited": [_invitation_line(request, invitation, site, roles) for invitation in invited],
        "search": search,
        "is_paged": bool(search) or count > PER_PAGE,
        "count": figures.exact(count),
        "newer": _page_url(search, number - 1) if number > 1 else "",
        "older": _page_url(search, number + 1) if offset + PER_PAGE < count else "",
    }


def _page_url(search: str, number: int) -> str:
    return "?" + urlencode({name: value for name, value in (("search", search), ("page", number)) if value})


def _member_line(member: Member, site: Site, roles: tuple[Role, ...]) -> MemberLine:
    seen = member.signed_in_at
    return MemberLine(
        member.user_id,
        member.email,
        _(LABELS[member.role]),
        _("not yet") if seen is None else figures.long_day(site.day_of(seen)),
        member.role in roles,
    )


def _invitation_line(request: Request, invitation: Invitation, site: Site, roles: tuple[Role, ...]) -> InvitationLine:
    may_change = invitation.role in roles
    return InvitationLine(
        invitation.id, _name(invitation), _(LABELS[invitation.role]), _validity(request, invitation, site), may_change
    )


def _validity(request: Request, invitation: Invitation, site: Site) -> str:
    if invitation.expires_at is None:
        return _("No link yet")
    if invitation.expires_at <= services(request).clock():
        return _("Expired")
    return _("Works until %(when)s", when=figures.long_day(site.day_of(invitation.expires_at)))
