"""Read the settings from options, the environment and sillage.toml. Nothing else reads the environment.

An option overrides `SILLAGE_<NAME>`, which overrides the file, which overrides the default. Only one file is read:
the one that `$SILLAGE_CONFIG` names, else the first `sillage.toml` found in the working directory or the data
directory. Relative paths start at the working directory, also those written in the file.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import click

from schema.stores.shard_urls import shard_urls
from scripts.config import machine, residence
from scripts.config.settings import BY_NAME, SETTINGS, Setting, described

FILE_NAME = "sillage.toml"
FILE_VARIABLE = "SILLAGE_CONFIG"
GEO_DIRECTORY = "geo"  # in the data directory
EXCLUSIONS_FILE = "exclusions.toml"  # in the data directory
_MAIL_PORTS = {"starttls": 587, "tls": 465, "none": 25}  # by mail_tls
_MEBIBYTE = 1024 * 1024
_MAX_SECRET_BYTES = 4096


class ConfigError(ValueError):
    """A setting is invalid. The message names the setting, its source and the allowed values."""


@dataclass(frozen=True, slots=True)
class Config:
    """The value of every setting. SETTINGS explains them."""

    data_dir: Path  # absolute
    host: str
    port: int
    base_url: str  # no trailing slash
    database: str = field(repr=False)  # with the password
    database_password_file: Path | None  # absolute
    cluster: str | None  # None: one ClickHouse
    salt_dir: Path | None  # None: detected at start
    trusted_proxies: tuple[str, ...]  # CIDR
    geo_file: Path  # absolute; a file or a directory, which may be missing
    referrer_spam_file: Path | None  # absolute; None: the built-in list
    currency_rates_file: Path | None  # absolute; None: no currency is converted
    exclusions_file: Path  # absolute; may be missing
    excluded_share_percent: int
    timezone: str  # IANA name
    account_months: int  # 0: accounts are kept
    oidc_issuer: str | None  # None: nobody signs in at a provider
    oidc_client_id: str | None
    oidc_client_secret_file: Path | None  # absolute; None: a public client
    oidc_label: str
    two_factor: str  # optional | required
    data_country: str | None  # ISO 3166-1 alpha-2; None: not declared
    data_host: str | None  # company and place, as text
    backup_country: str | None
    outside_eea: str  # refuse | allow
    fsync: str  # interval | always
    spool_max_mb: int
    client_hits_per_minute: int  # 0: unlimited
    site_hits_per_minute: int  # 0: unlimited
    request_timeout_s: int
    arriving_max_mb: int
    connections_max: int
    workers: int  # 0: the server reads hits itself
    live_visits_max: int
    memory_mb: int
    metrics_token_file: Path | None  # absolute; None: only programs on this machine get metrics
    mail_host: str | None  # None: no mail is sent
    mail_port: int
    mail_tls: str  # starttls | tls | none
    mail_user: str | None  # None: without logging in
    mail_password: str | None = field(repr=False)
    mail_password_file: Path | None  # absolute
    mail_from: str | None
    webhook_targets: str  # public | any
    log_format: str  # text | json
    log_level: str

    @property
    def excluded_share(self) -> float:
        """Return excluded_share_percent as a fraction, 0 to 1."""
        return self.excluded_share_percent / 100


@dataclass(frozen=True, slots=True)
class _Text:
    text: str
    source: str  # "--port", "SILLAGE_PORT", "port in /etc/sillage.toml"


def option(name: str) -> Callable[[Any], Any]:
    """Return a decorator that adds a setting's option to a command and stores its text in the context, for `load`."""
    setting = BY_NAME[name]

    def store(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
        if value is not None:
            context.ensure_object(dict)[name] = value

    return click.option(setting.flag, help=described(setting), metavar=name.upper(), expose_value=False, callback=store)


def load(
    options: Mapping[str, str] | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    directory: Path | None = None,
) -> Config:
    """Return the effective settings. Raises ConfigError.

    options: setting name -> text, from the command line. directory: searched first for sillage.toml; the working
    directory by default. An empty environment variable counts as unset.
    """
    overrides = _from_environment(environment) | _from_options(options or {})
    file = _find_file(environment, directory or Path.cwd(), _parsed(BY_NAME["data_dir"], overrides.get("data_dir")))
    texts = (_from_file(file) if file else {}) | overrides
    return _complete({setting.name: _parsed(setting, texts.get(setting.name)) for setting in SETTINGS})


def make_data_dir(config: Config) -> None:
    """Create the data directory, readable only by its owner. Raises ConfigError if it can't be created or written."""
    try:
        config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        writable = os.access(config.data_dir, os.W_OK | os.X_OK)
    except OSError:
        writable = False
    if not writable:
        raise ConfigError(
            f"The data directory {config.data_dir} can't be written. Choose another with --data-dir, "
            "or give this user ownership of it."
        )


def _from_options(options: Mapping[str, str]) -> dict[str, _Text]:
    return {name: _Text(text, BY_NAME[name].flag) for name, text in options.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, _Text]:
    texts = {setting.name: environment.get(setting.variable, "") for setting in SETTINGS}
    return {name: _Text(text, BY_NAME[name].variable) for name, text in texts.items() if text}


def _find_file(environment: Mapping[str, str], directory: Path, data_dir: Path) -> Path | None:
    if named := environment.get(FILE_VARIABLE):
        return Path(named)
    return next((file for file in (directory / FILE_NAME, data_dir / FILE_NAME) if file.is_file()), None)


def _from_file(file: Path) -> dict[str, _Text]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"The settings file {file} can't be read: {error.strerror}.") from None
    except ValueError as error:  # invalid TOML or UTF-8
        raise ConfigError(f"The settings file {file} can't be parsed: {error}.") from None
    return {name: _from_table(name, value, file) for name, value in table.items()}


