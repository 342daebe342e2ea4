"""Shared links: each one lets anyone who has it view a site without signing in.

A link may need a password, expire, show only a segment, and leave boxes of the report out.

The secret of a link (its slug) is stored as it is, unlike sessions and API keys: the Sites API returns the same URL for
the same name, and the settings show the URL again to copy it. It gives access to reports only, and can be revoked.
"""

import hmac
import secrets
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from schema.measures import segments
from schema.measures.segments import SegmentError
from schema.sentence import SentenceError
from schema.sites import embed_hosts as hosts_of_embeds
from schema.stores.control import Control

MAX_NAME_CHARACTERS = 255
BOXES = ("goals", "sources", "pages", "places", "devices")  # of the report, in its order
_START = 6  # characters of a slug that the control file is searched for
_SELECT = (
    "select id, site_id, name, slug, password_hash, expires_at, segment_id, left_out, embed_hosts from shared_links"
)


class SharedLinkError(SentenceError):
    """A shared link can't be created or found. The message is shown to the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a link shows, to whom and until when."""

    password_hash: str | None = None  # None: the link alone is enough
    expires_at: int | None = None  # epoch seconds, exclusive; None: never
    segment_id: int | None = None  # only visits of this segment; None: all
    left_out: frozenset[str] = frozenset()  # of BOXES
    embed_hosts: tuple[str, ...] = ()  # that may show it in a frame, besides the site itself


OPEN = Terms()


@dataclass(frozen=True, slots=True)
class SharedLink:
    id: int
    site_id: int
    name: str
    slug: str  # random, and the only secret
    terms: Terms = OPEN

    def url(self, *, base_url: str, domain: str) -> str:
        """Return the URL to share."""
        return f"{base_url}/share/{domain}?auth={self.slug}"

    def has_expired(self, *, now: float) -> bool:
        """Return whether the link shows nothing any more. now: epoch seconds."""
        return self.terms.expires_at is not None and now >= self.terms.expires_at


def add(control: Control, site_id: int, name: str, terms: Terms = OPEN) -> SharedLink:
    """Create a link. Raises SharedLinkError if the name is invalid or taken, or the segment can't be shared."""
    name = _checked_name(name)
    _check_segment(control, site_id, terms)
    try:
        with control.write() as connection:
            row = connection.execute(
                "insert into shared_links"
                " (site_id, name, slug, password_hash, expires_at, segment_id, left_out, embed_hosts)"
                " values (?, ?, ?, ?, ?, ?, ?, ?) returning *",
                (site_id, name, secrets.token_urlsafe(16), *_written(terms)),
            ).fetchone()
    except sqlite3.IntegrityError:
        raise _taken(name) from None
    return _link(row)


def put(control: Control, site_id: int, name: str) -> SharedLink:
    """Return the link with this name, created if necessary. Raises SharedLinkError if the name is invalid."""
    name = _checked_name(name)
    row = control.row(f"{_SELECT} where site_id = ? and name = ?", (site_id, name))
    return _link(row) if row else add(control, site_id, name)


def change(control: Control, link: SharedLink, *, name: str, terms: Terms) -> SharedLink:
    """Give a link another name and other terms. Its URL stays. Raises SharedLinkError as `add` does."""
    name = _checked_name(name)
    _check_segment(control, link.site_id, terms)
    try:
        with control.write() as connection:
            row = connection.execute(
                "update shared_links set name = ?, password_hash = ?, expires_at = ?, segment_id = ?, left_out = ?,"
                " embed_hosts = ? where id = ? returning *",
                (name, *_written(terms), link.id),
            ).fetchone()
    except sqlite3.IntegrityError:
        raise _taken(name) from None
    if row is None:
        raise missing(link.id)
    return _link(row)


def list_all(control: Control, site_id: int) -> list[SharedLink]:
    """Return the links of a site, sorted by name."""
    rows = control.rows(f"{_SELECT} where site_id = ? order by name", (site_id,))
    return list(map(_link, rows))


def by_id(control: Control, site_id: int, link_id: int) -> SharedLink:
    """Return a link of a site. Raises SharedLinkError."""
    row = control.row(f"{_SELECT} where site_id = ? and id = ?", (site_id, link_id))
    if row is None:
        raise missing(link_id)
    return _link(row)


def by_slug(control: Control, slug: str) -> SharedLink | None:
    """Return the link with this slug, or None. Its site may have been removed.

    How long it takes does not depend on how much of a guessed slug is right.
    """
    opened = None
    for row in control.rows(f"{_SELECT} where substr(slug, 1, {_START}) = ?", (slug[:_START],)):
        if hmac.compare_digest(str(row["slug"]).encode(), slug.encode(errors="surrogatepass")):
            opened = _link(row)
    return opened


def remove(control: Control, link: SharedLink) -> None:
    """Revoke a link."""
    with control.write() as connection:
        connection.execute("delete from shared_links where id = ?", (link.id,))


def of_segment(control: Control, segment_id: int) -> list[str]:
    """Return the names of the links that show only this segment, and that go with it."""
    return [row[0] for row in control.rows("select name from shared_links where segment_id = ?", (segment_id,))]


def boxes(names: Iterable[str]) -> frozenset[str]:
    """Return the boxes among these names."""
    return frozenset(names) & frozenset(BOXES)


def missing(link_id: int) -> SharedLinkError:
    """Return the error for a link that does not exist on a site."""
    return SharedLinkError("there is no shared link %(link_id)s on this site", link_id=link_id)


def _written(terms: Terms) -> tuple[str | int | None, ...]:
    left_out = " ".join(box for box in BOXES if box in terms.left_out)
    hosts = hosts_of_embeds.written(terms.embed_hosts)
    return terms.password_hash, terms.expires_at, terms.segment_id, left_out, hosts


def _link(row: sqlite3.Row) -> SharedLink:
    terms = Terms(
        password_hash=row["password_hash"],
        expires_at=row["expires_at"],
        segment_id=row["segment_id"],
        left_out=boxes(row["left_out"].split()),
        embed_hosts=hosts_of_embeds.read(row["embed_hosts"]),
    )
    return SharedLink(row["id"], row["site_id"], row["name"], row["slug"], terms)


def _check_segment(control: Control, site_id: int, terms: Terms) -> None:
    if terms.segment_id is None:
        return
    try:
        segment = segments.by_id(control, site_id, terms.segment_id)
    except (SegmentError, OverflowError):
        raise SharedLinkError("choose a segment that everyone with access to the site sees") from None
    if segments.changes_conversions(segment):
        raise SharedLinkError(
            "a link can't be limited to the segment %(name)s: with a goal or property, conversion rates would still"
            " show the visitors outside it",
            name=segment.name,
        )


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > MAX_NAME_CHARACTERS:
        raise SharedLinkError("the name of a link must have 1 to %(most)s characters", most=MAX_NAME_CHARACTERS)
    return name


def _taken(name: str) -> SharedLinkError:
    return SharedLinkError("a link named %(name)s already exists: choose another name", name=name)
