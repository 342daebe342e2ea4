"""API keys: created here, and shown once.

People create keys for the sites that they administer, and see their own. Owners of the server see all keys.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.language import later
from dashboard.pages import figures, forms, removal, template
from dashboard.pages.forms import Form
from dashboard.services import services
from schema.people import members
from schema.people.roles import Right
from schema.people.users import Session
from schema.sites import keys, sites
from schema.sites.keys import AccessKeyError, Scope
from schema.sites.sites import Site

# In the order of the form.
SCOPE_LABELS = {
    Scope.READ_STATS: later("Read statistics"),
    Scope.READ_SITES: later("Read sites and their settings"),
    Scope.PROVISION_SITES: later("Add, change and remove sites and their settings"),
    Scope.SEND_EVENTS: later("Send events for visitors, with their IP addresses"),
    Scope.IMPORT_EVENTS: later("Import past events"),
}


class KeyForm(Form, frozen=True):
    """A key to create."""

    name: str
    site: str  # domain; empty means all sites
    scopes: tuple[Scope, ...]


_AT_FIRST = KeyForm("", "", (Scope.READ_STATS,))


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key in the list."""

    id: int
    name: str
    scopes: str
    site: str
    last_use: str


def show(request: Request, session: Session) -> Response:
    """Show the keys, and the form that creates one."""
    return _page(request, session, _AT_FIRST)


def add(request: Request, session: Session) -> Response:
    """Create a key and show it once, or show the form again with the error."""
    control = services(request).control
    entry = forms.posted(request, KeyForm)
    site = next((site for site in _sites(request, session) if site.domain == entry.site), None)
    try:
        if site is None and (entry.site or not session.may(Right.SERVER)):
            raise AccessKeyError("This site no longer exists. Choose another.")
        if not entry.scopes:
            raise AccessKeyError("Choose at least one scope.")
        new_key = keys.add(
            control,
            entry.name,
            scopes=entry.scopes,
            site_id=site.id if site else None,
            now=services(request).clock(),
            user_id=session.user.id,
        )
    except AccessKeyError as error:
        return _page(request, session, entry, problem=language.of_error(error))
    return _page(request, session, _AT_FIRST, new_key=new_key, new_key_name=entry.name.strip())


def remove(request: Request, session: Session) -> Response:
    """Ask whether to revoke a key, or revoke it. A key that no longer exists is not an error."""
    control = services(request).control
    before = _lines(request, session)
    line = next((line for line in before if line.id == request.path_params["id"]), None)
    if line is None:
        return RedirectResponse("/keys", 303)
    if not removal.is_confirmed(request):
        question = removal.Question(
            title=_("Revoke the key %(name)s?", name=line.name),
            verb=_("Revoke the key"),
            consequences=[f"{line.site}, {line.last_use}.", _("Programs that send it are refused from then on.")],
            back=f"/keys#row-{line.id}",
        )
        return removal.ask(session, question)
    keys.remove(control, line.id)
    return removal.done("/keys", before, line)


def _sites(request: Request, session: Session) -> list[Site]:
    """Return the sites that the person administers."""
    server = services(request)
    roles = members.roles_of(server.control, session.user.id)
    return [
        site
        for site in members.sites_of(server.control, session.user, now=server.clock())
        if replace(session, role=roles.get(site.id)).may(Right.ADMINISTER)
    ]


def _page(
    request: Request,
    session: Session,
    entry: KeyForm,
    *,
    problem: str = "",
    new_key: str = "",
    new_key_name: str = "",
) -> Response:
    return template.page(
        "keys",
        session=session,
        lines=_lines(request, session),
        removed=removal.position(request),
        domains=[site.domain for site in _sites(request, session)],
        scope_labels={scope: _(label) for scope, label in SCOPE_LABELS.items()},
        entry=entry,
        problem=problem,
        new_key=new_key,
        new_key_name=new_key_name,
        max_name_length=keys.MAX_NAME_CHARACTERS,
    )


def _lines(request: Request, session: Session) -> list[KeyLine]:
    """Return the keys of the person, or of everybody for owners of the server."""
    control, now = services(request).control, services(request).clock()
    domains = {site.id: site.domain for site in sites.list_all(control, now=now)}
    return [
        KeyLine(
            key.id,
            key.name,
            ", ".join(scope.value for scope in key.scopes),
            _("All sites") if key.site_id is None else domains[key.site_id],
            _last_use(key.last_used_at) if key.is_in_force else _("refused, because its user lost the right to it"),
        )
        for key in keys.list_all(control)
        if key.site_id is None or key.site_id in domains  # removing a site removes its keys
        if key.user_id == session.user.id or session.may(Right.SERVER)
    ]


def _last_use(time_s: int | None) -> str:
    if time_s is None:
        return _("never used")
    return _("last used %(when)s UTC", when=figures.moment(datetime.fromtimestamp(time_s, UTC)))
