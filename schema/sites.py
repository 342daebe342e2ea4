"""Sites: whose events are accepted, and in which time zone their days begin."""

import re
import sqlite3
import time
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schema.control import Control

DEFAULT_RETENTION_DAYS = 761  # 25 months, the longest the French regulator's guidance allows
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:\d{1,5})?")
# First parts of the dashboard's own addresses: a site of that name could not be opened.
_RESERVED = frozenset({"api", "js", "sign-in", "sign-out", "sites", "static"})


class SiteError(ValueError):
    """A site can't be added or found; the message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Site:
    id: int
    domain: str
    timezone: str  # IANA name
    retention_days: int

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def normal_domain(text: str) -> str:
    """Return a domain as sites are known by: lower case, without white space around and one leading `www.`."""
    return text.strip().lower().removeprefix("www.")


def add(control: Control, domain: str, *, timezone: str) -> Site:
    """Store a new site. Raises SiteError on a domain or time zone that is none, or a domain that is taken."""
    domain = normal_domain(domain)
    if not _DOMAIN.fullmatch(domain):
        raise SiteError(f"{domain!r} is not a domain: write it as in example.org, without https://")
    if domain in _RESERVED:
        raise SiteError(f"{domain} is an address of the dashboard itself, so a site can't have it")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SiteError(f"{timezone!r} is not a time zone: write it as in Europe/Paris") from None
    try:
        with control.write() as connection:
            cursor = connection.execute(
                "insert into sites (domain, timezone, retention_days, created_at, script_id)"
                " values (?, ?, ?, ?, lower(hex(randomblob(10))))",
                (domain, timezone, DEFAULT_RETENTION_DAYS, int(time.time())),
            )
    except sqlite3.IntegrityError:
        raise SiteError(f"{domain} exists already") from None
    return Site(int(cursor.lastrowid or 0), domain, timezone, DEFAULT_RETENTION_DAYS)


def list_all(control: Control) -> list[Site]:
    """Return every site in use, by domain."""
    rows = control.rows(
        "select id, domain, timezone, retention_days from sites where removed_at is null order by domain"
    )
    return [Site(*row) for row in rows]


def by_domain(control: Control, domain: str) -> Site | None:
    """Return the site of a domain as a person writes it, or None."""
    row = control.row(
        "select id, domain, timezone, retention_days from sites where domain = ? and removed_at is null",
        (normal_domain(domain),),
    )
    return Site(*row) if row else None


def script_id(control: Control, site: Site) -> str:
    """Return what stands in the name of the site's own script, /js/pa-<script_id>.js."""
    row = control.row("select script_id from sites where id = ?", (site.id,))
    return str(row[0]) if row else ""


def by_script_id(control: Control, script_id: str) -> Site | None:
    """Return the site whose own script it is, or None."""
    row = control.row(
        "select id, domain, timezone, retention_days from sites where script_id = ? and removed_at is null",
        (script_id,),
    )
    return Site(*row) if row else None


def remove(control: Control, domain: str) -> None:
    """Stop accepting events of a site at once; its events are deleted by the server. Raises SiteError."""
    with control.write() as connection:
        cursor = connection.execute(
            "update sites set removed_at = ? where domain = ? and removed_at is null",
            (int(time.time()), normal_domain(domain)),
        )
    if not cursor.rowcount:
        raise SiteError(f"{domain} is not a site here: `sillage sites list` shows them")


def removed_ids(control: Control, *, before: float) -> list[int]:
    """Return the ids of sites removed before an instant in epoch seconds, whose events wait to be deleted."""
    rows = control.rows("select id from sites where removed_at is not null and removed_at < ?", (before,))
    return [row[0] for row in rows]


def forget(control: Control, site_id: int) -> None:
    """Drop the last trace of a removed site, once its events are gone."""
    with control.write() as connection:
        connection.execute("delete from sites where id = ? and removed_at is not null", (site_id,))
