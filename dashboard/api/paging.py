"""A part of a list, and the marks that lead to the parts before and after it.

A mark says behind which member a part begins, in the list's own order: it stays good when members come and go.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from dashboard.api.call import Call, refuse

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000

Member = TypeVar("Member")
Place = int | str  # where a member stands; rises along the list


def part(
    call: Call, members: Sequence[Member], place: Callable[[Member], Place]
) -> tuple[list[Member], dict[str, Any]]:
    """Return the members that a call asks for with after, before and limit, and what stands in `meta`.

    place: of a member, all of them int or all str. Raises HTTPException (400).
    """
    limit = min(call.whole("limit", DEFAULT_LIMIT), MAX_LIMIT)
    if limit < 1:
        refuse(f"limit must be a whole number from 1 to {MAX_LIMIT}")
    ordered = sorted(members, key=place)
    kind: Any = type(place(ordered[0])) if ordered else Place
    start, end = 0, len(ordered)
    if after := call.text("after"):
        mark = _place(after, kind)
        start = sum(place(member) <= mark for member in ordered)
    if before := call.text("before"):
        mark = _place(before, kind)
        end = sum(place(member) < mark for member in ordered)
        start = start if after else max(end - limit, 0)
    end = max(start, min(end, start + limit))
    shown = ordered[start:end]
    meta = {
        "after": _mark(place(shown[-1])) if shown and end < len(ordered) else None,
        "before": _mark(place(shown[0])) if shown and start > 0 else None,
        "limit": limit,
    }
    return shown, meta


def _mark(place: Place) -> str:
    return urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _place(mark: str, kind: Any) -> Any:
    try:
        return msgspec.json.decode(urlsafe_b64decode(mark + "=" * (-len(mark) % 4)), type=kind)
    except (ValueError, msgspec.MsgspecError):
        refuse("after and before must be marks from the `meta` of this list")
