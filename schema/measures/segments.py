"""Segments: saved filters, for one user or shared by everyone with access to a site.

Filters are stored in the form of the Stats API. The parser of queries validates them, not this module.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from schema.sentence import SentenceError
from schema.stores.control import Control

MAX_NAME_BYTES = 255
MAX_DEPTH = 32  # of nested filters
MAX_BYTES = 5 * 1024  # filters and labels, as JSON

_SELECT = "select id, site_id, name, filters, labels, user_id from segments"
_VISIBLE = "(user_id is null or user_id = ?)"


class SegmentError(SentenceError):
    """A segment can't be stored or found. The message is shown to the user."""


@dataclass(frozen=True, slots=True)
class Segment:
    id: int
    site_id: int
    name: str
    filters: list[Any]  # each a filter of the Stats API, as parsed JSON
    labels: Mapping[str, str]  # code of a value -> name to display
    user_id: int | None = None  # the only user who sees it; None: shared


def add(
    control: Control,
    site_id: int,
    name: str,
    filters: Sequence[Any],
    *,
    labels: Mapping[str, str] | None = None,
    user_id: int | None = None,
) -> Segment:
    """Store a new segment. user_id: the only user who sees it, or None to share it. Raises SegmentError."""
    texts = _checked(name, filters, labels or {})
    try:
        with control.write() as connection:
            row = connection.execute(
                "insert into segments (site_id, name, filters, labels, user_id) values (?, ?, ?, ?, ?) returning *",
                (site_id, *texts, user_id),
            ).fetchone()
    except sqlite3.IntegrityError:
        raise _taken(texts[0]) from None
    return _segment(row)


def put(
    control: Control, site_id: int, name: str, filters: Sequence[Any], *, labels: Mapping[str, str] | None = None
) -> Segment:
    """Store a shared segment, replacing the one with the same name. Raises SegmentError."""
    row = control.row(f"{_SELECT} where site_id = ? and name = ? and user_id is null", (site_id, name.strip()))
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
    """Change the name, filters or labels of a segment. None keeps the old value. Raises SegmentError."""
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
        raise missing(segment.id)
    return _segment(row)


def list_all(control: Control, site_id: int, *, user_id: int | None = None) -> list[Segment]:
    """Return a user's own segments of a site, then the shared ones, sorted by name. user_id: None for shared only."""
    rows = control.rows(
        f"{_SELECT} where site_id = ? and {_VISIBLE} order by user_id is null, name", (site_id, user_id)
    )
    return [_segment(row) for row in rows]


def of_everyone(control: Control, site_id: int) -> list[Segment]:
    """Return the shared segments of a site and those of all users, sorted by name, for people who run the server."""
    rows = control.rows(f"{_SELECT} where site_id = ? order by name, user_id", (site_id,))
    return [_segment(row) for row in rows]


def by_id(control: Control, site_id: int, segment_id: int, *, user_id: int | None = None) -> Segment:
    """Return a segment that `list_all` returns. Raises SegmentError, OverflowError."""
    row = control.row(f"{_SELECT} where site_id = ? and id = ? and {_VISIBLE}", (site_id, segment_id, user_id))
    if row is None:
        raise missing(segment_id)
    return _segment(row)


def remove(control: Control, segment: Segment) -> None:
    """Delete a segment."""
    with control.write() as connection:
        connection.execute("delete from segments where id = ?", (segment.id,))


def has_goal(segment: Segment, name: str) -> bool:
    """True if the filters of a segment name a goal, at any depth."""
    return bool(_renamed(segment.filters, name, None) != segment.filters)


def changes_conversions(segment: Segment) -> bool:
    """True if filters of a segment are about goals or properties, at any depth.

    A conversion rate is a share of all visitors, also of those who do not match such filters.
    """
    return _names_conversions(segment.filters)


def _names_conversions(member: Any) -> bool:
    if isinstance(member, list | tuple):
        return any(map(_names_conversions, member))
    return isinstance(member, str) and member.startswith(("event:goal", "event:props:"))


def rename_goal(connection: sqlite3.Connection, site_id: int, *, old: str, new: str) -> None:
    """Replace the name of a goal in the filters of a site's segments."""
    rows = connection.execute("select id, filters from segments where site_id = ?", (site_id,)).fetchall()
    for segment_id, text in rows:
        filters = with_renamed_goal(msgspec.json.decode(text), old=old, new=new)
        connection.execute("update segments set filters = ? where id = ?", (_json(filters), segment_id))


def with_renamed_goal(filters: Sequence[Any], *, old: str, new: str) -> list[Any]:
    """Return filters of the Stats API that select the same after a goal was renamed."""
    return [_renamed(member, old, new) for member in filters]


def _renamed(member: Any, old: str, new: str | None) -> Any:
    match member:
        case ["is", "event:goal", [*names], *rest]:
            return ["is", "event:goal", [new if name == old else name for name in names], *rest]
        case ["contains", "event:goal", [*texts], *rest] if new and _contains(texts, old) and not _contains(texts, new):
            # The texts may select other goals, too.
            return ["contains", "event:goal", [*texts, new], *rest]
        case [*members]:
            return [_renamed(inner, old, new) for inner in members]
    return member


def _contains(texts: Sequence[Any], name: str) -> bool:
    return any(isinstance(text, str) and text in name for text in texts)


def _checked(name: str, filters: Sequence[Any], labels: Mapping[str, str]) -> tuple[str, str, str]:
    """Return name, filters and labels as they are stored. Raises SegmentError."""
    name = name.strip()
    if not name or len(name.encode()) > MAX_NAME_BYTES:
        raise SegmentError("the name of a segment must have 1 to %(most)s bytes", most=MAX_NAME_BYTES)
    if not filters:
        raise SegmentError("a segment needs at least one filter")
    if _depth(filters) > MAX_DEPTH:
        raise SegmentError("the filters of a segment can be nested at most %(most)s deep", most=MAX_DEPTH)
    texts = _json(filters), _json(labels)
    if sum(len(text.encode()) for text in texts) > MAX_BYTES:
        raise SegmentError(
            "the filters and labels of a segment can have at most %(most)s bytes of JSON", most=MAX_BYTES
        )
    return name, *texts


def _depth(members: Any) -> int:
    """Return the nesting depth of lists, MAX_DEPTH + 1 at most."""
    depth = 0
    while isinstance(members, list | tuple) and depth <= MAX_DEPTH:
        depth += 1
        members = [inner for member in members if isinstance(member, list | tuple) for inner in member] or None
    return depth


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _segment(row: sqlite3.Row) -> Segment:
    filters, labels = (msgspec.json.decode(row[name]) for name in ("filters", "labels"))
    return Segment(row["id"], row["site_id"], row["name"], filters, labels, row["user_id"])


def _taken(name: str) -> SegmentError:
    return SegmentError("a segment named %(name)s already exists: choose another name", name=name)


def missing(segment_id: int) -> SegmentError:
    """Return the error for a segment that does not exist, or that its reader may not see."""
    return SegmentError("there is no segment %(segment_id)s on this site", segment_id=segment_id)
