"""Settings: one table, read from options, the environment and sillage.toml. The only reader of the environment.

Where a setting is given twice the nearer place wins: option, then `SILLAGE_<NAME>`, then file, then default. The
file is `$SILLAGE_CONFIG`, else `sillage.toml` in the working directory, else in the data directory; the first that
exists is the only one read. Relative paths start at the working directory, wherever they are written.
"""

import ipaddress
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from scripts.config import machine

FILE_NAME = "sillage.toml"
FILE_VARIABLE = "SILLAGE_CONFIG"
GEO_DIRECTORY = "geo"  # in the data directory
EXCLUSIONS_FILE = "exclusions.toml"  # in the data directory
_MEBIBYTE = 1024 * 1024


class ConfigError(ValueError):
    """A setting can't be used; the message names it, where it was given, and what is allowed."""


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting, ready for use; SETTINGS says what each one is for."""

    data_dir: Path  # absolute
    host: str
    port: int
    base_url: str  # no trailing slash
    database: str
    salt_dir: Path | None  # None: found at start
    trusted_proxies: tuple[str, ...]  # CIDR
    geo_file: Path  # absolute; a file or a directory, which may be missing
    referrer_spam_file: Path | None  # absolute; None: the built-in list
    currency_rates_file: Path | None  # absolute; None: no currency is converted
    exclusions_file: Path  # absolute; may be missing
    excluded_share_percent: int
    timezone: str  # IANA name
    fsync: str  # interval | always
    spool_max_mb: int
    client_hits_per_minute: int  # 0: unlimited
    site_hits_per_minute: int  # 0: unlimited
    request_timeout_s: int
    arriving_max_mb: int
    connections_max: int
    live_visits_max: int
    memory_mb: int
    log_level: str

    @property
    def excluded_share(self) -> float:
        """Return excluded_share_percent as a part, 0 to 1."""
        return self.excluded_share_percent / 100


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


@dataclass(frozen=True, slots=True)
class _Given:
    text: str
    place: str  # "--port", "SILLAGE_PORT", "port in /etc/sillage.toml"


def option(name: str) -> Callable[[Any], Any]:
    """Give a command the option of a setting; its text ends up in the click context's object, which `load` takes."""
    setting = _BY_NAME[name]

    def keep(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
        if value is not None:
            context.ensure_object(dict)[name] = value

    return click.option(setting.flag, help=described(setting), metavar=name.upper(), expose_value=False, callback=keep)


def described(setting: Setting) -> str:
    """Return what a setting is for, with its default."""
    return setting.help + (f" [default: {setting.default}]" if setting.default else "")


def load(
    options: Mapping[str, str] | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    directory: Path | None = None,
) -> Config:
    """Return the settings in force. Raises ConfigError.

    options: setting name -> text, from the command line. directory: where sillage.toml is looked for first, the
    working directory if not given. An empty environment variable counts as not set.
    """
    near = _from_environment(environment) | _from_options(options or {})
    file = _find_file(environment, directory or Path.cwd(), _parsed(_BY_NAME["data_dir"], near.get("data_dir")))
    given = (_from_file(file) if file else {}) | near
    return _complete({setting.name: _parsed(setting, given.get(setting.name)) for setting in SETTINGS})


def make_data_dir(config: Config) -> None:
    """Create the data directory, for its owner alone, where it is missing. Raises ConfigError where none can be."""
    try:
        config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        writable = os.access(config.data_dir, os.W_OK | os.X_OK)
    except OSError:
        writable = False
    if not writable:
        raise ConfigError(
            f"the data directory {config.data_dir} can't be written: choose another with --data-dir, "
            "or make it this user's own"
        )


def _from_options(options: Mapping[str, str]) -> dict[str, _Given]:
    return {name: _Given(text, _BY_NAME[name].flag) for name, text in options.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, _Given]:
    texts = {setting.name: environment.get(setting.variable, "") for setting in SETTINGS}
    return {name: _Given(text, _BY_NAME[name].variable) for name, text in texts.items() if text}


def _find_file(environment: Mapping[str, str], directory: Path, data_dir: Path) -> Path | None:
    if named := environment.get(FILE_VARIABLE):
        return Path(named)
    return next((place / FILE_NAME for place in (directory, data_dir) if (place / FILE_NAME).is_file()), None)


def _from_file(file: Path) -> dict[str, _Given]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"the settings file {file} can't be read: {error.strerror}") from None
    except ValueError as error:  # no TOML, or no UTF-8
        raise ConfigError(f"the settings file {file} can't be understood: {error}") from None
    return {name: _from_table(name, value, file) for name, value in table.items()}


def _from_table(name: str, value: object, file: Path) -> _Given:
    """Return a value of the file as the text that an option would hold; a list is written with commas."""
    if name not in _BY_NAME:
        near = get_close_matches(name, _BY_NAME, n=1, cutoff=0)[0]
        raise ConfigError(f"{name} in {file} is not a setting: did you mean {near}?")
    place = f"{name} in {file}"
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return _Given(",".join(value) or "none", place)
    if isinstance(value, str | int) and not isinstance(value, bool):
        return _Given(str(value), place)
    raise ConfigError(f"{place} is {value!r}: it must be {_BY_NAME[name].allowed}")


def _parsed(setting: Setting, given: _Given | None) -> Any:
    """Return the value of a setting, of its default where it was not given, or None where there is no default."""
    if given is None:
        return setting.parse(setting.default) if setting.default else None
    try:
        return setting.parse(given.text)
    except ValueError:
        shown = re.sub(r"://.*@", "://...@", given.text)  # a password stays out of the terminal and its logs
        raise ConfigError(f"{given.place} is {shown!r}: it must be {setting.allowed}") from None


def _complete(values: dict[str, Any]) -> Config:
    """Fill in what depends on other settings or on the machine."""
    values["base_url"] = values["base_url"] or own_url(values["host"], values["port"])
    values["database"] = values["database"] or f"chdb://{values['data_dir']}/clickhouse"
    values["geo_file"] = values["geo_file"] or values["data_dir"] / GEO_DIRECTORY
    values["exclusions_file"] = values["exclusions_file"] or values["data_dir"] / EXCLUSIONS_FILE
    values["timezone"] = values["timezone"] or machine.timezone()
    values["memory_mb"] = values["memory_mb"] or _quarter(machine.memory_bytes() // _MEBIBYTE)
    return Config(**values)


def own_url(host: str, port: int) -> str:
    """Return where a browser on this machine finds the server; an address that means "all of them" opens nothing."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _quarter(memory_mb: int) -> int:
    return min(max(memory_mb // 4, 512), 4096)


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
_BY_NAME = {setting.name: setting for setting in SETTINGS}
