"""What the papers of a site say: its settings, those of the server, and a hash of both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

import msgspec

from schema.people import users
from schema.privacy import opt_out
from schema.privacy.profile import Privacy
from schema.sites.host import ascii_host
from schema.sites.sites import Site
from schema.stores.control import Control

HASH_CHARACTERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What a server declares about itself."""

    base_url: str  # how browsers reach it; without a slash at the end
    version: str = ""
    data_country: str = ""  # ISO 3166-1 alpha-2; empty: not declared
    data_host: str = ""  # company and place, as text
    backup_country: str = ""
    is_in_eea: bool = False  # data and backups
    has_memory_file: bool = False  # salts survive a restart of the process, in memory
    settings: Mapping[str, Any] = field(default_factory=dict)  # all effective ones without secrets, by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the papers of a site are made from."""

    site: Site
    installation: Installation
    people: int  # accounts that see the site
    today: date

    @property
    def privacy(self) -> Privacy:
        return self.site.privacy

    @property
    def opt_out_url(self) -> str:
        return f"https://{ascii_host(self.site.authority)}{opt_out.OPT_OUT}"

    @property
    def public_url(self) -> str:
        return f"{self.installation.base_url}/privacy/{self.site.domain}"

    @property
    def hash(self) -> str:
        """Return the hash of the configuration of the site and its server: hexadecimal digits."""
        return configuration_hash(self.site, self.installation)


def of_site(control: Control, site: Site, installation: Installation, *, now: float) -> Facts:
    """Return the facts of a site at a moment. now: epoch seconds."""
    people = len(users.list_all(control))
    return Facts(site=site, installation=installation, people=people, today=site.day_of(now))


def configuration_hash(site: Site, installation: Installation) -> str:
    """Return the first hexadecimal digits of a SHA-256 over everything that decides what is stored and shown."""
    decisive = {
        "domain": site.domain,
        "timezone": site.timezone,
        "privacy": site.privacy,
        "ignored_referrers": site.ignored_referrers,
        "script": site.script,
        "version": installation.version,
        "settings": dict(installation.settings),
    }
    return sha256(msgspec.json.encode(decisive, order="deterministic", enc_hook=str)).hexdigest()[:HASH_CHARACTERS]
