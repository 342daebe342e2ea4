"""Results of privacy audits: what each proof found, and the configuration at that time."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from schema.sentence import Sentence, restored, written
from schema.stores.control import Control

KEPT = 100  # audits; older ones are deleted
GUARANTEES = tuple(f"P{number}" for number in range(1, 16))


class State(StrEnum):
    """Result of a proof, worst first. Yellow: it could not be checked, or a person must decide."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of one proof."""

    key: str  # of the guarantee: P1 to P15, or `profile`
    state: State
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Audit:
    at: int  # epoch seconds
    findings: tuple[Finding, ...]
    hashes: Mapping[str, str]  # domain of an audited site -> hash of its configuration

    @property
    def is_red(self) -> bool:
        """True if at least one proof failed."""
        return any(finding.state is State.RED for finding in self.findings)

    @property
    def worst_first(self) -> list[Finding]:
        """Return the findings with the red ones first, else in their order."""
        states = list(State)
        return sorted(self.findings, key=lambda finding: states.index(finding.state))


def add(control: Control, audit: Audit) -> None:
    """Store the result of an audit, and delete the oldest ones."""
    findings = [
        {"key": finding.key, "state": finding.state.value, "sentence": written(finding.sentence)}
        for finding in audit.findings
    ]
    with control.write() as connection:
        connection.execute(
            "insert into privacy_audits (at, findings, hashes) values (?, ?, ?)",
            (audit.at, json.dumps(findings), json.dumps(dict(audit.hashes))),
        )
        connection.execute(
            "delete from privacy_audits where id not in (select id from privacy_audits order by id desc limit ?)",
            (KEPT,),
        )


def latest(control: Control, domain: str) -> Audit | None:
    """Return the last audit that included a site, or None."""
    row = control.row(
        "select at, findings, hashes from privacy_audits"
        " where exists (select 1 from json_each(hashes) where json_each.key = ?)"
        " order by id desc limit 1",
        (domain,),
    )
    return _audit(row) if row else None


def _audit(row: sqlite3.Row) -> Audit:
    findings = tuple(
        Finding(entry["key"], State(entry["state"]), restored(entry["sentence"])) for entry in json.loads(row[1])
    )
    return Audit(row[0], findings, json.loads(row[2]))
