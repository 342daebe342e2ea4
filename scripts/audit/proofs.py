"""The proofs of an audit, in the order in which they are shown."""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from schema.privacy.audits import Finding
from schema.stores.database import ClickHouseError, DatabaseUnavailableError, QueryLimitError
from scripts.audit import canary, connections, profile, requests, residence, retention, salts, tables, web_logs
from scripts.audit.subject import Subject, yellow
from scripts.console.errors import Refusal

Proof = Callable[[Subject], Finding]

PROOFS: tuple[tuple[str, Proof], ...] = (
    ("P1", canary.without_trace),
    ("P1", canary.logs_searched),
    ("P1", web_logs.without_addresses),
    ("P1", tables.without_address_columns),
    ("P1", tables.without_address_values),
    ("P2", salts.in_memory),
    ("P2", salts.not_swapped),
    ("P2", salts.without_copies),
    ("P3", salts.of_today),
    ("P4", profile.rounds_to_ten),
    ("P5", requests.mark_no_device),
    ("P5", requests.serve_the_built_script),
    ("P6", requests.honor_signals),
    ("P7", requests.offer_the_opt_out),
    ("P7", requests.honor_the_opt_out),
    ("P8", retention.every_table_expires),
    ("P8", retention.no_row_is_too_old),
    ("P9", tables.clean_texts),
    ("P10", tables.only_counts_of_drops),
    ("P11", connections.none_outgoing),
    ("P12", requests.offer_to_forget),
    ("P13", residence.unused_accounts_are_deleted),
    ("P14", residence.is_reviewed),
    ("P15", residence.country_is_declared),
    (profile.KEY, profile.stores_no_more),
    (profile.KEY, profile.lists_declared_events),
)
# Files that can't be read, a server that does not respond, ClickHouse that is away or too slow.
_OBSTACLES = (
    OSError,
    Refusal,
    ClickHouseError,
    DatabaseUnavailableError,
    QueryLimitError,
    msgspec.DecodeError,
)


def run(subject: Subject, proofs: Iterable[tuple[str, Proof]] = PROOFS) -> Iterator[Finding]:
    """Yield the finding of each proof. One that meets an obstacle is yellow."""
    for key, proof in proofs:
        try:
            yield proof(subject)
        except _OBSTACLES as error:
            yield yellow(key, "This could not be checked: %(reason)s", reason=_reason(error))


def _reason(error: Exception) -> str:
    """Return the first line of the message of an error. ClickHouse may quote a statement in the others."""
    return str(error).partition("\n")[0][:200] or type(error).__name__
