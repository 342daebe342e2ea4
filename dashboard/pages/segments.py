"""Segments of a site: the list of a user's own and of shared ones, and the form that adds one."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.pages import forms, template
from dashboard.pages.forms import Form
from dashboard.pages.report.filter_page import ONLY_ME
from dashboard.pages.settings import existing, site_of, to_list
from dashboard.services import services
from dashboard.stats.model.error import QueryError
from dashboard.stats.parse import site_context, v2
from schema.measures import segments
from schema.measures.segments import Segment, SegmentError
from schema.people.users import Session
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
    """A segment to add."""

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
        filters = _filters(form.filters)
        v2.check_filters(filters, site_context.of_filters(services(request).control, site))
        owner = session.user.id if form.readers == ONLY_ME else None
        segment = segments.add(services(request).control, site.id, form.name, filters, user_id=owner)
    except (SegmentError, QueryError) as error:
        return _page(request, session, site, form, problem=language.of_error(error))
    return to_list(site, "segments", row=segment.id)


def remove(request: Request, session: Session) -> Response:
    """Remove a shared segment of the site, or one of the user's own."""
    site = site_of(request)
    segment = existing(request, site, partial(segments.by_id, user_id=session.user.id))
    segments.remove(services(request).control, segment)
    return to_list(site, "segments")


def _filters(text: str) -> list[Any]:
    try:
        return msgspec.json.decode(text, type=list[Any])
    except (msgspec.MsgspecError, RecursionError):
        raise SegmentError('Filters must be a JSON list, such as [["is", "visit:country", ["FR"]]].') from None


def _page(request: Request, session: Session, site: Site, entry: SegmentForm, *, problem: str) -> Response:
    saved = segments.list_all(services(request).control, site.id, user_id=session.user.id)
    return template.page(
        "segments",
        session=session,
        site=site,
        lines=[_line(site, segment) for segment in saved],
        only_me=ONLY_ME,
        entry=entry,
        problem=problem,
    )


def _line(site: Site, segment: Segment) -> SegmentLine:
    written = msgspec.json.encode(segment.filters).decode()
    url = f"/{site.domain}?f=is,segment,{segment.id}"
    return SegmentLine(segment.id, segment.name, written, segment.user_id is not None, url)
