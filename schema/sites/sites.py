"""Sites: whose events are accepted, and in which time zone their days begin.

A site that moved is found under its former domain too, for 72 hours: its pages may still send under that name.
"""

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schema.measures import goals
from schema.sites import script_settings
from schema.sites.script_settings import DEFAULT, ScriptSettings
from schema.stores.control import Control

DEFAULT_RETENTION_DAYS = 761  # 25 months, the longest the French regulator's guidance allows
FORMER_DOMAIN_LIVES_S = 72 * 3600
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:\d{1,5})?")
# First parts of the dashboard's own addresses: a site of that name could not be opened.
_RESERVED = frozenset({"api", "js", "keys", "sign-in", "sign-out", "sites", "static"})


class SiteError(ValueError):
    """A site can't be added or found; the message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class FormerDomain:
    """Where a site was until lately."""

    domain: str
    until: int  # epoch seconds: from then on the site is not found under it


@dataclass(frozen=True, slots=True)
class Site:
    id: int
    domain: str
    timezone: str  # IANA name
    retention_days: int
    script: ScriptSettings = DEFAULT
    former_domains: tuple[FormerDomain, ...] = ()  # those it is still found under

    @property
    def domains(self) -> tuple[str, ...]:
        """Return every name that it is found under, its own first."""
        return self.domain, *(former.domain for former in self.former_domains)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


@lru_cache(maxsize=4096)
def normal_domain(text: str) -> str:
    """Return a domain as sites are known by: lower case, without white space around and one leading `www.`."""
    return text.strip().lower().removeprefix("www.")


def add(control: Control, domain: str, *, timezone: str, now: float) -> Site:
    """Store a new site. Raises SiteError on a domain or time zone that is none, or a domain that is taken."""
    domain, timezone = _checked_domain(domain), _checked_timezone(timezone)
    try:
        with control.write() as connection:
            _check_is_free(connection, domain, site_id=0, now=now)
            cursor = connection.execute(
                "insert into sites (domain, timezone, retention_days, created_at, script_id)"
                " values (?, ?, ?, ?, lower(hex(randomblob(10))))",
                (domain, timezone, DEFAULT_RETENTION_DAYS, int(now)),
            )
    except sqlite3.IntegrityError:
        raise SiteError(f"{domain} exists already") from None
    return Site(int(cursor.lastrowid or 0), domain, timezone, DEFAULT_RETENTION_DAYS)


def list_all(control: Control, *, now: float) -> list[Site]:
    """Return every site in use, by domain."""
    return _sites(control, "true", now=now)


def by_domain(control: Control, domain: str, *, now: float) -> Site | None:
    """Return the site of a domain as a person writes it, or which had it until lately; None where there is none."""
    domain = normal_domain(domain)
    return _only(_sites(control, "sites.domain = ?", domain, now=now)) or _only(
        _sites(control, _MOVED, domain, now, now=now)
    )


def by_id(control: Control, site_id: int, *, now: float) -> Site | None:
    """Return the site of a number, or None."""
    return _only(_sites(control, "id = ?", site_id, now=now))


def change(
    control: Control,
    site: Site,
    *,
    now: float,
    domain: str | None = None,
    timezone: str | None = None,
    script: ScriptSettings | None = None,
) -> Site:
    """Give a site another domain, time zone or script; what is None stays. Raises SiteError, GoalError.

    What the script counts by itself from now on becomes a goal. A time zone is that of days from now on: days that
    were counted stay where they are.
    """
    domain = site.domain if domain is None else _checked_domain(domain)
    timezone = site.timezone if timezone is None else _checked_timezone(timezone)
    script = script or site.script
    for event in script_settings.events(script):
        if event not in script_settings.events(site.script):
            goals.put(control, goals.new(site.id, event_name=event))
    try:
        with control.write() as connection:
            if domain != site.domain:
                _move(connection, site, domain, now=now)
            connection.execute(
                "update sites set timezone = ?, script_settings = ? where id = ?",
                (timezone, script_settings.written(script), site.id),
            )
    except sqlite3.IntegrityError:
        raise SiteError(f"{domain} exists already") from None
    return by_id(control, site.id, now=now) or replace(site, domain=domain, timezone=timezone, script=script)


def script_id(control: Control, site: Site) -> str:
    """Return what stands in the name of the site's own script, /js/pa-<script_id>.js."""
    row = control.row("select script_id from sites where id = ?", (site.id,))
    return str(row[0]) if row else ""


