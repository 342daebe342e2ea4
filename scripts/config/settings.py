"""The table of settings: name, default, help text, allowed values and parser of each."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scripts.config import machine


@dataclass(frozen=True, slots=True)
class Setting:
    """A row of the table: how one setting is called, explained and read."""

    name: str
    default: str  # as a person would write it; "": depends on the others or on the machine, the help says how
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
    """Return what a setting is for, with its default."""
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


def _database(text: str) -> str:
    parts = urlsplit(text)
    is_embedded = parts.scheme == "chdb" and not parts.netloc and len(parts.path) > 1
    is_server = parts.scheme in ("clickhouse", "clickhouses") and parts.hostname and parts.port != 0
    if not is_embedded and not is_server:
        raise ValueError("not a database")
    return text


def _networks(text: str) -> tuple[str, ...]:
    if text == "none":
        return ()
    return tuple(str(ipaddress.ip_network(part.strip())) for part in text.split(","))


def _timezone(text: str) -> str:
    if not machine.is_timezone(text):
        raise ValueError("not a time zone")
    return text


SETTINGS = (
    Setting("data_dir", "./data", "Directory of everything that is kept.", "a directory", _path),
    Setting("host", "127.0.0.1", "Address to listen on.", "an address or host name such as 127.0.0.1 or ::", _host),
    Setting(
        "port", "8000", "Port to listen on; 0 is any free one.", "a whole number from 0 to 65535", _whole(0, 65535)
    ),
    Setting(
        "base_url",
        "",
        "Address under which people open the dashboard; if not given, made of host and port.",
        "an address such as https://stats.example.org",
        _base_url,
    ),
    Setting(
        "database",
        "",
        "The ClickHouse to use; if not given, the embedded one, in the data directory.",
        "chdb:///absolute/path or clickhouse://user:password@host:8123/database",
        _database,
    ),
    Setting(
        "salt_dir",
        "",
        "Directory, in memory, of the salts; if not given, one is looked for at start.",
        "a directory in memory, such as /dev/shm/sillage",
        _path,
    ),
    Setting(
        "trusted_proxies",
        "127.0.0.0/8,::1/128",
        "Networks of the reverse proxies that are believed about the visitor's address.",
        "networks such as 10.0.0.0/8, with commas between them, or none",
        _networks,
    ),
    Setting(
        "geo_file",
        "",
        "Table of places (.mmdb), or a directory of them; if not given, what `sillage geo install` fetched.",
        "a file, or a directory, such as /usr/share/GeoIP/GeoLite2-City.mmdb",
        _path,
    ),
    Setting(
        "referrer_spam_file",
        "",
        "List of made-up referrers, a domain a line; it takes the place of the built-in one.",
        "a file, such as /etc/sillage/spam.txt",
        _path,
    ),
    Setting(
        "currency_rates_file",
        "",
        "Rates of currencies: lines such as USD,1.0850 below a first line base,EUR; without it none is converted.",
        "a file, such as /etc/sillage/rates.csv",
        _path,
    ),
    Setting(
        "exclusions_file",
        "",
        "Rules of hits that are not counted, beside those of the dashboard; if not given, exclusions.toml in data_dir.",
        "a file, such as /etc/sillage/exclusions.toml",
        _path,
    ),
    Setting(
        "excluded_share_percent",
        "30",
        "A rule that leaves out more of a site's hits than this is asked about, and warned of.",
        "a whole number from 1 to 100",
        _whole(1, 100),
    ),
    Setting(
        "timezone",
        "",
        "Time zone of new sites; if not given, the host's.",
        "a time zone such as Europe/Paris",
        _timezone,
    ),
    Setting(
        "fsync",
        "interval",
        "When an accepted event is forced to disk: within a second (interval) or before it is answered (always).",
        "interval or always",
        _one_of("interval", "always"),
    ),
    Setting(
        "spool_max_mb",
        "1024",
        "Disk for events that wait for ClickHouse, in MiB; when it is full, hits are refused.",
        "a whole number from 1 to 1048576",
        _whole(1, 1_048_576),
    ),
    Setting(
        "client_hits_per_minute",
        "600",
        "Hits a minute that are counted of one client, all sites together; 0 is any number.",
        "a whole number from 0 to 1000000",
        _whole(0, 1_000_000),
    ),
    Setting(
        "site_hits_per_minute",
        "0",
        "Hits a minute that are counted of one site, all clients together; 0 is any number.",
        "a whole number from 0 to 1000000",
        _whole(0, 1_000_000),
    ),
    Setting(
        "request_timeout_s",
        "10",
        "Seconds in which a request has to arrive; the connection is closed on a slower one.",
        "a whole number from 1 to 3600",
        _whole(1, 3600),
    ),
    Setting(
        "arriving_max_mb",
        "64",
        "Memory for requests that are still arriving, in MiB, all together; beyond it all but small ones are refused.",
        "a whole number from 1 to 1048576",
        _whole(1, 1_048_576),
    ),
    Setting(
        "connections_max",
        "10000",
        "Connections at once, at most half the files the process may open; beyond it new ones are refused.",
        "a whole number from 1 to 1000000",
        _whole(1, 1_000_000),
    ),
    Setting(
        "live_visits_max",
        "500000",
        "Visits of the last 30 minutes to know at once, about 1 KiB each; beyond it the quietest are cut short.",
        "a whole number from 1000 to 100000000",
        _whole(1000, 100_000_000),
    ),
    Setting(
        "memory_mb",
        "",
        "Memory for the embedded ClickHouse, in MiB; if not given, a quarter of what there is, from 512 to 4096.",
        "a whole number from 256 to 1048576",
        _whole(256, 1_048_576),
    ),
    Setting(
        "log_level",
        "warning",
        "What is logged: debug, info, warning or error.",
        "debug, info, warning or error",
        _one_of("debug", "info", "warning", "error"),
    ),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}
