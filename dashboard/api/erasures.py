"""Erasures of a site: what is erased of its statistics, and how much that is."""

from typing import Annotated, Any

from dashboard.api.call import Answer, Call
from dashboard.api.inputs import OfSite, PartOfSite, about
from dashboard.api.paging import part
from schema.people.roles import Right
from schema.privacy import erasing, erasures
from schema.privacy.erasures import MAX_VALUE_CHARACTERS, STEPS, Erasure, Kind


class NewErasure(OfSite, frozen=True, kw_only=True):
    """What to erase."""

    kind: Annotated[str, about("What selects the events", enum=list(Kind))]
    value: Annotated[
        str,
        about(
            "A path or a pattern of paths, KEY=VALUE of a property, a host, or the id of an import; empty for days",
            maxLength=MAX_VALUE_CHARACTERS,
            examples=["/blog/**"],
        ),
    ] = ""
    first: Annotated[str, about("First day in the time zone of the site; empty: from the beginning")] = ""
    last: Annotated[str, about("Last day; empty: to the end")] = ""
    dry_run: Annotated[bool, about("Report what would be erased, and change nothing")] = False


def list_all(call: Call, selected: PartOfSite) -> Answer:
    """List the erasures of a site, newest first."""
    shown, meta = part(selected, erasures.list_all(call.control, call.site().id)[::-1], lambda one: -one.id)
    return {"erasures": [_shown(erasure) for erasure in shown], "meta": meta}


def put(call: Call, new: NewErasure) -> Answer:
    """Erase events for good, with their effect on visits and counts. The server begins at once."""
    site, now = call.site(needs=Right.OWN), call.server.clock()
    selection = erasures.read(call.control, site, new.kind, new.value, first=new.first, last=new.last)
    extent = erasing.extent(call.server.database, site, selection, now=now)
    counts = {
        "events": extent.events,
        "visits": extent.visits,
        "counted_days": extent.counted_days,
        "description": str(extent),
    }
    if new.dry_run:
        return counts | {"erasure": None}
    return counts | {"erasure": _shown(erasures.add(call.control, site, selection, who=call.who, now=now))}


def _shown(erasure: Erasure) -> dict[str, Any]:
    selection = erasure.selection
    return {
        "id": erasure.id,
        "kind": selection.kind,
        "value": f"{selection.key}={selection.value}" if selection.key else selection.value,
        "first": selection.first and str(selection.first),
        "last": selection.last and str(selection.last),
        "requested_at": erasure.requested_at,
        "who": erasure.who,
        "progress": erasure.step / STEPS,
    }
