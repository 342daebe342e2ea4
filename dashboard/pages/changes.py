"""The audit log of a site: who changed what and when, as a list that can be filtered, and as CSV."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.language import later
from dashboard.pages import figures, forms, template, whole_number
from dashboard.pages.forms import Form
from dashboard.pages.settings import site_of
from dashboard.services import services
from schema.days.local_day import day_start
from schema.exclusions import audit
from schema.exclusions.audit import AuditEntry, Search
from schema.people.users import Session
from schema.records.csv_cell import guarded
from schema.sites.sites import Site

MOST = 100  # on a page
MOST_IN_FILE = 10_000
TOPICS: Mapping[str, str] = {
    audit.SETTINGS: later("Settings"),
    audit.PEOPLE: later("People"),
    audit.EXCLUSIONS: later("Exclusions"),
    audit.PRIVACY: later("Privacy and deletions"),
}


class ChangesForm(Form, frozen=True):
    """Which changes to show. Empty: all."""

    who: str
    topic: str
    first: str
    last: str
    before: str  # id of the last entry of the part before this one

    @property
    def parameters(self) -> dict[str, str]:
        """The filters as parameters of a URL."""
        fields = (("who", self.who), ("topic", self.topic), ("first", self.first), ("last", self.last))
        return {name: value for name, value in fields if value}


@dataclass(frozen=True, slots=True)
class Line:
    """A change, as shown."""

    when: str
    who: str
    topic: str
    change: str


def show(request: Request, session: Session) -> Response:
    """Show the changes that match the filters, newest first."""
    site, form = site_of(request), forms.read(request.query_params, ChangesForm)
    criteria = _search(site, form)
    before = whole_number.read(form.before) or 2**62
    entries = audit.search(services(request).control, criteria, most=MOST + 1, before=before) if criteria else []
    shown = entries[:MOST]
    older = urlencode(form.parameters | {"before": str(shown[-1].id)}) if len(entries) > MOST else ""
    return template.page(
        "changes",
        session=session,
        status=200 if criteria else 400,
        problem="" if criteria else _("Enter days such as 2026-11-30, and the first one first."),
        site=site,
        entry=form,
        authors=[(who, who_name(who)) for who in audit.authors(services(request).control, site.id)],
        topics=[(topic, _(name)) for topic, name in TOPICS.items()],
        lines=[_line(entry, site) for entry in shown],
        older=older,
        parameters=urlencode(form.parameters),
        is_filtered=bool(form.parameters),
    )


def as_csv(request: Request, _session: Session) -> Response:
    """Return the changes that match the filters as a file, newest first."""
    site, form = site_of(request), forms.read(request.query_params, ChangesForm)
    criteria = _search(site, form)
    entries = audit.search(services(request).control, criteria, most=MOST_IN_FILE) if criteria else []
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["time", "who", "topic", "change"])
    for entry in entries:
        time = datetime.fromtimestamp(entry.at, site.zone).isoformat()
        rows.writerow([time, guarded(entry.who), entry.topic, guarded(language.of(entry.sentence))])
    name = f"changes-{site.id}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.getvalue(), media_type="text/csv", headers=headers)


def who_name(who: str) -> str:
    """Return who made a change, for people."""
    return _("the command line") if who == audit.COMMAND_LINE else who


def _search(site: Site, form: ChangesForm) -> Search | None:
    """Return what to search for; None if the days are not valid."""
    try:
        first = _day(form.first) or date(1970, 1, 2)
        last = _day(form.last) or date(2149, 6, 5)
        since, until = day_start(first, site.zone), day_start(last + timedelta(days=1), site.zone)
    except (ValueError, OverflowError):
        return None
    if first > last:
        return None
    return Search(site_id=site.id, who=form.who, topic=form.topic, since=since.timestamp(), until=until.timestamp())


def _day(text: str) -> date | None:
    return date.fromisoformat(text.strip()) if text.strip() else None


def _line(entry: AuditEntry, site: Site) -> Line:
    return Line(
        figures.moment(datetime.fromtimestamp(entry.at, site.zone)),
        who_name(entry.who),
        _(TOPICS[entry.topic]) if entry.topic in TOPICS else entry.topic,
        language.of(entry.sentence),
    )
