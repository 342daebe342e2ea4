"""The last privacy audit of a site, and the people who can see its statistics."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.language import later
from dashboard.pages import figures, privacy_warnings, template
from dashboard.pages.keys import SCOPE_LABELS
from dashboard.pages.settings import site_of
from dashboard.services import services
from schema.people import readers
from schema.people.readers import Access, Reader
from schema.people.roles import Role
from schema.people.users import Session
from schema.privacy import audits
from schema.privacy.audits import Audit, State
from schema.sites.sites import Site

TITLES: Mapping[str, str] = {
    "P1": later("No IP addresses"),
    "P2": later("Salts stay in memory"),
    "P3": later("Nobody is followed across days"),
    "P4": later("Small numbers are rounded"),
    "P5": later("Nothing on the device"),
    "P6": later("Privacy signals"),
    "P7": later("Opt-out page"),
    "P8": later("Data retention"),
    "P9": later("Clean URLs and properties"),
    "P10": later("Hits that are not counted"),
    "P11": later("No outgoing connections"),
    "P12": later("Deletion of today's visits"),
    "P13": later("Accounts"),
    "P14": later("Yearly review"),
    "P15": later("Where data is stored"),
    "profile": later("Profile"),
}
STATES: Mapping[State, str] = {
    State.RED: later("Failed"),
    State.YELLOW: later("To check"),
    State.GREEN: later("Passed"),
}
_ACCESS: Mapping[Access, str] = {
    Access.ACCOUNT: later("Account"),
    Access.GUEST: later("Guest"),
    Access.SHARED_LINK: later("Shared link"),
    Access.PUBLIC: later("Public report, for everybody"),
    Access.API_KEY: later("API key"),
    Access.MAIL: later("Report or alert"),
}
_ROLES: Mapping[str, str] = {
    Role.VIEWER: later("Can view"),
    Role.EDITOR: later("Can edit"),
    Role.ADMIN: later("Can view and change everything, without deleting data"),
    Role.OWNER: later("Can view and change everything"),
}


class Line(NamedTuple):
    """A finding, as shown."""

    number: str  # of the guarantee; empty: of the profile
    title: str
    state: State
    state_name: str
    sentence: str


class ReaderLine(NamedTuple):
    """Somebody who can see the statistics, as shown."""

    access: str
    name: str
    site: str
    rights: str
    since: str
    last_seen: str


def show(request: Request, session: Session) -> Response:
    """Show the last audit of the site, red findings first."""
    site = site_of(request)
    audit = audits.latest(services(request).control, site.domain)
    return template.page(
        "audit",
        session=session,
        site=site,
        problems=list(map(language.of, privacy_warnings.warnings(request, site))),
        when=audit and _moment(audit.at, site),
        hash=audit.hashes[site.domain] if audit else "",
        lines=_lines(audit) if audit else [],
        counts=_counts(audit) if audit else [],
    )


def people(request: Request, session: Session) -> Response:
    """Show who can see the statistics of the site, for the notice of a breach."""
    site = site_of(request)
    listed = readers.list_all(services(request).control, site=site)
    return template.page("people", session=session, site=site, lines=[_reader_line(reader, site) for reader in listed])


def _lines(audit: Audit) -> list[Line]:
    return [
        Line(
            "" if finding.key not in audits.GUARANTEES else finding.key,
            _(TITLES[finding.key]),
            finding.state,
            _(STATES[finding.state]),
            language.of(finding.sentence),
        )
        for finding in audit.worst_first
    ]


def _counts(audit: Audit) -> list[tuple[State, str, int]]:
    """Return how many findings have each state."""
    states = [finding.state for finding in audit.findings]
    return [(state, _(name), states.count(state)) for state, name in STATES.items() if state in states]


def _reader_line(reader: Reader, site: Site) -> ReaderLine:
    return ReaderLine(
        _(_ACCESS[reader.access]),
        reader.name,
        reader.domain or _("All sites"),
        _rights(reader),
        _("not recorded") if reader.since is None else _moment(reader.since, site),
        _("not recorded") if reader.last_seen is None else _moment(reader.last_seen, site),
    )


def _rights(reader: Reader) -> str:
    """Return what somebody may do: a role, or the scopes of a key."""
    if reader.access is Access.API_KEY:
        labels = {scope.value: label for scope, label in SCOPE_LABELS.items()}
        return ", ".join(_(labels[scope]) for scope in reader.rights.split())
    if reader.access is Access.ACCOUNT and not reader.rights:
        return _("Can view and change everything")
    return _(_ROLES[reader.rights or Role.VIEWER])


def _moment(time_s: int, site: Site) -> str:
    return figures.moment(datetime.fromtimestamp(time_s, UTC).astimezone(site.zone))
