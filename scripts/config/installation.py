"""What the privacy papers say about this server, from its settings."""

import re
from dataclasses import asdict
from importlib.metadata import version

from dashboard.papers.facts import Installation
from scripts.config import residence
from scripts.config.loading import Config

# Names whose change alters nothing for visitors or for people who read reports.
_INDIFFERENT = frozenset(
    {
        "host",
        "port",
        "workers",
        "memory_mb",
        "connections_max",
        "arriving_max_mb",
        "request_timeout_s",
        "metrics_token_file",
        "two_factor",
        "oidc_issuer",
        "oidc_client_id",
        "oidc_client_secret_file",
        "oidc_label",
        "mail_port",
        "mail_user",
        "mail_password",
        "mail_password_file",
        "database_password_file",
        "log_format",
    }
)
_PASSWORD = re.compile(r"(?<=://)[^@/]*@")


def installation(config: Config, *, has_memory_file: bool) -> Installation:
    """Return what a server with these settings declares. has_memory_file: salts survive a restart, in memory."""
    settings = {name: _shown(value) for name, value in asdict(config).items() if name not in _INDIFFERENT}
    countries = [country for country in (config.data_country, config.backup_country) if country]
    return Installation(
        base_url=config.base_url,
        version=version("sillage"),
        data_country=config.data_country or "",
        data_host=config.data_host or "",
        backup_country=config.backup_country or "",
        is_in_eea=bool(countries) and all(map(residence.is_in_eea, countries)),
        has_memory_file=has_memory_file,
        settings=settings,
    )


def _shown(value: object) -> str:
    return _PASSWORD.sub("", str(value))
