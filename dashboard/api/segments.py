"""Segments of a site: saved filters."""

from typing import Annotated, Any

import msgspec

from dashboard.api.call import Answer, Call, existing
from dashboard.api.inputs import OfSite, PartOfSite, about
from dashboard.api.paging import part
from dashboard.api.query_schema import COMPONENTS
from dashboard.stats.parse import site_context, v2
from schema.measures import segments
from schema.measures.segments import Segment
from schema.sites.sites import Site


def list_all(call: Call, selected: PartOfSite) -> Answer:
    """List the segments of a site, by name."""
    shown, meta = part(selected, segments.list_all(call.control, call.site().id), lambda segment: segment.name)
    return {"segments": [_shown(segment) for segment in shown], "meta": meta}


Filters = Annotated[
    list[Any],
    about(
        f"Filters as in a query, with the labels at most {segments.MAX_BYTES:,} bytes and {segments.MAX_DEPTH} deep",
        refusal='must be a list in the format of the Stats API, such as [["is", "visit:country", ["FR"]]]',
        items={"$ref": f"{COMPONENTS}filter"},
    ),
]
Labels = Annotated[dict[str, str], about("Value of a filter -> the text to show for it")]
Name = Annotated[str, about("Name of the segment", maxLength=segments.MAX_NAME_BYTES)]


class NewSegment(OfSite, frozen=True, kw_only=True):
    """A segment, or new filters for the segment with this name."""

    filters: Filters
    name: Name
    labels: Labels = msgspec.field(default_factory=dict)


class SegmentChanges(OfSite, frozen=True, kw_only=True):
    """What to change of a segment."""

    name: Name | None = None
    filters: Filters | None = None
    labels: Labels | None = None


def put(call: Call, new: NewSegment) -> Answer:
    """Create a segment, or replace the filters of the segment with this name."""
    site = call.site()
    _check(call, site, new.filters)
    earlier = {other.id for other in segments.list_all(call.control, site.id)}
    segment = segments.put(call.control, site.id, new.name, new.filters, labels=new.labels)
    change = "Changed the segment %(name)s." if segment.id in earlier else "Added the segment %(name)s."
    call.record(site, change, name=segment.name)
    return {"domain": site.domain, **_shown(segment)}


def change(call: Call, new: SegmentChanges) -> Answer:
    """Change the name, filters or labels of a segment."""
    site = call.site()
    segment = existing(segments.by_id, call.control, site.id, call.request.path_params["id"])
    if new.filters is not None:
        _check(call, site, new.filters)
    changed = segments.change(call.control, segment, name=new.name, filters=new.filters, labels=new.labels)
    call.record(site, "Changed the segment %(name)s.", name=changed.name)
    return {"domain": site.domain, **_shown(changed)}


def remove(call: Call) -> Answer:
    """Delete a segment."""
    site = call.site()
    segment = existing(segments.by_id, call.control, site.id, call.request.path_params["id"])
    segments.remove(call.control, segment)
    call.record(site, "Removed the segment %(name)s.", name=segment.name)
    return {"deleted": True}


def _check(call: Call, site: Site, filters: list[Any]) -> None:
    v2.check_filters(filters, site_context.of_filters(call.control, site))


def _shown(segment: Segment) -> dict[str, Any]:
    return {
        "id": segment.id,
        "name": segment.name,
        "type": "site",
        "filters": segment.filters,
        "labels": dict(segment.labels),
    }
