"""Annotations of a site: what everybody with the site reads on its chart. Personal ones are not part of the API."""

from typing import Annotated, Any

from dashboard.api.call import Answer, Call, existing
from dashboard.api.inputs import OfSite, PartOfSite, about
from dashboard.api.paging import part
from schema.measures import annotations
from schema.measures.annotations import Annotation


def list_all(call: Call, selected: PartOfSite) -> Answer:
    """List the annotations of a site, newest first."""
    every = annotations.list_all(call.control, call.site().id)
    shown, meta = part(selected, every, lambda annotation: -annotation.id)
    return {"annotations": [_shown(annotation) for annotation in shown], "meta": meta}


class NewAnnotation(OfSite, frozen=True, kw_only=True):
    """What to note about a day."""

    date: Annotated[str, about("Day in the time zone of the site, such as 2026-03-10", format="date")]
    note: Annotated[
        str,
        about(f"Text. A site has at most {annotations.MAX_PER_SITE:,}", maxLength=annotations.MAX_CHARACTERS),
    ]


def put(call: Call, new: NewAnnotation) -> Answer:
    """Create an annotation. Putting the same text on the same day again changes nothing."""
    site = call.site()
    annotation = annotations.new(site.id, day=new.date, note=new.note)
    return {"domain": site.domain, **_shown(annotations.put(call.control, annotation))}


def remove(call: Call) -> Answer:
    """Delete an annotation."""
    annotation = existing(annotations.by_id, call.control, call.site().id, call.request.path_params["id"])
    annotations.remove(call.control, annotation)
    return {"deleted": True}


def _shown(annotation: Annotation) -> dict[str, Any]:
    return {"id": annotation.id, "date": str(annotation.day), "note": annotation.note}
