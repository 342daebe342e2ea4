"""P1, P9 and P10, by the tables: no column for an address, no personal texts, only counts of dropped hits."""

import re
from collections.abc import Iterator, Sequence

from ingest.outcome import Reason
from schema.privacy import evidence
from schema.privacy.audits import Finding
from schema.privacy.evidence import ADDRESS, Table, Texts
from schema.privacy.redaction import Kind
from schema.sentence import Count, Sentence, later
from scripts.audit.subject import Subject, green, joined, listed, red, yellow

_ADDRESS_WORDS = frozenset({"ip", "ipv4", "ipv6", "addr", "address", "peer", "remote"})
_ADDRESS_TYPE = re.compile(r"\bIPv[46]\b")
_DROP_COLUMNS = frozenset({"site_id", "day", "hour", "reason", "rule", "count"})
_PATTERN_NAMES = {
    evidence.QUERY: later("query strings"),
    Kind.EMAIL: later("e-mail addresses"),
    Kind.PHONE: later("phone numbers"),
    Kind.TOKEN: later("tokens"),
    Kind.UUID: later("UUIDs"),
    Kind.IBAN: later("IBANs"),
    Kind.SSN: later("social security numbers"),
}


def without_address_columns(subject: Subject) -> Finding:
    """P1: no column of any table is for an address."""
    tables = [*subject.ask(evidence.TABLES), *subject.control_tables]
    if names := list(_address_columns(tables)):
        return red("P1", "These columns can hold an address: %(names)s.", names=listed(names))
    return green("P1", "None of the %(count)d tables has a column for an address.", count=len(tables))


def without_address_values(subject: Subject) -> Finding:
    """P1: the texts of recent days contain nothing that looks like an address."""
    if count := sum(texts.count for texts in subject.ask(evidence.TEXTS) if texts.pattern == ADDRESS):
        return yellow(
            "P1",
            "%(count)s paths, referrers, properties or event names of the last %(days)d days contain what looks like "
            "an IP address. Check whether these are versions or servers.",
            count=Count(count),
            days=evidence.RECENT_DAYS,
        )
    return green(
        "P1",
        "No path, referrer, property or event name of the last %(days)d days contains what looks like an IP address.",
        days=evidence.RECENT_DAYS,
    )


def clean_texts(subject: Subject) -> Finding:
    """P9: the texts of recent days contain nothing personal that is replaced on arrival."""
    unclean = [texts for texts in subject.ask(evidence.TEXTS) if texts.pattern != ADDRESS]
    if unclean:
        return red(
            "P9",
            "Paths, referrers, properties or event names of the last %(days)d days contain personal texts: %(what)s.",
            days=evidence.RECENT_DAYS,
            what=joined(list(_amounts(unclean))),
        )
    return green(
        "P9",
        "Paths, referrers, properties and event names of the last %(days)d days contain no query string, e-mail "
        "address, phone number, token, UUID, IBAN or social security number.",
        days=evidence.RECENT_DAYS,
    )


def only_counts_of_drops(subject: Subject) -> Finding:
    """P10: the table of hits that were not counted has counts per reason and rule, and nothing else."""
    columns = {name for table in subject.ask(evidence.TABLES) if table.name == "drops" for name, _ in table.columns}
    if more := sorted(columns - _DROP_COLUMNS):
        return red("P10", "The table of dropped hits has more than counts: %(names)s.", names=listed(more))
    reasons = subject.ask(evidence.DROP_REASONS)
    if unknown := set(reasons).difference(Reason):
        return red("P10", "%(count)d reasons of dropped hits are not in the fixed list.", count=len(unknown))
    return green("P10", "Of hits that are not counted, only numbers per hour, reason and rule are stored.")


def _address_columns(tables: Sequence[Table]) -> Iterator[str]:
    for table in tables:
        for name, kind in table.columns:
            if _ADDRESS_TYPE.search(kind) or not _ADDRESS_WORDS.isdisjoint(name.lower().split("_")):
                yield f"{table.name}.{name}"


def _amounts(unclean: Sequence[Texts]) -> Iterator[Sentence]:
    for pattern, name in _PATTERN_NAMES.items():
        if count := sum(texts.count for texts in unclean if texts.pattern == pattern):
            yield Sentence("%(name)s (%(count)s)", {"name": Sentence(name), "count": Count(count)})