def by_script_id(control: Control, script_id: str, *, now: float) -> Site | None:
    """Return the site whose own script it is, or None."""
    return _only(_sites(control, "script_id = ?", script_id, now=now))


def remove(control: Control, domain: str, *, now: float) -> None:
    """Stop accepting events of a site at once; its events are deleted by the server. Raises SiteError."""
    with control.write() as connection:
        cursor = connection.execute(
            "update sites set removed_at = ? where domain = ? and removed_at is null",
            (int(now), normal_domain(domain)),
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


_MOVED = "id = (select site_id from former_domains where domain = ? and until > ?)"
_SELECT = """
select id, sites.domain, timezone, retention_days, script_settings, former_domains.domain as former, until
from sites
left join former_domains on site_id = id and until > ?
where removed_at is null and {}
order by sites.domain, former
"""


def _sites(control: Control, condition: str, *values: Any, now: float) -> list[Site]:
    """Return the sites in use that a condition with `?` in it is true for, by domain."""
    # In one statement: each gives the interpreter away, and gets it back late while many hits come in.
    rows = control.rows(_SELECT.format(condition), (now, *values))
    return [_site(list(same)) for _, same in groupby(rows, key=itemgetter("id"))]


def _site(rows: Sequence[sqlite3.Row]) -> Site:
    """Return a site from its row, of which there is one for each former domain."""
    number, domain, timezone, retention_days, script, *_ = rows[0]
    former = tuple(FormerDomain(row["former"], row["until"]) for row in rows if row["former"] is not None)
    return Site(number, domain, timezone, retention_days, script_settings.read(script), former)


def _only(sites: Sequence[Site]) -> Site | None:
    return sites[0] if sites else None


def _move(connection: sqlite3.Connection, site: Site, domain: str, *, now: float) -> None:
    _check_is_free(connection, domain, site_id=site.id, now=now)
    connection.execute("update sites set domain = ? where id = ?", (domain, site.id))
    connection.execute("delete from former_domains where domain = ?", (domain,))
    connection.execute(
        "insert or replace into former_domains (domain, site_id, until) values (?, ?, ?)",
        (site.domain, site.id, int(now) + FORMER_DOMAIN_LIVES_S),
    )


def _check_is_free(connection: sqlite3.Connection, domain: str, *, site_id: int, now: float) -> None:
    """Raise SiteError where pages of another site still send events under a domain. site_id: whose own it may be."""
    row = connection.execute(
        "select sites.domain, until from former_domains join sites on sites.id = site_id"
        " where former_domains.domain = ? and until > ? and site_id != ? and removed_at is null",
        (domain, now, site_id),
    ).fetchone()
    if row:
        free_at = f"{datetime.fromtimestamp(row[1], UTC):%Y-%m-%d %H:%M} UTC"
        raise SiteError(f"{domain} was the site {row[0]} until lately, and counts for it until {free_at}")


def _checked_domain(domain: str) -> str:
    domain = normal_domain(domain)
    if not _DOMAIN.fullmatch(domain):
        raise SiteError(f"{domain!r} is not a domain: write it as in example.org, without https://")
    if domain in _RESERVED:
        raise SiteError(f"{domain} is an address of the dashboard itself, so a site can't have it")
    return domain


def _checked_timezone(timezone: str) -> str:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SiteError(f"{timezone!r} is not a time zone: write it as in Europe/Paris") from None
    return timezone
