"""Read the settings from options, the environment and sillage.toml. Nothing else reads the environment.

An option overrides `SILLAGE_<NAME>`, which overrides the file, which overrides the default. Only one file is read:
the one that `$SILLAGE_CONFIG` names, else the first `sillage.toml` found in the working directory or the data
directory. Relative paths start at the working directory, also those written in the file.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from scripts.config import machine
from scripts.config.settings import BY_NAME, SETTINGS, Setting, described

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
class _Given:
    text: str
    place: str  # "--port", "SILLAGE_PORT", "port in /etc/sillage.toml"


def option(name: str) -> Callable[[Any], Any]:
    """Give a command the option of a setting; its text ends up in the click context's object, which `load` takes."""
    setting = BY_NAME[name]

    def keep(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
        if value is not None:
            context.ensure_object(dict)[name] = value

    return click.option(setting.flag, help=described(setting), metavar=name.upper(), expose_value=False, callback=keep)


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
    file = _find_file(environment, directory or Path.cwd(), _parsed(BY_NAME["data_dir"], near.get("data_dir")))
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
    return {name: _Given(text, BY_NAME[name].flag) for name, text in options.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, _Given]:
    texts = {setting.name: environment.get(setting.variable, "") for setting in SETTINGS}
    return {name: _Given(text, BY_NAME[name].variable) for name, text in texts.items() if text}


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
    if name not in BY_NAME:
        near = get_close_matches(name, BY_NAME, n=1, cutoff=0)[0]
        raise ConfigError(f"{name} in {file} is not a setting: did you mean {near}?")
    place = f"{name} in {file}"
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return _Given(",".join(value) or "none", place)
    if isinstance(value, str | int) and not isinstance(value, bool):
        return _Given(str(value), place)
    raise ConfigError(f"{place} is {value!r}: it must be {BY_NAME[name].allowed}")


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
