"""Segments: filters with a name, for everybody who looks at a site.

Filters are kept as the Stats API takes them. Whether they can be asked is for who parses them to say.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from schema.stores.control import Control

MAX_NAME_BYTES = 255
MAX_DEPTH = 32  # of filters in filters
MAX_BYTES = 5 * 1024  # filters and labels, as JSON

_SELECT = "select id, site_id, name, filters, labels from segments"


class SegmentError(ValueError):
    """A segment can't be kept or found; the message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Segment:
    id: int
    site_id: int
    name: str
    filters: list[Any]  # each a filter of the Stats API, as parsed JSON
    labels: Mapping[str, str]  # what people see for a coded value: code -> name


def add(
    control: Control, site_id: int, name: str, filters: Sequence[Any], *, labels: Mapping[str, str] | None = None
) -> Segment:
    """Store a new segment. Raises SegmentError."""
    texts = _checked(name, filters, labels or {})
    try:
        with control.write() as connection:
            row = connection.execute(
                "insert into segments (site_id, name, filters, labels) values (?, ?, ?, ?) returning *",
                (site_id, *texts),
            ).fetchone()
    except sqlite3.IntegrityError:
        raise _taken(texts[0]) from None
    return _segment(row)


def put(
    control: Control, site_id: int, name: str, filters: Sequence[Any], *, labels: Mapping[str, str] | None = None
) -> Segment:
    """Store a segment in place of the one of its name, if there is one. Raises SegmentError."""
    row = control.row(f"{_SELECT} where site_id = ? and name = ?", (site_id, name.strip()))
    if row is None:
        return add(control, site_id, name, filters, labels=labels)
    return change(control, _segment(row), filters=filters, labels=labels or {})


def change(
    control: Control,
    segment: Segment,
    *,
    name: str | None = None,
    filters: Sequence[Any] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Segment:
    """Give a segment another name, other filters or other labels; what is None stays. Raises SegmentError."""
    texts = _checked(
        segment.name if name is None else name,
        segment.filters if filters is None else filters,
        segment.labels if labels is None else labels,
    )
    try:
        with control.write() as connection:
            row = connection.execute(
                "update segments set name = ?, filters = ?, labels = ? where id = ? returning *",
                (*texts, segment.id),
            ).fetchone()
    except sqlite3.IntegrityError:
        raise _taken(texts[0]) from None
    if row is None:
        raise _missing(segment.id)
    return _segment(row)


def list_all(control: Control, site_id: int) -> list[Segment]:
    """Return a site's segments, by name."""
    return [_segment(row) for row in control.rows(f"{_SELECT} where site_id = ? order by name", (site_id,))]


def by_id(control: Control, site_id: int, segment_id: int) -> Segment:
    """Return a segment of a site. Raises SegmentError."""
    row = control.row(f"{_SELECT} where site_id = ? and id = ?", (site_id, segment_id))
    if row is None:
        raise _missing(segment_id)
    return _segment(row)


def remove(control: Control, segment: Segment) -> None:
    """Delete a segment."""
    with control.write() as connection:
        connection.execute("delete from segments where id = ?", (segment.id,))


def rename_goal(connection: sqlite3.Connection, site_id: int, *, old: str, new: str) -> None:
    """Let the filters of a site's segments name a goal as it is called from now on."""
    rows = connection.execute("select id, filters from segments where site_id = ?", (site_id,)).fetchall()
    for segment_id, text in rows:
        filters = [_renamed(member, old, new) for member in msgspec.json.decode(text)]
        connection.execute("update segments set filters = ? where id = ?", (_json(filters), segment_id))


def _renamed(member: Any, old: str, new: str) -> Any:
    match member:
        case ["is", "event:goal", [*names], *rest]:
            return ["is", "event:goal", [new if name == old else name for name in names], *rest]
        case [*members]:
            return [_renamed(inner, old, new) for inner in members]
    return member


def _checked(name: str, filters: Sequence[Any], labels: Mapping[str, str]) -> tuple[str, str, str]:
    """Return the columns of a segment as they are stored. Raises SegmentError."""
    name = name.strip()
    if not name or len(name.encode()) > MAX_NAME_BYTES:
        raise SegmentError(f"a segment needs a name of 1 to {MAX_NAME_BYTES} bytes")
    if not filters:
        raise SegmentError("a segment needs at least one filter")
    if _depth(filters) > MAX_DEPTH:
        raise SegmentError(f"the filters of a segment can stand {MAX_DEPTH} deep in one another")
    texts = _json(filters), _json(labels)
    if sum(len(text.encode()) for text in texts) > MAX_BYTES:
        raise SegmentError(f"the filters and labels of a segment can have {MAX_BYTES} bytes of JSON together")
    return name, *texts


def _depth(members: Any) -> int:
    """Return how deep lists stand in one another, or MAX_DEPTH and one where it is more."""
    depth = 0
    while isinstance(members, list | tuple) and depth <= MAX_DEPTH:
        depth += 1
        members = [inner for member in members if isinstance(member, list | tuple) for inner in member] or None
    return depth


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _segment(row: sqlite3.Row) -> Segment:
    filters, labels = (msgspec.json.decode(row[name]) for name in ("filters", "labels"))
    return Segment(row["id"], row["site_id"], row["name"], filters, labels)


def _taken(name: str) -> SegmentError:
    return SegmentError(f"there is a segment named {name} already: choose another name")


def _missing(segment_id: int) -> SegmentError:
    return SegmentError(f"there is no segment {segment_id} on this site")
