"""Custom properties that the reports of a site show. All properties are stored, and the Stats API returns all.

A property can have a display name. Events, filters and the API use its key.
"""

from dataclasses import dataclass

from schema.sentence import SentenceError
from schema.stores.control import Control

MAX_PER_SITE = 300
MAX_KEY_CHARACTERS = 300
MAX_LABEL_CHARACTERS = 100


class CustomPropError(SentenceError):
    """A custom property can't be added or found. The message is shown to the user."""


@dataclass(frozen=True, slots=True)
class CustomProp:
    """A property on the list of a site."""

    key: str
    label: str = ""  # what reports call it; empty: its key


def list_all(control: Control, site_id: int) -> list[CustomProp]:
    """Return the properties that a site shows, sorted by key. An empty list means all."""
    rows = control.rows("select key, label from custom_props where site_id = ? order by key", (site_id,))
    return [CustomProp(*row) for row in rows]


def allowed(control: Control, site_id: int) -> list[str]:
    """Return the keys that a site shows, sorted. An empty list means all."""
    return [prop.key for prop in list_all(control, site_id)]


def by_key(control: Control, site_id: int, key: str) -> CustomProp:
    """Return a property on the list of a site. Raises CustomPropError."""
    row = control.row("select key, label from custom_props where site_id = ? and key = ?", (site_id, key.strip()))
    if row is None:
        raise _missing(key)
    return CustomProp(*row)


def add(control: Control, site_id: int, key: str, *, label: str = "") -> str:
    """Add a property to the list of a site, and return its key. Raises CustomPropError.

    A property that is on the list keeps its label if none is given.
    """
    key, label = key.strip(), _checked_label(label)
    if not 0 < len(key) <= MAX_KEY_CHARACTERS:
        raise CustomPropError("the name of a property must have 1 to %(most)s characters", most=MAX_KEY_CHARACTERS)
    with control.write() as connection:
        connection.execute(
            "insert into custom_props (site_id, key, label) values (?1, ?2, ?3)"
            " on conflict do update set label = ?3 where ?3 != ''",
            (site_id, key, label),
        )
        [count] = connection.execute("select count(*) from custom_props where site_id = ?", (site_id,)).fetchone()
        if count > MAX_PER_SITE:  # undoes the insert
            raise CustomPropError(
                "the list of a site can have at most %(most)s properties: remove one first", most=MAX_PER_SITE
            )
    return key


def set_label(control: Control, site_id: int, key: str, *, label: str) -> None:
    """Give a property another display name; an empty one to show its key. Raises CustomPropError."""
    label = _checked_label(label)
    with control.write() as connection:
        cursor = connection.execute(
            "update custom_props set label = ? where site_id = ? and key = ?", (label, site_id, key.strip())
        )
    if not cursor.rowcount:
        raise _missing(key)


def remove(control: Control, site_id: int, key: str) -> None:
    """Remove a property from the list of a site. Raises CustomPropError."""
    with control.write() as connection:
        cursor = connection.execute("delete from custom_props where site_id = ? and key = ?", (site_id, key.strip()))
    if not cursor.rowcount:
        raise _missing(key)


def _checked_label(label: str) -> str:
    label = " ".join(label.split())
    if len(label) > MAX_LABEL_CHARACTERS or not label.isprintable():
        raise CustomPropError(
            "the display name of a property can have at most %(most)s printable characters", most=MAX_LABEL_CHARACTERS
        )
    return label


def _missing(key: str) -> CustomPropError:
    return CustomPropError("the property %(key)s is not on this site's list", key=key.strip())