def _from_table(name: str, value: object, file: Path) -> _Text:
    """Return a value of the file as the text an option would contain. Lists are joined with commas."""
    if name not in BY_NAME:
        closest = get_close_matches(name, BY_NAME, n=1, cutoff=0)[0]
        raise ConfigError(f"{name} in {file} is not a setting. Did you mean {closest}?")
    source = f"{name} in {file}"
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return _Text(",".join(value) or "none", source)
    if isinstance(value, str | int) and not isinstance(value, bool):
        return _Text(str(value), source)
    raise ConfigError(f"{source} is {value!r}. It must be {BY_NAME[name].allowed}.")


def _parsed(setting: Setting, text: _Text | None) -> Any:
    """Return the value of a setting, else of its default, else None."""
    if text is None:
        return setting.parse(setting.default) if setting.default else None
    try:
        return setting.parse(text.text)
    except ValueError:
        shown = re.sub(r"://.*@", "://...@", text.text)  # keeps a password out of terminals and logs
        raise ConfigError(f"{text.source} is {shown!r}. It must be {setting.allowed}.") from None


def _complete(values: dict[str, Any]) -> Config:
    """Fill in the defaults that depend on other settings or on the machine."""
    values["base_url"] = values["base_url"] or own_url(values["host"], values["port"])
    values["database"] = values["database"] or f"chdb://{values['data_dir']}/clickhouse"
    if values["database_password_file"]:
        values["database"] = _with_password(values["database"], values["database_password_file"])
    values["geo_file"] = values["geo_file"] or values["data_dir"] / GEO_DIRECTORY
    values["exclusions_file"] = values["exclusions_file"] or values["data_dir"] / EXCLUSIONS_FILE
    values["timezone"] = values["timezone"] or machine.timezone()
    values["backup_country"] = values["backup_country"] or values["data_country"]
    values["memory_mb"] = values["memory_mb"] or _quarter(machine.memory_bytes() // _MEBIBYTE)
    values["mail_port"] = values["mail_port"] or _MAIL_PORTS[values["mail_tls"]]
    _check_cluster(values)
    if values["outside_eea"] == "refuse":
        _check_residence(values)
    return Config(**values)


def first_line(file: Path, setting: str) -> str:
    """Return the secret that is the first line of a file. Raises ConfigError. setting: names the file."""
    try:
        with file.open("rb") as opened:
            lines = opened.read(_MAX_SECRET_BYTES).decode().splitlines()
    except OSError as error:
        raise ConfigError(f"The file of {setting}, {file}, can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"The file of {setting}, {file}, is not UTF-8 text.") from None
    if not lines or not lines[0]:
        raise ConfigError(f"The file of {setting}, {file}, is empty. Its first line must be the password.")
    return lines[0]


def _with_password(database: str, file: Path) -> str:
    """Return the address of a ClickHouse server with the password of a file. The embedded one has no password."""
    parts = urlsplit(database)
    if parts.scheme == "chdb":
        return database
    if parts.password:
        raise ConfigError("database_password_file is set, and database contains a password. Remove one of them.")
    user, _, host = parts.netloc.rpartition("@")
    password = quote(first_line(file, "database_password_file"), safe="")
    return urlunsplit(parts._replace(netloc=f"{user.rstrip(':') or 'default'}:{password}@{host}"))


def _check_cluster(values: Mapping[str, Any]) -> None:
    servers = shard_urls(values["database"])
    if values["cluster"] is None and len(servers) > 1:
        raise ConfigError("database lists several servers. Name their cluster with SILLAGE_CLUSTER.")
    if values["cluster"] is not None and servers[0].startswith("chdb:"):
        raise ConfigError("cluster is set, but the database is embedded. Set database to servers of the cluster.")


def _check_residence(values: Mapping[str, Any]) -> None:
    for name in ("data_country", "backup_country"):
        if (country := values[name]) and not residence.is_in_eea(country):
            raise ConfigError(
                f"{name} is {country}, outside the European Economic Area. Choose a place inside it, or set "
                'outside_eea = "allow" once the transfer has a legal basis.'
            )


def own_url(host: str, port: int) -> str:
    """Return the address for a browser on this machine. Wildcard addresses become loopback, as they can't be opened."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _quarter(memory_mb: int) -> int:
    return min(max(memory_mb // 4, 512), 4096)
