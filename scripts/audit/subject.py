"""What an audit looks at: the settings, the sites, the files, and the running server."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from schema.privacy.audits import Finding, State
from schema.privacy.evidence import Question, Table
from schema.sentence import Sentence
from schema.sites.sites import Site
from scripts.config.loading import Config

T = TypeVar("T")

NAMED = 5  # sites, files or tables in a sentence


class Ask(Protocol):
    """Returns the answer of the tables to a question."""

    def __call__(self, question: Question[T], /) -> T: ...


class Connection(msgspec.Struct, frozen=True):
    """A TCP connection that the server has opened to another machine."""

    host: str
    port: int


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """What the running server reports about itself."""

    salts_file: str  # empty: the salts are in process memory
    connections: tuple[Connection, ...] | None  # None: the system does not show them
    hashes: dict[str, str]  # domain -> hash of the configuration
    # Settings in effect, which may come from an environment that the command does not have.
    database: str  # without a password
    trusted_proxies: tuple[str, ...]
    data_country: str | None
    backup_country: str | None
    account_months: int

    def effective(self, config: Config) -> Config:
        """Return the settings of a command with those in effect."""
        return replace(
            config,
            database=self.database,
            trusted_proxies=self.trusted_proxies,
            data_country=self.data_country,
            backup_country=self.backup_country,
            account_months=self.account_months,
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """A response of the server to a request of the audit."""

    status: int
    headers: Sequence[tuple[str, str]]  # names in lower case
    body: bytes

    def header(self, name: str) -> str:
        """Return the value of a header, empty if it is missing."""
        return next((value for key, value in self.headers if key == name), "")


class Fetch(Protocol):
    """Sends a request to the server as a browser behind a proxy does, and returns the response. Raises OSError."""

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Reply: ...


def _no_numbers(_site: Site) -> list[float]:
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An installation, as an audit sees it."""

    settings: Config
    sites: Sequence[Site]
    added: Mapping[int, int] = field(default_factory=dict)  # site id -> when it was added, epoch seconds
    accounts: Sequence[int] = ()  # when each was used last, epoch seconds
    control_tables: Sequence[Table] = ()  # of the control file
    now: float  # epoch seconds
    ask: Ask
    process: Process | None  # None: no server runs
    fetch: Fetch | None  # None: no server runs
    figures: Callable[[Site], Sequence[float]] = _no_numbers  # those that the statistics API reports for a site
    salts_file: Path | None = None  # None: the salts are in process memory
    swaps: Path = Path("/proc/swaps")
    mounts: Path = Path("/proc/self/mounts")
    logs: Sequence[Path] = ()
    web_logs: Sequence[Path] = ()
    wait: Callable[[float], None] = time.sleep  # seconds
    temporary: Sequence[Path] = ()  # directories of temporary files

    @property
    def exempt(self) -> list[Site]:
        return [site for site in self.sites if site.privacy.is_exempt]

    def today(self, site: Site) -> date:
        """Return the local day of a site."""
        return site.day_of(self.now)


def green(key: str, text: str, /, **values: object) -> Finding:
    return Finding(key, State.GREEN, Sentence(text, values))


def yellow(key: str, text: str, /, **values: object) -> Finding:
    return Finding(key, State.YELLOW, Sentence(text, values))


def red(key: str, text: str, /, **values: object) -> Finding:
    return Finding(key, State.RED, Sentence(text, values))


def no_server(key: str) -> Finding:
    """Return the finding of a proof that needs a running server."""
    return yellow(key, "No server runs on this data directory, so this was not checked. `sillage serve` starts it.")


def joined(sentences: Sequence[Sentence]) -> Sentence:
    """Return sentences, or parts of them, as a list."""
    first, *others = sentences
    return Sentence("%(first)s, %(others)s", {"first": first, "others": joined(others)}) if others else first


def listed(names: Sequence[str]) -> str:
    """Return names as a list for a sentence, shortened if it is long."""
    more = [f"+{len(names) - NAMED}"] if len(names) > NAMED else []
    return ", ".join([*names[:NAMED], *more])
