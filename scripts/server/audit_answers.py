"""What the running server answers to `sillage privacy audit`, on its own socket: about itself and about its tables."""

from collections.abc import Callable
from http import HTTPStatus

import msgspec

from dashboard.papers.facts import configuration_hash
from ingest.visits.salts import memory_backed_file
from schema.privacy.evidence import QUESTIONS
from schema.sites import sites
from schema.stores.control import Control
from schema.stores.database import ClickHouseError, Database, DatabaseUnavailableError, QueryLimitError
from scripts.audit.connections import outgoing
from scripts.audit.subject import Process
from scripts.config.installation import installation
from scripts.config.loading import Config

PROCESS = "process"


class AuditAnswers:
    """Answers by the name of the question. Called in threads."""

    def __init__(self, config: Config, control: Control, database: Database, *, clock: Callable[[], float]) -> None:
        self._config = config
        self._control = control
        self._database = database
        self._clock = clock

    def answer(self, name: str) -> tuple[HTTPStatus, bytes]:
        """Return the status and the JSON of an answer."""
        if name == PROCESS:
            return HTTPStatus.OK, msgspec.json.encode(self._process())
        if name not in QUESTIONS:
            return _failure(HTTPStatus.NOT_FOUND, "The running server does not know this question. Restart it.")
        now = self._clock()
        try:
            answer = QUESTIONS[name].answer(self._database, sites.list_all(self._control, now=now), now)
        except QueryLimitError:
            return _failure(HTTPStatus.SERVICE_UNAVAILABLE, "ClickHouse needs too long or too much memory for this.")
        except (ClickHouseError, DatabaseUnavailableError):
            return _failure(HTTPStatus.SERVICE_UNAVAILABLE, "ClickHouse does not answer.")
        return HTTPStatus.OK, msgspec.json.encode(answer)

    def _process(self) -> Process:
        file = memory_backed_file(self._config.data_dir, directory=self._config.salt_dir)
        declared = installation(self._config, has_memory_file=file is not None)
        stored = sites.list_all(self._control, now=self._clock())
        return Process(
            salts_file=str(file or ""),
            connections=outgoing(),
            hashes={site.domain: configuration_hash(site, declared) for site in stored},
            database=str(declared.settings["database"]),
            trusted_proxies=tuple(self._config.trusted_proxies),
            data_country=self._config.data_country,
            backup_country=self._config.backup_country,
            account_months=self._config.account_months,
        )


def _failure(status: HTTPStatus, message: str) -> tuple[HTTPStatus, bytes]:
    return status, msgspec.json.encode({"error": message})
