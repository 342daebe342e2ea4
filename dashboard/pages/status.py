"""The state of the server, for its owners: checks, tables, and connections to other machines."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.language import later
from dashboard.pages import figures, template
from dashboard.pages.audit import STATES
from dashboard.services import services
from schema.people.users import Session
from schema.privacy.audits import State

TOPICS: Mapping[str, str] = {
    "disk": later("Disk"),
    "memory": later("Memory"),
    "clock": later("Clock"),
    "timezone": later("Time zones"),
    "spool": later("Waiting events"),
    "workers": later("Workers"),
    "backup": later("Backup"),
    "mail": later("Mail"),
    "clickhouse": later("ClickHouse"),
    "tables": later("Tables"),
}
_ORDER = (State.RED, State.YELLOW, State.GREEN)


class Line(NamedTuple):
    """A finding, as shown."""

    title: str
    state: State
    state_name: str
    sentence: str
    number: str = ""  # of a guarantee: none here


class TableLine(NamedTuple):
    """A table, as shown."""

    name: str
    rows: str
    size: str
    parts: str


class OutgoingLine(NamedTuple):
    """A kind of connection to another machine, as shown."""

    purpose: str
    to: str
    limit: str


def show(request: Request, session: Session) -> Response:
    """Show the state of the server, red findings first."""
    server = services(request)
    present = server.server_state()
    findings = sorted(present.findings, key=lambda finding: _ORDER.index(finding.state))
    counts = Counter(finding.state for finding in findings)
    return template.page(
        "status",
        session=session,
        version=present.version,
        started=figures.moment(datetime.fromtimestamp(present.started_at or server.clock(), UTC)),
        counts=[(state, _(STATES[state]), counts[state]) for state in _ORDER if counts[state]],
        lines=[
            Line(_(TOPICS[finding.key]), finding.state, _(STATES[finding.state]), language.of(finding.sentence))
            for finding in findings
        ],
        tables=[
            TableLine(table.name, figures.exact(table.rows), figures.size(table.size_bytes), figures.exact(table.parts))
            for table in present.tables
        ],
        outgoing=[
            OutgoingLine(language.of(kind.purpose), language.of(kind.to), language.of(kind.limit))
            for kind in present.outgoing
        ],
    )
