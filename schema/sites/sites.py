"""Sites: the domains whose events are accepted, with their time zones.

A site that changed its domain keeps the former one for 72 hours, because its pages may still send events under it.
"""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schema.measures import goals
from schema.privacy import profile
from schema.privacy.profile import Privacy
from schema.sentence import SentenceError
from schema.sites import embed_hosts as hosts_of_embeds
from schema.sites import referrers, script_settings
from schema.sites.host import domain_of_pasted, host_of_domain, is_name, normal_domain
from schema.sites.path_rules import NONE as NO_PATH_RULES
from schema.sites.path_rules import PathRules
from schema.sites.path_rules import read as read_path_rules
from schema.sites.path_rules import written as written_path_rules
from schema.sites.script_settings import DEFAULT, ScriptSettings
from schema.stores.control import Control

FORMER_DOMAIN_LIVES_S = 72 * 3600
MAX_DOMAIN_CHARACTERS = 300
MAX_NAME_CHARACTERS = 100
_PORT = re.compile(r"(:\d{1,5})?")
_PATH = re.compile(r"(/(?!\.{1,2}(?:/|$))[\w.~-]+)*")
# The dashboard uses these paths itself, so a site with such a name could not be opened.
_RESERVED = frozenset(
    {
        "account",
        "api",
        "invitation",
        "js",
        "keys",
        "people",
        "privacy",
        "share",
        "sign-in",
        "sign-out",
        "sites",
        "static",
        "unsubscribe",
    }
)
# Below a site's path.
_RESERVED_BELOW = frozenset({"settings", "not-counted", "current-visitors", "import", "export", "badge.svg"})


class SiteError(SentenceError):
    """A site can't be added or found. The message is shown to the user."""


@dataclass(frozen=True, slots=True)
class FormerDomain:
    """A domain that a site had until recently."""

    domain: str
    until: int  # epoch seconds, exclusive


@dataclass(frozen=True, slots=True)
class Site:
    id: int
    domain: str
    timezone: str  # IANA name
    retention_days: int
    script: ScriptSettings = DEFAULT
    former_domains: tuple[FormerDomain, ...] = ()  # still valid ones
    ignored_referrers: tuple[str, ...] = ()  # never a source; see referrers.py
    privacy: Privacy = profile.DEFAULT
    name: str = ""  # what people call it; empty: its domain
    path_rules: PathRules = NO_PATH_RULES
    is_public: bool = False  # anybody may view its reports
    embed_hosts: tuple[str, ...] = ()  # that may show its public report in a frame, besides its own

    @property
    def title(self) -> str:
        """Return how reports and lists call the site."""
        return self.name or self.domain

    @property
    def domains(self) -> tuple[str, ...]:
        """Return all valid domains of the site, the current one first."""
        return self.domain, *(former.domain for former in self.former_domains)

    @property
    def authority(self) -> str:
        """Return the host and port of its pages, without the path that its domain may have."""
        return self.domain.partition("/")[0]

    @property
    def host(self) -> str:
        """Return the host of its pages, without the port and path that its domain may have."""
        return host_of_domain(self.domain)

    @property
    def counts_days(self) -> int:
        """The retention of the daily counts, in days."""
        return profile.retention_days(self.privacy.months_of_counts)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def day_of(self, time_s: float) -> date:
        """Return the local day of an instant. time_s: epoch seconds."""
        return datetime.fromtimestamp(time_s, self.zone).date()


def add(control: Control, domain: str, *, timezone: str, now: float, privacy: Privacy = profile.DEFAULT) -> Site:
    """Store a new site. Raises SiteError if the domain or time zone is invalid, or the domain is taken."""
    domain, timezone = _checked_domain(domain), _checked_timezone(timezone)
    days = profile.retention_days(privacy.retention_months)
    try:
        with control.write() as connection:
            _check_is_free(connection, domain, site_id=0, now=now)
            cursor = connection.execute(
                "insert into sites (domain, timezone, retention_days, created_at, privacy, script_id)"
                " values (?, ?, ?, ?, ?, lower(hex(randomblob(10))))",
                (domain, timezone, days, int(now), profile.written(privacy)),
            )
    except sqlite3.IntegrityError:
        raise SiteError("%(domain)s already exists", domain=domain) from None
    return Site(int(cursor.lastrowid or 0), domain, timezone, days, privacy=privacy)


