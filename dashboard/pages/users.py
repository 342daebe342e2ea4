"""All people with an account on this server, for its owners: who owns it, and who has access to how many sites."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.pages import figures, forms, removal, template, whole_number
from dashboard.pages.forms import Form
from dashboard.services import services
from schema.people import everyone
from schema.people.everyone import Person
from schema.people.users import Session, UserError

PER_PAGE = 50
MOST_SEARCH_CHARACTERS = 254


class OwnerForm(Form, frozen=True):
    """Whether somebody owns the server."""

    owner: bool


@dataclass(frozen=True, slots=True)
class PersonLine:
    id: int
    name: str
    access: str
    last_sign_in: str


def show(request: Request, session: Session) -> Response:
    """Show the people of the server."""
    return _page(request, session)


def change(request: Request, session: Session) -> Response:
    """Show the form of a person, or make them an owner of the server or not."""
    person, server = _person(request), services(request)
    if request.method == "GET":
        return _page(request, session, edited=person)
    is_owner = forms.posted(request, OwnerForm).owner
    try:
        everyone.set_owner(server.control, person, is_owner=is_owner, who=session.user.email, now=server.clock())
    except UserError as error:
        return _page(request, session, edited=person, problem=language.of_error(error))
    if person.id == session.user.id and not is_owner:
        return RedirectResponse("/sites", 303)
    return RedirectResponse(f"/people?{urlencode({'search': person.email})}#row-{person.id}", 303)


def remove(request: Request, session: Session) -> Response:
    """Ask whether to delete an account, or delete it."""
    person, server = _person(request), services(request)
    if not removal.is_confirmed(request):
        return _ask(session, person)
    before = [one.id for one in everyone.part(server.control, most=PER_PAGE)]
    try:
        everyone.remove(server.control, person, who=session.user.email, now=server.clock())
    except UserError as error:
        return _page(request, session, problem=language.of_error(error))
    if person.id == session.user.id:
        return RedirectResponse("/sign-in", 303)
    return removal.done("/people", [*before, person.id], person.id)


def _ask(session: Session, person: Person) -> Response:
    question = removal.Question(
        title=_("Delete the account %(name)s?", name=person.email),
        verb=_("Delete the account"),
        consequences=[
            _("The person is signed out everywhere and loses access to every site."),
            _("Their own notes and segments are deleted. What they changed stays, without their name."),
        ],
        back=f"/people#row-{person.id}",
    )
    return removal.ask(session, question)


def _person(request: Request) -> Person:
    """Return the person of the path. Raises HTTPException (404)."""
    number = whole_number.read(str(request.path_params["id"])) or 0
    person = everyone.by_id(services(request).control, number)
    if person is None:
        raise HTTPException(404)
    return person


def _page(request: Request, session: Session, *, edited: Person | None = None, problem: str = "") -> Response:
    return template.page("users", session=session, **_listed(request), edited=edited, problem=problem)


def _listed(request: Request) -> dict[str, Any]:
    """Return the part of the list that the URL asks for."""
    control = services(request).control
    search = request.query_params.get("search", "").strip()[:MOST_SEARCH_CHARACTERS]
    number = max(whole_number.read(request.query_params.get("page", "")) or 1, 1)
    count = everyone.count(control, search=search)
    offset = (min(number, 10**6) - 1) * PER_PAGE
    return {
        "lines": [_line(one) for one in everyone.part(control, search=search, offset=offset, most=PER_PAGE)],
        "removed": removal.position(request),
        "search": search,
        "count": figures.exact(count),
        "newer": _page_url(search, number - 1) if number > 1 else "",
        "older": _page_url(search, number + 1) if offset + PER_PAGE < count else "",
    }


def _page_url(search: str, number: int) -> str:
    return "/people?" + urlencode({name: value for name, value in (("search", search), ("page", number)) if value})


def _line(person: Person) -> PersonLine:
    seen = person.signed_in_at
    return PersonLine(
        person.id,
        person.email,
        _("Owner of the server")
        if person.is_owner
        else language.ngettext("%(number)s site", "%(number)s sites", person.sites, number=figures.exact(person.sites)),
        _("not yet") if seen is None else figures.long_day(datetime.fromtimestamp(seen, UTC).date()),
    )
