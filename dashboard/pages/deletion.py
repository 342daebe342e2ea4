"""Delete data: erase events of a site by page, property, host, import or days. It counts first, and then erases."""

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.pages import figures, forms, template
from dashboard.pages.forms import Form
from dashboard.pages.settings import site_of
from dashboard.services import services
from schema.people.users import Session
from schema.privacy import erasing, erasures
from schema.privacy.erasures import LABELS, MAX_VALUE_CHARACTERS, STEPS, Erasure, ErasureError
from schema.sites.sites import Site


class ErasureForm(Form, frozen=True):
    """What to erase."""

    kind: str  # of LABELS
    value: str
    first: str
    last: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Line:
    """An erasure in the list."""

    id: int
    when: str
    who: str
    what: str
    value: str
    days: str
    state: str


def show(request: Request, session: Session) -> Response:
    """Show the form, and what was erased."""
    return _page(request, session, site_of(request), forms.empty(ErasureForm))


def erase(request: Request, session: Session) -> Response:
    """Show how much would be erased, or erase it once that is confirmed."""
    site, server, form = site_of(request), services(request), forms.posted(request, ErasureForm)
    try:
        selection = erasures.read(server.control, site, form.kind, form.value, first=form.first, last=form.last)
    except ErasureError as error:
        return _page(request, session, site, form, problem=language.of_error(error))
    if not form.sure:
        extent = erasing.extent(server.database, site, selection, now=server.clock())
        return _page(request, session, site, form, problem=language.of(extent.sentence), asks=True)
    added = erasures.add(server.control, site, selection, who=session.user.email, now=server.clock())
    return RedirectResponse(f"/{site.domain}/settings/deletion#row-{added.id}", 303)


def _page(
    request: Request, session: Session, site: Site, form: ErasureForm, *, problem: str = "", asks: bool = False
) -> Response:
    """asks: whether the problem is how much is erased, and the form wants a confirmation."""
    return template.page(
        "deletion",
        session=session,
        status=422 if problem else 200,
        site=site,
        entry=form,
        problem=problem,
        asks=asks,
        kinds=[(kind.value, _(label)) for kind, label in LABELS.items()],
        max_length=MAX_VALUE_CHARACTERS,
        lines=[_line(erasure, site) for erasure in erasures.list_all(services(request).control, site.id)[::-1]],
    )


def _line(erasure: Erasure, site: Site) -> Line:
    selection = erasure.selection
    days = [figures.long_day(day) if day else "…" for day in (selection.first, selection.last)]
    return Line(
        erasure.id,
        figures.moment(datetime.fromtimestamp(erasure.requested_at, site.zone)),
        erasure.who,
        _(LABELS[selection.kind]),
        f"{selection.key}={selection.value}" if selection.key else selection.value,
        " – ".join(days) if selection.first or selection.last else "",
        _("Erased") if erasure.is_done else _("Step %(step)d of %(steps)d", step=erasure.step + 1, steps=STEPS),
    )
