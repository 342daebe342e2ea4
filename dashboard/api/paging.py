"""Pages of a list, with cursors to the pages before and after.

A cursor is the sort key of a member, so it stays valid when members are added or removed.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from dashboard.api.call import refuse
from dashboard.api.inputs import MAX_LISTED, Part

Member = TypeVar("Member")
SortKey = int | str  # ascending along the list


def part(
    selected: Part, members: Sequence[Member], sort_key: Callable[[Member], SortKey]
) -> tuple[list[Member], dict[str, Any]]:
    """Return the members selected by after, before and limit, and the `meta` object. Raises HTTPException (400).

    sort_key: returns int for all members or str for all.
    """
    limit = min(selected.limit, MAX_LISTED)
    if limit < 1:
        refuse(f"limit must be a whole number from 1 to {MAX_LISTED}")
    ordered = sorted(members, key=sort_key)
    kind: Any = type(sort_key(ordered[0])) if ordered else SortKey
    start, end = 0, len(ordered)
    if selected.after:
        key = _decoded(selected.after, kind)
        start = sum(sort_key(member) <= key for member in ordered)
    if selected.before:
        key = _decoded(selected.before, kind)
        end = sum(sort_key(member) < key for member in ordered)
        start = start if selected.after else max(end - limit, 0)
    end = max(start, min(end, start + limit))
    shown = ordered[start:end]
    meta = {
        "after": _cursor(sort_key(shown[-1])) if shown and end < len(ordered) else None,
        "before": _cursor(sort_key(shown[0])) if shown and start > 0 else None,
        "limit": limit,
    }
    return shown, meta


def _cursor(key: SortKey) -> str:
    return urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def _decoded(cursor: str, kind: Any) -> Any:
    try:
        return msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=kind)
    except (ValueError, msgspec.MsgspecError):
        refuse("after and before must be cursors from the `meta` of this list")