def list_all(control: Control, *, now: float) -> list[Site]:
    """Return all sites that are not removed, sorted by domain."""
    return _sites(control, "true", now=now)


def by_domain(control: Control, domain: str, *, now: float) -> Site | None:
    """Return the site with this current or former domain, in any spelling, or None."""
    domain = normal_domain(domain)
    return _only(_sites(control, "sites.domain = ?", domain, now=now)) or _only(
        _sites(control, _MOVED, domain, now, now=now)
    )


def by_id(control: Control, site_id: int, *, now: float) -> Site | None:
    """Return the site with this id, or None."""
    return _only(_sites(control, "id = ?", site_id, now=now))


def change(
    control: Control,
    site: Site,
    *,
    now: float,
    domain: str | None = None,
    timezone: str | None = None,
    script: ScriptSettings | None = None,
    ignored_referrers: Iterable[str] | None = None,
    privacy: Privacy | None = None,
    name: str | None = None,
    path_rules: PathRules | None = None,
    is_public: bool | None = None,
    embed_hosts: tuple[str, ...] | None = None,
) -> Site:
    """Change settings of a site. None keeps the old value. Raises SiteError, GoalError, ReferrerError.

    Each automatic event of the script becomes a goal. With a new time zone, days whose events are kept are counted
    again. Days with only counts left keep the limits that they had.
    """
    domain = site.domain if domain is None else _checked_domain(domain)
    timezone = site.timezone if timezone is None else _checked_timezone(timezone)
    ignored = site.ignored_referrers if ignored_referrers is None else referrers.checked(ignored_referrers)
    script = script or site.script
    privacy = privacy or site.privacy
    name = site.name if name is None else _checked_name(name)
    is_public = site.is_public if is_public is None else is_public
    embed_hosts = site.embed_hosts if embed_hosts is None else embed_hosts
    for event in script_settings.events(script):
        if event not in script_settings.events(site.script):
            goals.put(control, goals.new(site.id, event_name=event))
    try:
        with control.write() as connection:
            if domain != site.domain:
                _move(connection, site, domain, now=now)
            connection.execute(
                "update sites set timezone = ?, script_settings = ?, ignored_referrers = ?, privacy = ?,"
                " retention_days = ?, name = ?, path_rules = ?, is_public = ?, embed_hosts = ? where id = ?",
                (
                    timezone,
                    script_settings.written(script),
                    referrers.written(ignored),
                    profile.written(privacy),
                    profile.retention_days(privacy.retention_months),
                    name,
                    written_path_rules(site.path_rules if path_rules is None else path_rules),
                    is_public,
                    hosts_of_embeds.written(embed_hosts),
                    site.id,
                ),
            )
    except sqlite3.IntegrityError:
        raise SiteError("%(domain)s already exists", domain=domain) from None
    return by_id(control, site.id, now=now) or site


def script_id(control: Control, site: Site) -> str:
    """Return the id in the name of the site's script, /js/pa-<script_id>.js."""
    row = control.row("select script_id from sites where id = ?", (site.id,))
    return str(row[0]) if row else ""


def by_script_id(control: Control, script_id: str, *, now: float) -> Site | None:
    """Return the site that a script belongs to, or None."""
    return _only(_sites(control, "script_id = ?", script_id, now=now))


def remove(control: Control, domain: str, *, now: float) -> None:
    """Remove a site: it accepts no events from now on, and the server deletes its events. Raises SiteError."""
    with control.write() as connection:
        cursor = connection.execute(
            "update sites set removed_at = ? where domain = ? and removed_at is null",
            (int(now), normal_domain(domain)),
        )
    if not cursor.rowcount:
        raise SiteError(
            "%(domain)s is not a site on this server: run `sillage sites list` to see all sites", domain=domain
        )


