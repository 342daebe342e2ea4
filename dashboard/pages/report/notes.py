"""The page that adds, changes and removes what people note about days, shown on the chart of a report.

Its URL has the parameters of the report, so that it leads back to the same view.
"""

from dataclasses import dataclass
from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.access.sessions import NotAllowedError
from dashboard.language import gettext as _
from dashboard.pages import figures, forms, removal, template, whole_number
from dashboard.pages.forms import Form
from dashboard.pages.report import frame
from dashboard.pages.report.view import View
from dashboard.pages.settings import site_of
from dashboard.services import services
from schema.measures import annotations
from schema.measures.annotations import Annotation, AnnotationError
from schema.people.roles import Right
from schema.people.users import Session

PATH = "/notes"


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A note in the list."""

    id: int
    name: str
    day: str
    is_personal: bool
    may_change: bool
    edit_url: str


class NoteForm(Form, frozen=True):
    """A note to add or to change."""

    day: str
    note: str
    personal: bool


def show(request: Request, session: Session) -> Response:
    """Show the notes of a site with an empty form, or with the note that the URL asks to edit."""
    view = _view(request, session)
    number = whole_number.read(view.parameters.get("edit", ""))
    edited = None if number is None else _existing(request, session, view, number)
    entry = {"day": str(edited.day if edited else _suggested_day(request, view)), "note": edited.note if edited else ""}
    personal = {"personal": "yes"} if edited and edited.user_id is not None else {}
    form = forms.read(entry | personal, NoteForm)
    return _page(request, session, view, form, edited=edited, problem="")


def add(request: Request, session: Session) -> Response:
    """Store a note, or show the form again with the error."""
    view, form = _view(request, session), forms.posted(request, NoteForm)
    try:
        note = annotations.put(services(request).control, _note(view, session, form))
    except AnnotationError as error:
        return _page(request, session, view, form, problem=language.of_error(error))
    return _to(view, note)


def change(request: Request, session: Session) -> Response:
    """Change a note, or show the form again with the error."""
    view, form = _view(request, session), forms.posted(request, NoteForm)
    note = _changeable(request, session, view)
    try:
        changed = annotations.change(services(request).control, note, _note(view, session, form))
    except AnnotationError as error:
        return _page(request, session, view, form, edited=note, problem=language.of_error(error))
    return _to(view, changed)


def remove(request: Request, session: Session) -> Response:
    """Ask whether to remove a note, or remove it."""
    view, control = _view(request, session), services(request).control
    note = _changeable(request, session, view)
    url = view.url(drop=("edit",))
    if not removal.is_confirmed(request):
        readers = _("Everybody with this site sees it.") if note.user_id is None else _("Only you see it.")
        question = removal.Question(
            title=_("Remove the note of %(day)s?", day=figures.long_day(note.day)),
            verb=_("Remove the note"),
            consequences=[note.note, readers],
            back=f"{url}#row-{note.id}",
        )
        return removal.ask(session, question)
    before = [one.id for one in annotations.list_all(control, view.site.id, user_id=session.user.id)]
    annotations.remove(control, note)
    return removal.done(url, before, note.id)


def _view(request: Request, session: Session) -> View:
    site = site_of(request)
    today = frame.now_of(request).astimezone(site.zone).date()
    first = frame.first_day_of(request, site) or today
    return frame.view_of(request, session, site, first=first, path=PATH, own=(removal.PARAMETER,))


def _suggested_day(request: Request, view: View) -> str:
    """Return today, or the last day of a period that is over."""
    today = frame.now_of(request).astimezone(view.site.zone).date()
    is_recent = view.period.last >= today - timedelta(days=1)
    return str(today if is_recent else view.period.last)


def _existing(request: Request, session: Session, view: View, note_id: int) -> Annotation:
    """Return a note that the user may read. Raises HTTPException (404)."""
    try:
        return annotations.by_id(services(request).control, view.site.id, note_id, user_id=session.user.id)
    except (AnnotationError, OverflowError):
        raise HTTPException(404) from None


def _changeable(request: Request, session: Session, view: View) -> Annotation:
    """Return the note of the path. Raises HTTPException: 404, 403 for a note of the site without the right to edit."""
    note = _existing(request, session, view, request.path_params["id"])
    if not _may_change(session, note):
        raise NotAllowedError(Right.EDIT)
    return note


def _may_change(session: Session, note: Annotation) -> bool:
    """Return whether a person may change a note that they see: viewers only their own."""
    return note.user_id is not None or session.may(Right.EDIT)


def _note(view: View, session: Session, form: NoteForm) -> Annotation:
    reader = session.user.id if form.personal or not session.may(Right.EDIT) else None
    return annotations.new(view.site.id, day=form.day, note=form.note, user_id=reader)


def _to(view: View, note: Annotation) -> Response:
    """Redirect to the report with the note in view, or to the list if the report has other days."""
    if view.period.first <= note.day <= view.period.last:
        return RedirectResponse(f"{view.url('', drop=('edit',))}#notes", 303)
    return RedirectResponse(f"{view.url(drop=('edit',))}#row-{note.id}", 303)


def _page(
    request: Request,
    session: Session,
    view: View,
    entry: NoteForm,
    *,
    problem: str,
    edited: Annotation | None = None,
) -> Response:
    notes = annotations.list_all(services(request).control, view.site.id, user_id=session.user.id)
    return template.page(
        "notes",
        session=session,
        site=view.site,
        view=view,
        lines=[_line(session, view, note) for note in notes],
        entry=entry,
        edited=edited,
        removed=removal.position(request),
        problem=problem,
        max_length=annotations.MAX_CHARACTERS,
    )


def _line(session: Session, view: View, note: Annotation) -> NoteLine:
    edit_url = f"{view.url(edit=str(note.id))}#add"
    return NoteLine(
        note.id,
        note.note,
        figures.long_day(note.day),
        note.user_id is not None,
        _may_change(session, note),
        edit_url,
    )
