"""Segments of a site: the list of a user's own and of shared ones, and the form that adds or edits one."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.pages import forms, removal, template
from dashboard.pages.forms import Form
from dashboard.pages.report.filter_page import ONLY_ME
from dashboard.pages.settings import existing, record, site_of, to_list
from dashboard.services import services
from dashboard.stats.model.error import QueryError
from dashboard.stats.parse import site_context, v2
from schema.measures import segments
from schema.measures.segments import Segment, SegmentError
from schema.people.users import Session
from schema.sentence import Sentence
from schema.sites import shared_links
from schema.sites.sites import Site


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """A segment in the list."""

    id: int
    name: str
    filters: str  # JSON
    is_own: bool
    url: str  # of the report with this segment


class SegmentForm(Form, frozen=True):
    """A segment to add, or what a segment becomes."""

    name: str
    filters: str  # JSON
    readers: str  # ONLY_ME, or anything else for everyone with access to the site


def show(request: Request, session: Session) -> Response:
    """Show the segments of a site."""
    return _page(request, session, site_of(request), forms.empty(SegmentForm), problem="")


def add(request: Request, session: Session) -> Response:
    """Store a segment, or show the form again with the error."""
    site = site_of(request)
    form = forms.posted(request, SegmentForm)
    try:
        filters = _filters(request, site, form)
        owner = session.user.id if form.readers == ONLY_ME else None
        segment = segments.add(services(request).control, site.id, form.name, filters, user_id=owner)
    except (SegmentError, QueryError) as error:
        return _page(request, session, site, form, problem=language.of_error(error))
    _record_of_shared(request, session, segment, Sentence("Added the segment %(name)s.", {"name": segment.name}))
    return to_list(site, "segments", row=segment.id)


def change(request: Request, session: Session) -> Response:
    """Show the form with a segment that the user sees, or store what it becomes."""
    site, control = site_of(request), services(request).control
    segment = _existing(request, session, site)
    if request.method == "GET":
        entry = forms.read({"name": segment.name, "filters": _written(segment)}, SegmentForm)
        return _page(request, session, site, entry, problem="", edited=segment)
    form = forms.posted(request, SegmentForm)
    try:
        changed = segments.change(control, segment, name=form.name, filters=_filters(request, site, form))
    except (SegmentError, QueryError) as error:
        return _page(request, session, site, form, problem=language.of_error(error), edited=segment)
    if changed != segment:
        values = {"name": changed.name}
        _record_of_shared(request, session, changed, Sentence("Changed the segment %(name)s.", values))
    return to_list(site, "segments", row=segment.id)


def remove(request: Request, session: Session) -> Response:
    """Ask whether to remove a shared segment of the site or one of the user's own, or remove it."""
    site, control = site_of(request), services(request).control
    segment = _existing(request, session, site)
    if not removal.is_confirmed(request):
        readers = _("Everyone with access to this site sees it.") if segment.user_id is None else _("Only you see it.")
        question = removal.Question(
            title=_("Remove the segment %(name)s?", name=segment.name),
            verb=_("Remove the segment"),
            consequences=[
                readers,
                _("Saved links to reports with this segment show a message instead."),
                *(
                    _("The shared link %(name)s shows only this segment, so it is revoked.", name=name)
                    for name in shared_links.of_segment(control, segment.id)
                ),
            ],
            back=f"/{site.domain}/settings/segments#row-{segment.id}",
            site=site,
            here="/segments",
        )
        return removal.ask(session, question)
    before = [one.id for one in segments.list_all(control, site.id, user_id=session.user.id)]
    segments.remove(control, segment)
    _record_of_shared(request, session, segment, Sentence("Removed the segment %(name)s.", {"name": segment.name}))
    return removal.done(f"/{site.domain}/settings/segments", before, segment.id)


def _existing(request: Request, session: Session, site: Site) -> Segment:
    return existing(request, site, partial(segments.by_id, user_id=session.user.id))


def _record_of_shared(request: Request, session: Session, segment: Segment, change: Sentence) -> None:
    """Log the change of a segment, unless it is the user's own, which nobody else sees."""
    if segment.user_id is None:
        record(request, session, site_of(request), change)


def _filters(request: Request, site: Site, form: SegmentForm) -> list[Any]:
    """Return the filters of a form. Raises SegmentError, QueryError."""
    try:
        filters = msgspec.json.decode(form.filters, type=list[Any])
    except (msgspec.MsgspecError, RecursionError):
        raise SegmentError('Filters must be a JSON list, such as [["is", "visit:country", ["FR"]]].') from None
    v2.check_filters(filters, site_context.of_filters(services(request).control, site))
    return filters


def _page(
    request: Request,
    session: Session,
    site: Site,
    entry: SegmentForm,
    *,
    problem: str,
    edited: Segment | None = None,
) -> Response:
    saved = segments.list_all(services(request).control, site.id, user_id=session.user.id)
    return template.page(
        "segments",
        session=session,
        site=site,
        lines=[_line(site, segment) for segment in saved],
        removed=removal.position(request),
        edited=edited,
        only_me=ONLY_ME,
        entry=entry,
        problem=problem,
    )


def _line(site: Site, segment: Segment) -> SegmentLine:
    url = f"/{site.domain}?f=is,segment,{segment.id}"
    return SegmentLine(segment.id, segment.name, _written(segment), segment.user_id is not None, url)


def _written(segment: Segment) -> str:
    return msgspec.json.encode(segment.filters).decode()
