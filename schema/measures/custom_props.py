"""Custom properties that a site shows. All are stored, and the Stats API answers for all."""

from schema.stores.control import Control

MAX_PER_SITE = 300
MAX_KEY_CHARACTERS = 300


class CustomPropError(ValueError):
    """A custom property can't be allowed or found; the message is for the person who asked."""


def allowed(control: Control, site_id: int) -> list[str]:
    """Return the keys that a site shows, in order; where there is none it shows all."""
    return [row[0] for row in control.rows("select key from custom_props where site_id = ? order by key", (site_id,))]


def add(control: Control, site_id: int, key: str) -> str:
    """Let a site show a property, which it may do already, and return its key. Raises CustomPropError."""
    key = key.strip()
    if not 0 < len(key) <= MAX_KEY_CHARACTERS:
        raise CustomPropError(f"a property has a name of 1 to {MAX_KEY_CHARACTERS} characters")
    with control.write() as connection:
        connection.execute("insert or ignore into custom_props (site_id, key) values (?, ?)", (site_id, key))
        [count] = connection.execute("select count(*) from custom_props where site_id = ?", (site_id,)).fetchone()
        if count > MAX_PER_SITE:  # undoes the insert
            raise CustomPropError(f"a site can show {MAX_PER_SITE} chosen properties: remove one first")
    return key


def remove(control: Control, site_id: int, key: str) -> None:
    """Take a property off the list. Raises CustomPropError where it is not on it."""
    with control.write() as connection:
        cursor = connection.execute("delete from custom_props where site_id = ? and key = ?", (site_id, key.strip()))
    if not cursor.rowcount:
        raise CustomPropError(f"the property {key.strip()} is not on this site's list")
