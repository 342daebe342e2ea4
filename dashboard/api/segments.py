"""Segments of a site: saved filters."""

from typing import Any

import msgspec

from dashboard.api.call import Answer, Call, existing, refuse
from dashboard.api.paging import part
from dashboard.stats.parse import site_context, v2
from schema.measures import segments
from schema.measures.segments import Segment
from schema.sites.sites import Site


def list_all(call: Call) -> Answer:
    """List the segments of a site, by name."""
    shown, meta = part(call, segments.list_all(call.control, call.site().id), lambda segment: segment.name)
    return {"segments": [_shown(segment) for segment in shown], "meta": meta}


def put(call: Call) -> Answer:
    """Create a segment, or replace the filters of the segment with this name."""
    site = call.site()
    filters, labels = _filters(call, site), call.texts_by_name("labels")
    segment = segments.put(call.control, site.id, call.text("name"), filters, labels=labels)
    return {"domain": site.domain, **_shown(segment)}


def change(call: Call) -> Answer:
    """Change the name, filters or labels of a segment."""
    site = call.site()
    segment = existing(segments.by_id, call.control, site.id, call.request.path_params["id"])
    changed = segments.change(
        call.control,
        segment,
        name=call.text("name") if call.has("name") else None,
        filters=_filters(call, site) if call.has("filters") else None,
        labels=call.texts_by_name("labels") if call.has("labels") else None,
    )
    return {"domain": site.domain, **_shown(changed)}


def remove(call: Call) -> Answer:
    """Delete a segment."""
    segment = existing(segments.by_id, call.control, call.site().id, call.request.path_params["id"])
    segments.remove(call.control, segment)
    return {"deleted": True}


def _filters(call: Call, site: Site) -> list[Any]:
    filters = call.fields.get("filters")
    if isinstance(filters, str):  # in a form
        try:
            filters = msgspec.json.decode(filters)
        except (msgspec.DecodeError, RecursionError):
            filters = None
    if not isinstance(filters, list):
        refuse('filters must be a list in the format of the Stats API, such as [["is", "visit:country", ["FR"]]]')
    v2.check_filters(filters, site_context.of_filters(call.control, site))
    return filters


def _shown(segment: Segment) -> dict[str, Any]:
    return {
        "id": segment.id,
        "name": segment.name,
        "type": "site",
        "filters": segment.filters,
        "labels": dict(segment.labels),
    }
