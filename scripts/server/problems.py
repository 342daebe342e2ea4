"""Problems that affect the statistics: damaged tables, rejected hits, and events that were set aside."""

import logging

from ingest.storage.spool import Spool
from schema.sentence import Sentence
from schema.stores.database import DamagedParts, Database

_log = logging.getLogger(__name__)


class Problems:
    """What users must know about before they trust a report."""

    def __init__(self, database: Database, spool: Spool) -> None:
        self._database = database
        self._spool = spool
        self._damaged_parts: list[DamagedParts] = []

    def look_for_damage(self) -> None:
        """Log the parts of tables that ClickHouse could not read. Raises as `Database.query` does."""
        self._damaged_parts = self._database.damaged_parts()
        for parts in self._damaged_parts:
            _log.error("%s", parts)

    def sentences(self) -> list[Sentence]:
        """Return the current problems."""
        problems = [parts.sentence for parts in self._damaged_parts]
        if reason := self._spool.refusal:
            problems.append(_rejected(reason))
        if count := len(self._spool.set_aside()):
            problems.append(set_aside(count))
        return problems


def _rejected(reason: str) -> Sentence:
    return Sentence("Hits are being rejected and will be missing here: %(reason)s.", {"reason": Sentence(reason)})


def set_aside(count: int) -> Sentence:
    """Return the sentence about files of events that were set aside."""
    if count == 1:
        return Sentence("1 file of events was set aside and not counted. `sillage spool list` shows the content.")
    return Sentence(
        "%(count)d files of events were set aside and not counted. `sillage spool list` shows the content.",
        {"count": count},
    )
