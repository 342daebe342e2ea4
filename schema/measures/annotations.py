"""Annotations: what people note about a day of a site, for themselves or for everybody with the site."""

import sqlite3
from dataclasses import dataclass, replace
from datetime import date

from schema.sentence import SentenceError
from schema.stores.control import Control

MAX_PER_SITE = 1000
MAX_CHARACTERS = 200
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)

_SELECT = "select id, site_id, user_id, day, note from annotations"


class AnnotationError(SentenceError):
    """An annotation can't be stored or found. The message is shown to the user."""


@dataclass(frozen=True, slots=True)
class Annotation:
    id: int  # 0: not stored yet
    site_id: int
    day: date
    note: str
    user_id: int | None = None  # who alone sees it; None: everybody with the site


def new(site_id: int, *, day: str, note: str, user_id: int | None = None) -> Annotation:
    """Return a valid annotation that is not stored yet. day: YYYY-MM-DD. Raises AnnotationError."""
    return Annotation(0, site_id, _checked_day(day), _checked_note(note), user_id)


def put(control: Control, annotation: Annotation) -> Annotation:
    """Store an annotation, or return the one with the same day, note and reader. Raises AnnotationError."""
    with control.write() as connection:
        row = connection.execute(
            f"{_SELECT} where site_id = ? and day = ? and note = ? and user_id is ?",
            (annotation.site_id, str(annotation.day), annotation.note, annotation.user_id),
        ).fetchone()
        return _annotation(row) if row else _insert(connection, annotation)


def list_all(control: Control, site_id: int, *, user_id: int | None = None) -> list[Annotation]:
    """Return the annotations of a site and those of a user there, latest day first."""
    rows = control.rows(
        f"{_SELECT} where site_id = ? and (user_id is null or user_id = ?) order by day desc, id desc",
        (site_id, user_id),
    )
    return [_annotation(row) for row in rows]


def within(control: Control, site_id: int, *, first: date, last: date, user_id: int | None = None) -> list[Annotation]:
    """Return what `list_all` returns about some days, both included, earliest first."""
    rows = control.rows(
        f"{_SELECT} where site_id = ? and (user_id is null or user_id = ?) and day between ? and ? order by day, id",
        (site_id, user_id, str(first), str(last)),
    )
    return [_annotation(row) for row in rows]


def by_id(control: Control, site_id: int, annotation_id: int, *, user_id: int | None = None) -> Annotation:
    """Return an annotation that `list_all` returns. Raises AnnotationError, OverflowError."""
    row = control.row(
        f"{_SELECT} where site_id = ? and id = ? and (user_id is null or user_id = ?)",
        (site_id, annotation_id, user_id),
    )
    if row is None:
        raise AnnotationError("there is no annotation %(id)s on this site", id=annotation_id)
    return _annotation(row)


def change(control: Control, annotation: Annotation, changed: Annotation) -> Annotation:
    """Give an annotation the day, note and reader of another one."""
    with control.write() as connection:
        connection.execute(
            "update annotations set day = ?, note = ?, user_id = ? where id = ?",
            (str(changed.day), changed.note, changed.user_id, annotation.id),
        )
    return replace(changed, id=annotation.id)


def remove(control: Control, annotation: Annotation) -> None:
    """Delete an annotation."""
    with control.write() as connection:
        connection.execute("delete from annotations where id = ?", (annotation.id,))


def _insert(connection: sqlite3.Connection, annotation: Annotation) -> Annotation:
    [count] = connection.execute("select count(*) from annotations where site_id = ?", (annotation.site_id,)).fetchone()
    if count >= MAX_PER_SITE:
        raise AnnotationError("a site can have %(most)s annotations: remove one first", most=MAX_PER_SITE)
    cursor = connection.execute(
        "insert into annotations (site_id, user_id, day, note) values (?, ?, ?, ?)",
        (annotation.site_id, annotation.user_id, str(annotation.day), annotation.note),
    )
    return replace(annotation, id=int(cursor.lastrowid or 0))


def _checked_day(text: str) -> date:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY or str(day) != text.strip():
        raise AnnotationError("%(text)r is not a date: enter it like 2026-03-10", text=text[:40])
    return day


def _checked_note(text: str) -> str:
    note = " ".join(text.split())
    if not 0 < len(note) <= MAX_CHARACTERS or not note.isprintable():
        raise AnnotationError("a note is a text of 1 to %(most)s characters", most=MAX_CHARACTERS)
    return note


def _annotation(row: sqlite3.Row) -> Annotation:
    return Annotation(row["id"], row["site_id"], date.fromisoformat(row["day"]), row["note"], row["user_id"])
