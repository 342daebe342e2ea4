"""Everything that pages and API endpoints are given, as one typed value.

This module alone reads and writes `app.state`, which accepts any name and any type.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.types import Scope

from dashboard.access.guesses import Guesses
from dashboard.access.key_limits import KeyLimits
from dashboard.access.passwords import Passwords
from dashboard.access.second_factor import SecondFactors
from dashboard.access.ways_in import WaysIn
from dashboard.export.running import Running
from dashboard.mail.mailer import Mailer
from dashboard.outbound.request import Answer, Limits, send
from dashboard.papers.facts import Installation
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Result
from schema.days.rolled_days import RolledDays
from schema.exclusions.what_if import RulesInForce
from schema.privacy.audits import Finding
from schema.privacy.profile import Privacy
from schema.privacy.signed_links import Links
from schema.sentence import Sentence
from schema.sites.imports import ImportResult
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database
from schema.stores.table_sizes import TableSize


class Fetch(Protocol):
    """Returns the answer to a request. `dashboard.outbound.request.send` describes limits and errors."""

    def __call__(self, url: str, /, *, limits: Limits) -> Answer: ...


WEBHOOKS = Limits(timeout_s=10, max_bytes=10_000)


class Ask(Protocol):
    """Returns the result of a question. privacy: of the site. `dashboard.stats.answer.run` describes the rest."""

    def __call__(self, query: Query, privacy: Privacy, /) -> Result: ...


class AskPage(Protocol):
    """Returns the results of questions about one site, by name. `dashboard.stats.page.answer_page` describes it."""

    def __call__(self, questions: Mapping[str, Query], privacy: Privacy, /) -> Mapping[str, Result]: ...


class ImportEvents(Protocol):
    """Imports past events. `ingest.history.Importer.run` describes parameters, result and errors."""

    def __call__(
        self,
        site: Site,
        pieces: Iterable[bytes],
        *,
        import_id: str = "",
        is_dry_run: bool = False,
        skips_older: bool = False,
    ) -> ImportResult: ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A kind of connection that the server opens to another machine."""

    purpose: Sentence
    to: Sentence | str  # a name stays as it is
    limit: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerState:
    """What the page about the server shows."""

    version: str = ""
    started_at: float = 0.0  # epoch seconds
    findings: Sequence[Finding] = ()  # by topic: see dashboard/pages/status.py
    tables: Sequence[TableSize] = ()  # largest first
    outgoing: Sequence[Outgoing] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the dashboard works with. `create_app` fills it once per application."""

    control: Control
    database: Database
    clock: Callable[[], float]  # epoch seconds
    base_url: str  # how browsers reach this server; without a slash at the end
    ask: Ask
    rolled: Callable[[int, ZoneInfo], RolledDays | None]  # days of a site with daily counts
    ask_page: AskPage
    import_events: ImportEvents
    exports: Running
    rules: RulesInForce
    problems: Callable[[], Sequence[Sentence | str]]  # warnings to show above reports, in sentences
    excluded_share: float  # of the hits, 0 to 1; above it, a new exclusion needs confirmation
    links: Links
    key_limits: KeyLimits
    passwords: Passwords
    second_factors: SecondFactors
    ways_in: WaysIn
    client_address: Callable[[Scope], bytes]  # packed; empty if unknown
    script_integrity: str  # the SRI hash of /js/script.js
    installation: Installation
    credits_due: Callable[[], Sequence[tuple[str, str]]]  # (text, URL) of the location data to credit
    mailer: Mailer | None  # None: no mail server is configured
    server_state: Callable[[], ServerState]
    webhook_limits: Limits = WEBHOOKS  # of a request to a webhook
    fetch: Fetch = send  # requests a page that a person named; of dashboard/outbound
    badge_counts: dict[int, tuple[float, float]] = field(default_factory=dict)  # site -> (valid until, visitors)
    guesses: Guesses = field(default_factory=Guesses)  # requests with shared links that do not exist


def provide(app: Starlette, provided: Services) -> None:
    """Set the services that all requests to an application use from now on."""
    app.state.services = provided


def services(request: Request) -> Services:
    """Return the services of the application that a request has reached."""
    return services_of(request.app)


def services_of(app: Starlette) -> Services:
    """Return the services of an application."""
    provided: Services = app.state.services
    return provided
