"""Custom properties that the reports of a site show. All properties are stored, and the Stats API returns all."""

from schema.sentence import SentenceError
from schema.stores.control import Control

MAX_PER_SITE = 300
MAX_KEY_CHARACTERS = 300


class CustomPropError(SentenceError):
    """A custom property can't be added or found. The message is shown to the user."""


def allowed(control: Control, site_id: int) -> list[str]:
    """Return the keys that a site shows, sorted. An empty list means all."""
    return [row[0] for row in control.rows("select key from custom_props where site_id = ? order by key", (site_id,))]


def add(control: Control, site_id: int, key: str) -> str:
    """Add a property to the list of a site, and return its key. Raises CustomPropError."""
    key = key.strip()
    if not 0 < len(key) <= MAX_KEY_CHARACTERS:
        raise CustomPropError("the name of a property must have 1 to %(most)s characters", most=MAX_KEY_CHARACTERS)
    with control.write() as connection:
        connection.execute("insert or ignore into custom_props (site_id, key) values (?, ?)", (site_id, key))
        [count] = connection.execute("select count(*) from custom_props where site_id = ?", (site_id,)).fetchone()
        if count > MAX_PER_SITE:  # undoes the insert
            raise CustomPropError(
                "the list of a site can have at most %(most)s properties: remove one first", most=MAX_PER_SITE
            )
    return key


def remove(control: Control, site_id: int, key: str) -> None:
    """Remove a property from the list of a site. Raises CustomPropError."""
    with control.write() as connection:
        cursor = connection.execute("delete from custom_props where site_id = ? and key = ?", (site_id, key.strip()))
    if not cursor.rowcount:
        raise CustomPropError("the property %(key)s is not on this site's list", key=key.strip())
