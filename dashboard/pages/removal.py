"""Ask before anything is removed, on a page of its own, and return to the place in the list where it was.

All lists share this: `…/remove` shows the question, and its form posts to the same URL. The list then has a row
"Removed." in the place of the entry, which receives the focus.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.pages import forms, template, whole_number
from dashboard.pages.forms import Form
from schema.people.users import Session
from schema.sites.sites import Site

PARAMETER = "removed"


class RemovalForm(Form, frozen=True):
    """The answer to the question."""

    sure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is about to be removed."""

    title: str  # a question with the name of the entry
    verb: str  # of the button
    back: str  # URL of the list, with the row of the entry
    consequences: Sequence[str] = ()  # in sentences: what depends on it, and what stays
    site: Site | None = None  # None: the list does not belong to the settings of a site
    here: str = ""  # path of the list in the settings of the site
    fields: Mapping[str, str] = field(default_factory=dict)  # of the form that removes it


def is_confirmed(request: Request) -> bool:
    """Return whether a request comes from the form of the question."""
    return request.method == "POST" and forms.posted(request, RemovalForm).sure


def ask(session: Session, question: Question) -> Response:
    """Show the question."""
    return template.page("removal", session=session, site=question.site, question=question)


def done(url: str, before: Sequence[object], entry: object) -> Response:
    """Redirect to a list. before: its entries before one of them was removed."""
    position = list(before).index(entry)
    return RedirectResponse(f"{url}{'&' if '?' in url else '?'}{PARAMETER}={position}#{PARAMETER}", 303)


def position(request: Request) -> int | None:
    """Return where in the list the entry was that has just been removed, or None."""
    return whole_number.read(request.query_params.get(PARAMETER, ""))
