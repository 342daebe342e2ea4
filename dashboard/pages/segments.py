"""Segments of a site: the list, and the form that adds one."""

from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.pages import forms, template
from dashboard.pages.forms import Form
from dashboard.pages.settings import site_of, to_list
from dashboard.services import services
from dashboard.stats.model.error import QueryError
from dashboard.stats.parse import site_context, v2
from schema.measures import segments
from schema.measures.segments import SegmentError
from schema.sites.sites import Site
from schema.sites.users import Session


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """A segment in the list."""

    id: int
    name: str
    filters: str  # JSON


class SegmentForm(Form, frozen=True):
    """A segment to add."""

    name: str
    filters: str  # JSON


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
        segment = segments.add(services(request).control, site.id, form.name, filters)
    except (SegmentError, QueryError) as error:
        return _page(request, session, site, form, problem=language.of_error(error), status=422)
    return to_list(site, "segments", row=segment.id)


def remove(request: Request, _session: Session) -> Response:
    """Remove a segment of the site."""
    site = site_of(request)
    try:
        segment = segments.by_id(services(request).control, site.id, request.path_params["id"])
    except (SegmentError, OverflowError):
        raise HTTPException(404) from None
    segments.remove(services(request).control, segment)
    return to_list(site, "segments")


def _filters(text: str) -> list[Any]:
    try:
        return msgspec.json.decode(text, type=list[Any])
    except (msgspec.MsgspecError, RecursionError):
        raise SegmentError('Filters must be a JSON list, such as [["is", "visit:country", ["FR"]]].') from None


def _page(
    request: Request, session: Session, site: Site, entry: SegmentForm, *, problem: str, status: int = 200
) -> Response:
    saved = segments.list_all(services(request).control, site.id)
    return template.page(
        "segments",
        session=session,
        status=status,
        site=site,
        lines=[
            SegmentLine(segment.id, segment.name, msgspec.json.encode(segment.filters).decode()) for segment in saved
        ],
        entry=entry,
        problem=problem,
    )
