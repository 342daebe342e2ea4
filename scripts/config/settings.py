"""The table of settings: name, default, help text, allowed values and parser of each."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from schema.stores.shard_urls import shard_urls
from scripts.config import machine, residence


@dataclass(frozen=True, slots=True)
class Setting:
    """A row of the table."""

    name: str
    default: str  # as a person would write it; "" where it depends on other settings or on the machine
    help: str
    allowed: str  # completes "it must be ..."
    parse: Callable[[str], Any]  # raises ValueError on anything else

    @property
    def variable(self) -> str:
        return f"SILLAGE_{self.name.upper()}"

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")


def described(setting: Setting) -> str:
    """Return the help text of a setting, with its default."""
    return setting.help + (f" [default: {setting.default}]" if setting.default else "")


def _path(text: str) -> Path:
    return Path(_filled(text)).expanduser().absolute()


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("empty")
    return text


def _host(text: str) -> str:
    if re.search(r"[\s/\[\]]", text):
        raise ValueError("not a bare host")
    return _filled(text)


def _whole(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not lowest <= int(text) <= highest:
            raise ValueError("out of range")
        return int(text)

    return parse


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        return words[words.index(text.lower())]

    return parse


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("not a web address")
    return text.rstrip("/")


def _issuer(text: str) -> str:
    _base_url(text)
    return text  # compared with what the provider says, slash included


def _database(text: str) -> str:
    for url in shard_urls(text):
        parts = urlsplit(url)
        is_embedded = parts.scheme == "chdb" and not parts.netloc and len(parts.path) > 1
        is_server = parts.scheme in ("clickhouse", "clickhouses") and parts.hostname and parts.port != 0
        if not is_embedded and not is_server:
            raise ValueError("not a database")
    return text


def _cluster(text: str) -> str:
    if not re.fullmatch(r"\w+", text, re.ASCII):
        raise ValueError("not a name")
    return text


def _networks(text: str) -> tuple[str, ...]:
    if text == "none":
        return ()
    return tuple(str(ipaddress.ip_network(part.strip())) for part in text.split(","))


def _country(text: str) -> str:
    if not residence.is_country(text.upper()):
        raise ValueError("not a country code")
    return text.upper()


def _timezone(text: str) -> str:
    if not machine.is_timezone(text):
        raise ValueError("not a time zone")
    return text


def _mail_address(text: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(text)[1]):
        raise ValueError("not an address")
    return text.strip()


SETTINGS = (
    Setting("data_dir", "./data", "Directory that holds all data.", "a directory", _path),
    Setting("host", "127.0.0.1", "Address to listen on.", "an address or host name such as 127.0.0.1 or ::", _host),
    Setting(
        "port", "8000", "Port to listen on. 0 picks a free port.", "a whole number from 0 to 65535", _whole(0, 65535)
    ),
    Setting(
        "base_url",
        "",
        "Public address of the dashboard. Defaults to host and port.",
        "an address such as https://stats.example.org",
        _base_url,
    ),
    Setting(
        "database",
        "",
        "ClickHouse to use. Defaults to the embedded one, in the data directory.",
        "chdb:///absolute/path or clickhouse://user:password@host:8123/database",
        _database,
    ),
    Setting(
        "database_password_file",
        "",
        "File with the password of the ClickHouse server in its first line, which then is not in database.",
        "a file, such as /run/secrets/clickhouse",
        _path,
    ),
    Setting(
        "cluster",
        "",
        "Name of the ClickHouse cluster whose shards database lists, one server for each, separated by commas.",
        "a name of letters, digits and underscores, such as analytics",
        _cluster,
    ),
    Setting(
        "salt_dir",
        "",
        "In-memory directory for the salts. Defaults to one detected at start.",
        "a directory in memory, such as /dev/shm/sillage",
        _path,
    ),
    Setting(
        "trusted_proxies",
        "127.0.0.0/8,::1/128",
        "Networks of reverse proxies whose forwarded visitor addresses are trusted.",
        "networks such as 10.0.0.0/8, separated by commas, or none",
        _networks,
    ),
    Setting(
        "geo_file",
        "",
        "Location database (.mmdb), or a directory of them. Defaults to what `sillage geo install` downloads.",
        "a file, or a directory, such as /usr/share/GeoIP/GeoLite2-City.mmdb",
        _path,
    ),
    Setting(
        "referrer_spam_file",
        "",
        "Referrer spam list, one domain per line. Replaces the built-in list.",
        "a file, such as /etc/sillage/spam.txt",
        _path,
    ),
    Setting(
        "currency_rates_file",
        "",
        "Exchange rates: first line base,EUR, then lines such as USD,1.0850. Without it, revenue is not converted.",
        "a file, such as /etc/sillage/rates.csv",
        _path,
    ),
    Setting(
        "exclusions_file",
        "",
        "Exclusions in addition to those of the dashboard. Defaults to exclusions.toml in data_dir.",
        "a file, such as /etc/sillage/exclusions.toml",
        _path,
    ),
    Setting(
        "excluded_share_percent",
        "30",
        "Ask for confirmation, and warn, if a rule excludes more than this percentage of a site's hits.",
        "a whole number from 1 to 100",
        _whole(1, 100),
    ),
    Setting(
        "timezone",
        "",
        "Time zone of new sites. Defaults to the host's.",
        "a time zone such as Europe/Paris",
        _timezone,
    ),
    Setting(
        "account_months",
        "24",
        "Delete accounts of dashboard users after this many months without a sign-in. 0 keeps them.",
        "a whole number from 0 to 120",
        _whole(0, 120),
    ),
    Setting(
        "oidc_issuer",
        "",
        "Issuer of an OpenID Connect provider where people sign in. Allow base_url/sign-in/provider/back there.",
        "an address such as https://login.example.org/realms/staff",
        _issuer,
    ),
    Setting(
        "oidc_client_id",
        "",
        "Client ID of Sillage at this provider. Required with oidc_issuer.",
        "a text such as sillage",
        _filled,
    ),
    Setting(
        "oidc_client_secret_file",
        "",
        "File with the client secret in its first line. Without it, Sillage is a public client.",
        "a file, such as /etc/sillage/oidc.secret",
        _path,
    ),
    Setting(
        "oidc_label",
        "OpenID Connect",
        'Name of the provider, on the button "Sign in with ...".',
        "a text such as Keycloak",
        _filled,
    ),
    Setting(
        "two_factor",
        "optional",
        "Whether everybody must set up two-factor authentication before they see anything: optional or required.",
        "optional or required",
        _one_of("optional", "required"),
    ),
    Setting(
        "data_country",
        "",
        "Country where the data is stored. Shown on the privacy pages, which say so if it is not declared.",
        "an ISO 3166-1 code such as FR",
        _country,
    ),
    Setting(
        "data_host",
        "",
        "Company and place of the server. Shown on the privacy pages.",
        "a text such as OVHcloud, Roubaix",
        _filled,
    ),
    Setting(
        "backup_country",
        "",
        "Country where backups are stored. Defaults to data_country.",
        "an ISO 3166-1 code such as FR",
        _country,
    ),
    Setting(
        "outside_eea",
        "refuse",
        "Whether data and backups may be stored outside the European Economic Area: refuse or allow.",
        "refuse or allow",
        _one_of("refuse", "allow"),
    ),
    Setting(
        "fsync",
        "interval",
        "When accepted events are synced to disk: within a second (interval) or before the response (always).",
        "interval or always",
        _one_of("interval", "always"),
    ),
    Setting(
        "spool_max_mb",
        "1024",
        "Disk space for events waiting for ClickHouse, in MiB. When it is full, hits are rejected.",
        "a whole number from 1 to 1048576",
        _whole(1, 1_048_576),
    ),
    Setting(
        "client_hits_per_minute",
        "600",
        "Maximum hits per minute from one client, across all sites. 0 means no limit.",
        "a whole number from 0 to 1000000",
        _whole(0, 1_000_000),
    ),
    Setting(
        "site_hits_per_minute",
        "0",
        "Maximum hits per minute for one site, across all clients. 0 means no limit.",
        "a whole number from 0 to 1000000",
        _whole(0, 1_000_000),
    ),
    Setting(
        "request_timeout_s",
        "10",
        "Time allowed for a request to arrive, in seconds. Slower connections are closed.",
        "a whole number from 1 to 3600",
        _whole(1, 3600),
    ),
    Setting(
        "arriving_max_mb",
        "64",
        "Total memory for requests still arriving, in MiB. Beyond it, only small requests are accepted.",
        "a whole number from 1 to 1048576",
        _whole(1, 1_048_576),
    ),
    Setting(
        "connections_max",
        "10000",
        "Maximum simultaneous connections, at most half of the process's open file limit. Further ones are refused.",
        "a whole number from 1 to 1000000",
        _whole(1, 1_000_000),
    ),
    Setting(
        "workers",
        "0",
        "Processes that read hits, so that hits use several cores. Each takes about 60 MB. 0: the server reads them.",
        "a whole number from 0 to 64",
        _whole(0, 64),
    ),
    Setting(
        "live_visits_max",
        "500000",
        "Maximum active visits, about 1 KiB each. Beyond it, the least recently active visits end early.",
        "a whole number from 1000 to 100000000",
        _whole(1000, 100_000_000),
    ),
    Setting(
        "memory_mb",
        "",
        "Memory limit of the embedded ClickHouse, in MiB. Defaults to a quarter of the memory, from 512 to 4096.",
        "a whole number from 256 to 1048576",
        _whole(256, 1_048_576),
    ),
    Setting(
        "metrics_token_file",
        "",
        "File with the token that /metrics requires. Without it, only programs on this machine get metrics.",
        "a file, such as /etc/sillage/metrics.token",
        _path,
    ),
    Setting(
        "mail_host",
        "",
        "Mail server that sends reports, alerts and invitations. Without it, Sillage sends no mail.",
        "a host name such as smtp.example.org",
        _host,
    ),
    Setting(
        "mail_port",
        "",
        "Port of the mail server. Defaults to 587 for starttls, 465 for tls, and 25 for none.",
        "a whole number from 1 to 65535",
        _whole(1, 65535),
    ),
    Setting(
        "mail_tls",
        "starttls",
        "Encryption of the connection to the mail server: after a greeting (starttls), from the start (tls), or none.",
        "starttls, tls or none",
        _one_of("starttls", "tls", "none"),
    ),
    Setting(
        "mail_user",
        "",
        "User name at the mail server. Without it, Sillage does not log in.",
        "a text such as stats@example.org",
        _filled,
    ),
    Setting(
        "mail_password",
        "",
        "Password of mail_user. mail_password_file keeps it out of the environment.",
        "a text",
        _filled,
    ),
    Setting(
        "mail_password_file",
        "",
        "File with the password of mail_user in its first line.",
        "a file, such as /etc/sillage/mail.password",
        _path,
    ),
    Setting(
        "mail_from",
        "",
        "Sender of all mail. Required with mail_host.",
        "an address such as stats@example.org, or Statistics <stats@example.org>",
        _mail_address,
    ),
    Setting(
        "webhook_targets",
        "public",
        "Where alerts may be sent by webhook: only to public addresses, or also to private ones (any).",
        "public or any",
        _one_of("public", "any"),
    ),
    Setting(
        "log_format",
        "text",
        "Form of the log: lines for people (text), or one JSON object a line (json).",
        "text or json",
        _one_of("text", "json"),
    ),
    Setting(
        "log_level",
        "warning",
        "Lowest level that is logged: debug, info, warning or error.",
        "debug, info, warning or error",
        _one_of("debug", "info", "warning", "error"),
    ),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}
