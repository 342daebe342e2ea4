"""The danger zone of a site: erase a part of its statistics or all of them, or remove the site.

Everything is counted first, and confirmed by entering the domain.
"""

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
from schema.exclusions import audit
from schema.people import members
from schema.people.users import Session
from schema.privacy import erasing, erasures
from schema.privacy.erasures import LABELS, MAX_VALUE_CHARACTERS, STEPS, Erasure, ErasureError, Kind, Selection
from schema.sentence import Sentence
from schema.sites import imports, keys, shared_links, sites
from schema.sites.host import normal_domain
from schema.sites.sites import Site
from schema.stores.database import DatabaseUnavailableError, OperationalError, QueryLimitError

_NOT_NOW = (DatabaseUnavailableError, OperationalError, QueryLimitError)


class ErasureForm(Form, frozen=True):
    """What to erase."""

    kind: str  # of LABELS
    value: str
    first: str
    last: str
    everything: bool  # replaces the fields above
    confirmed: str  # the domain of the site


class SiteForm(Form, frozen=True):
    """The confirmation that a site is to be removed."""

    confirmed: str  # its domain


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
    """Show the forms, and what was erased."""
    return _page(request, session, site_of(request), forms.empty(ErasureForm))


def erase(request: Request, session: Session) -> Response:
    """Show how much would be erased, or erase it once that is confirmed."""
    site, server, form = site_of(request), services(request), forms.posted(request, ErasureForm)
    try:
        selection = _selection(request, site, form)
    except ErasureError as error:
        return _page(request, session, site, form, problem=language.of_error(error))
    if not _is_confirmed(site, form.confirmed):
        extent = erasing.extent(server.database, site, selection, now=server.clock())
        problem = language.of(extent.sentence)
        if form.confirmed:
            problem = f"{problem} {_mistyped(site)}"
        return _page(request, session, site, form, problem=problem, asks=True)
    added = erasures.add(server.control, site, selection, who=session.user.email, now=server.clock())
    return RedirectResponse(f"/{site.domain}/settings/deletion#row-{added.id}", 303)


def ask_for_site(request: Request, session: Session) -> Response:
    """Show what is deleted with the site."""
    return _site_page(request, session, site_of(request))


def remove_site(request: Request, session: Session) -> Response:
    """Remove the site, once that is confirmed. The server deletes its events."""
    site, server = site_of(request), services(request)
    if not _is_confirmed(site, forms.posted(request, SiteForm).confirmed):
        return _site_page(request, session, site, problem=_mistyped(site))
    sites.remove(server.control, site.domain, now=server.clock())
    change = Sentence("Deleted the site %(domain)s.", {"domain": site.domain})
    # Entries of no site are shown to the people of all sites.
    audit.record(server.control, site_id=site.id, who=session.user.email, change=change, now=server.clock())
    return RedirectResponse("/sites", 303)


def _selection(request: Request, site: Site, form: ErasureForm) -> Selection:
    """Return what a form selects. Raises ErasureError."""
    if form.everything:
        return _everything(request, site)
    return erasures.read(services(request).control, site, form.kind, form.value, first=form.first, last=form.last)


def _everything(request: Request, site: Site) -> Selection:
    return Selection(Kind.DAYS, last=site.day_of(services(request).clock()))


def _is_confirmed(site: Site, entered: str) -> bool:
    return normal_domain(entered) == site.domain


def _mistyped(site: Site) -> str:
    return _("Nothing was deleted: the domain is %(domain)s.", domain=site.domain)


def _page(
    request: Request, session: Session, site: Site, form: ErasureForm, *, problem: str = "", asks: bool = False
) -> Response:
    """asks: whether the problem is how much is erased, and the form wants a confirmation."""
    control = services(request).control
    return template.page(
        "deletion",
        session=session,
        status=422 if problem else 200,
        site=site,
        entry=form,
        problem=problem,
        asks=asks,
        kinds=[(kind.value, _(label)) for kind, label in LABELS.items()],
        imports=imports.ids(control, site.id),
        max_length=MAX_VALUE_CHARACTERS,
        lines=[_line(erasure, site) for erasure in erasures.list_all(control, site.id)[::-1]],
    )


def _site_page(request: Request, session: Session, site: Site, *, problem: str = "") -> Response:
    return template.page(
        "site_removal", session=session, site=site, consequences=_consequences(request, site), problem=problem
    )


def _consequences(request: Request, site: Site) -> list[str]:
    """Return what goes with a site, in sentences."""
    server, control = services(request), services(request).control
    try:
        extent = erasing.extent(server.database, site, _everything(request, site), now=server.clock())
        sentences = [language.of(extent.sentence)]
    except _NOT_NOW:
        sentences = [_("The events of the site are deleted. They can't be counted right now.")]
    sentences.append(_("Its goals, segments, notes and other settings are deleted, and its events refused."))
    people = members.count(control, site.id)
    of_site = sum(key.site_id == site.id for key in keys.list_all(control))
    links = len(shared_links.list_all(control, site.id))
    if people:
        sentences.append(language.ngettext("%(number)s person loses access.", "%(number)s people lose access.", people))
    if of_site:
        sentences.append(
            language.ngettext("%(number)s API key stops working.", "%(number)s API keys stop working.", of_site)
        )
    if links:
        sentences.append(
            language.ngettext("%(number)s shared link stops working.", "%(number)s shared links stop working.", links)
        )
    return sentences


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