def removed_ids(control: Control, *, before: float) -> list[int]:
    """Return the ids of removed sites whose events are not deleted yet. before: epoch seconds."""
    rows = control.rows("select id from sites where removed_at is not null and removed_at < ?", (before,))
    return [row[0] for row in rows]


def forget(control: Control, site_id: int) -> None:
    """Delete a removed site, once its events are deleted."""
    with control.write() as connection:
        connection.execute("delete from sites where id = ? and removed_at is not null", (site_id,))


_MOVED = "id = (select site_id from former_domains where domain = ? and until > ?)"
_SELECT = """
select id, sites.domain, timezone, retention_days, script_settings, ignored_referrers, privacy, sites.name,
       path_rules, is_public, embed_hosts, former_domains.domain as former, until
from sites
left join former_domains on site_id = id and until > ?
where removed_at is null and {}
order by sites.domain, former
"""


def _sites(control: Control, condition: str, *values: Any, now: float) -> list[Site]:
    """Return the sites that match a condition and are not removed, sorted by domain."""
    # One statement only: each one releases the GIL, and waits to get it back while many hits come in.
    rows = control.rows(_SELECT.format(condition), (now, *values))
    return [_site(list(rows_of_site)) for _, rows_of_site in groupby(rows, key=itemgetter("id"))]


def _site(rows: Sequence[sqlite3.Row]) -> Site:
    """Return a site from its rows, one for each former domain."""
    number, domain, timezone, retention_days, script, ignored, privacy, name, paths, *_ = rows[0]
    former = tuple(FormerDomain(row["former"], row["until"]) for row in rows if row["former"] is not None)
    return Site(
        number,
        domain,
        timezone,
        retention_days,
        script_settings.read(script),
        former,
        referrers.read(ignored),
        profile.read(privacy),
        name,
        read_path_rules(paths),
        bool(rows[0]["is_public"]),
        hosts_of_embeds.read(rows[0]["embed_hosts"]),
    )


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
    """Raise SiteError if the domain is a former one of a site other than site_id."""
    row = connection.execute(
        "select sites.domain, until from former_domains join sites on sites.id = site_id"
        " where former_domains.domain = ? and until > ? and site_id != ? and removed_at is null",
        (domain, now, site_id),
    ).fetchone()
    if row:
        free_at = f"{datetime.fromtimestamp(row[1], UTC):%Y-%m-%d %H:%M} UTC"
        raise SiteError(
            "%(domain)s belonged to the site %(site)s until recently, and stays reserved for it until %(free_at)s",
            domain=domain,
            site=row[0],
            free_at=free_at,
        )


def _checked_domain(domain: str) -> str:
    domain = normal_domain(domain_of_pasted(domain))
    host, segments = host_of_domain(domain), domain.split("/")[1:]
    rest = domain.removeprefix(host)
    port, path = rest.partition("/")[0], "".join(f"/{segment}" for segment in segments)
    is_domain = is_name(host) and "_" not in host and _PORT.fullmatch(port) and _PATH.fullmatch(path)
    if not is_domain or len(domain) > MAX_DOMAIN_CHARACTERS:
        raise SiteError("%(domain)r is not a domain: enter it like example.org", domain=domain)
    if domain in _RESERVED or host in _RESERVED:
        raise SiteError("%(domain)s is a path of the dashboard, so a site can't use it", domain=domain)
    if reserved := _RESERVED_BELOW.intersection(segments):
        raise SiteError(
            "the path of a site can't have /%(reserved)s, because the dashboard uses it", reserved=min(reserved)
        )
    return domain


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if len(name) > MAX_NAME_CHARACTERS or not name.isprintable():
        raise SiteError("the name of a site can have at most %(most)s printable characters", most=MAX_NAME_CHARACTERS)
    return name


def _checked_timezone(timezone: str) -> str:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SiteError("%(timezone)r is not a time zone: enter it like Europe/Paris", timezone=timezone) from None
    return timezone
