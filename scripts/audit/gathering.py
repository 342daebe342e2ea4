"""Gather what an audit looks at: through the running server if there is one, else by this process."""

import http.client
import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from dashboard.papers.facts import configuration_hash
from ingest.request.client_ip import TrustedProxies
from ingest.visits.salts import memory_backed_file
from schema.people import readers
from schema.people.readers import Access
from schema.privacy import reviews
from schema.privacy.evidence import Question, control_tables
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database
from scripts.audit.subject import Process, Reply, Subject
from scripts.config import loading
from scripts.config.installation import installation
from scripts.config.loading import Config
from scripts.console.running_server import as_running
from scripts.console.standing_in import standing_in
from scripts.server.audit_answers import PROCESS
from scripts.server.local_socket import AUDIT, OperatorConnection, request_json

T = TypeVar("T")

TIMEOUT_S = 30
_METRICS = ["visitors", "visits", "pageviews", "events"]
_DIMENSIONS: tuple[list[str], ...] = ([], ["time:day"], ["event:page"], ["visit:country"], ["visit:browser"])


@contextmanager
def gathered(
    config: Config, control: Control, selected: Sequence[Site], *, logs: Sequence[Path], web_logs: Sequence[Path]
) -> Iterator[Subject]:
    """Yield what an audit of these sites looks at. Raises Refusal, MigrationError, DatabaseUnavailableError."""
    config, now = as_running(config), time.time()
    with standing_in(config) as database:
        process = _Server(config).process() if database is None else None
        config = process.effective(config) if process else config
        server = _Server(config) if process else None
        yield Subject(
            settings=config,
            sites=selected,
            added=reviews.added_at(control),
            accounts=_last_uses(control),
            control_tables=control_tables(control),
            now=now,
            ask=_Tables(database, selected, now).ask if database else _Server(config).ask,
            process=process,
            fetch=server.fetch if server else None,
            figures=_Server(config).figures,
            salts_file=_salts_file(config, process),
            logs=logs,
            web_logs=web_logs,
            temporary=(Path(tempfile.gettempdir()),),
        )


def hashes(subject: Subject) -> dict[str, str]:
    """Return the hash of the configuration of each site, as the running server has it, by domain."""
    declared = installation(subject.settings, has_memory_file=subject.salts_file is not None)
    own = {site.domain: configuration_hash(site, declared) for site in subject.sites}
    effective = subject.process.hashes if subject.process else {}
    return {domain: effective.get(domain, value) for domain, value in own.items()}


class _Tables:
    """ClickHouse, opened by this process."""

    def __init__(self, database: Database, selected: Sequence[Site], now: float) -> None:
        self._database = database
        self._sites = selected
        self._now = now

    def ask(self, question: Question[T]) -> T:
        return question.answer(self._database, self._sites, self._now)


class _Server:
    """The running server. Its methods raise OSError and Refusal."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def process(self) -> Process | None:
        """Return what the server reports about itself. None if no server runs."""
        try:
            return msgspec.convert(request_json(self._config.data_dir, "GET", AUDIT + PROCESS), type=Process)
        except OSError:
            return None

    def ask(self, question: Question[T]) -> T:
        answer: T = msgspec.convert(
            request_json(self._config.data_dir, "GET", AUDIT + question.name), type=question.type
        )
        return answer

    def fetch(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """Send a request as a web server in front does, whose forwarded addresses are trusted."""
        connection = self._connection()
        try:
            connection.request(method, path, body=body or None, headers=dict(headers))
            response = connection.getresponse()
            lines = [(name.lower(), value) for name, value in response.getheaders()]
            return Reply(response.status, lines, response.read())
        except http.client.HTTPException as error:
            raise ConnectionError(f"The running server does not respond ({type(error).__name__}).") from error
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        """Return a connection to the address that web servers forward to, else to the server's own socket.

        The socket is always trusted. From another address, test requests would share one limit, and be dropped for it.
        """
        url = urlsplit(loading.own_url(self._config.host, self._config.port))
        if TrustedProxies(self._config.trusted_proxies).trusts(url.hostname or ""):
            return http.client.HTTPConnection(url.netloc, timeout=TIMEOUT_S)
        return OperatorConnection(self._config.data_dir)

    def figures(self, site: Site) -> list[float]:
        """Return the figures that the statistics API reports for the last 7 days."""
        return [figure for dimensions in _DIMENSIONS for figure in self._figures(site, dimensions)]

    def _figures(self, site: Site, dimensions: Sequence[str]) -> Iterator[float]:
        query = {"site_id": site.domain, "metrics": _METRICS, "date_range": "7d", "dimensions": list(dimensions)}
        answer = request_json(self._config.data_dir, "POST", "/api/v2/query", body=[json.dumps(query).encode()])
        for row in answer["results"]:
            yield from (figure for figure in row["metrics"] if figure is not None)


def _last_uses(control: Control) -> list[int]:
    """Return when each account was last used, or made if never, in epoch seconds."""
    accounts = (reader for reader in readers.list_all(control) if reader.access is Access.ACCOUNT)
    return [account.last_seen or account.since or 0 for account in accounts]


def _salts_file(config: Config, process: Process | None) -> Path | None:
    """Return the file of the salts, which a running server knows."""
    if process is not None:
        return Path(process.salts_file) if process.salts_file else None
    return memory_backed_file(config.data_dir, directory=config.salt_dir)
