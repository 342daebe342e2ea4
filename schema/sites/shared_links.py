"""Shared links: each one lets anyone who has it view a site without signing in."""

import secrets
import sqlite3
from dataclasses import dataclass

from schema.sentence import SentenceError
from schema.stores.control import Control

MAX_NAME_CHARACTERS = 255
_SELECT = "select id, site_id, name, slug from shared_links"


class SharedLinkError(SentenceError):
    """A shared link can't be created or found. The message is shown to the user."""


@dataclass(frozen=True, slots=True)
class SharedLink:
    id: int
    site_id: int
    name: str
    slug: str  # random, and the only secret

    def url(self, *, base_url: str, domain: str) -> str:
        """Return the URL to share."""
        return f"{base_url}/share/{domain}?auth={self.slug}"


def add(control: Control, site_id: int, name: str) -> SharedLink:
    """Create a link. Raises SharedLinkError if the name is invalid or taken."""
    name = _checked_name(name)
    try:
        with control.write() as connection:
            row = connection.execute(
                "insert into shared_links (site_id, name, slug) values (?, ?, ?) returning id, site_id, name, slug",
                (site_id, name, secrets.token_urlsafe(16)),
            ).fetchone()
    except sqlite3.IntegrityError:
        raise SharedLinkError("a link named %(name)s already exists: choose another name", name=name) from None
    return SharedLink(*row)


def put(control: Control, site_id: int, name: str) -> SharedLink:
    """Return the link with this name, created if necessary. Raises SharedLinkError if the name is invalid."""
    name = _checked_name(name)
    row = control.row(f"{_SELECT} where site_id = ? and name = ?", (site_id, name))
    return SharedLink(*row) if row else add(control, site_id, name)


def list_all(control: Control, site_id: int) -> list[SharedLink]:
    """Return the links of a site, sorted by name."""
    rows = control.rows(f"{_SELECT} where site_id = ? order by name", (site_id,))
    return [SharedLink(*row) for row in rows]


def by_id(control: Control, site_id: int, link_id: int) -> SharedLink:
    """Return a link of a site. Raises SharedLinkError."""
    row = control.row(f"{_SELECT} where site_id = ? and id = ?", (site_id, link_id))
    if row is None:
        raise SharedLinkError("there is no shared link %(link_id)s on this site", link_id=link_id)
    return SharedLink(*row)


def by_slug(control: Control, slug: str) -> SharedLink | None:
    """Return the link with this slug, or None. Its site may have been removed."""
    row = control.row(f"{_SELECT} where slug = ?", (slug,))
    return SharedLink(*row) if row else None


def remove(control: Control, link: SharedLink) -> None:
    """Revoke a link."""
    with control.write() as connection:
        connection.execute("delete from shared_links where id = ?", (link.id,))


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > MAX_NAME_CHARACTERS:
        raise SharedLinkError("the name of a link must have 1 to %(most)s characters", most=MAX_NAME_CHARACTERS)
    return name
