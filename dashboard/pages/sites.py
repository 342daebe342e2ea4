"""The list of sites, and the form that adds one."""

import functools
import zoneinfo
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.pages import figures, forms, template
from dashboard.pages.forms import Form
from dashboard.services import services
from dashboard.stats.model import period
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Result
from dashboard.stats.reports.drops import NO_SITE, drops
from schema.sites import sites
from schema.sites.sites import Site, SiteError
from schema.sites.users import Session
from schema.stores.database import READ_HANDLES, Database

DEFAULT_TIMEZONE = "Europe/Paris"


@dataclass(frozen=True, slots=True)
class SiteLine:
    domain: str
    visitors_today: str


class SiteForm(Form, frozen=True):
    """A site to add."""

    domain: str
    timezone: str


def start(_request: Request, _session: Session) -> Response:
    """Redirect to the list of sites."""
    return RedirectResponse("/sites", 303)


def overview(request: Request, session: Session) -> Response:
    """Show every site with its visitors today."""
    now = datetime.fromtimestamp(services(request).clock(), UTC)
    count = functools.partial(_line, services(request).ask, now)
    with ThreadPoolExecutor(READ_HANDLES) as threads:
        lines = list(threads.map(count, sites.list_all(services(request).control, now=services(request).clock())))
    unknown_hits = _unknown_hits(services(request).database, now)
    return template.page(
        "sites", session=session, lines=lines, unknown_hits=figures.exact(unknown_hits), are_many=unknown_hits != 1
    )


def form(request: Request, session: Session) -> Response:
    """Show the form that adds a site, with the time zone of the last one."""
    all_sites = sites.list_all(services(request).control, now=services(request).clock())
    return _form(session, timezone=all_sites[-1].timezone if all_sites else DEFAULT_TIMEZONE)


def submit(request: Request, session: Session) -> Response:
    """Add a site and redirect to it, or show the form again with the error."""
    control = services(request).control
    sent = forms.posted(request, SiteForm)
    domain, timezone = sent.domain, sent.timezone.strip()
    if timezone not in _timezones():
        problem = f"{timezone!r} is not a time zone. Use a name such as Europe/Paris."
        return _form(session, status=422, domain=domain, timezone=timezone, timezone_problem=problem)
    try:
        site = sites.add(control, domain, timezone=timezone, now=services(request).clock())
    except SiteError as error:
        return _form(session, status=422, domain=domain, timezone=timezone, domain_problem=str(error))
    return RedirectResponse(f"/{site.domain}", 303)


def _line(ask: Callable[[Query], Result], now: datetime, site: Site) -> SiteLine:
    today = period.parse("day", zone=site.zone, now=now, first_day=None)
    rows = ask(Query(site.id, today, (Metric.VISITORS,))).rows
    return SiteLine(site.domain, figures.short(rows[0].numbers[0]))


def _unknown_hits(database: Database, now: datetime) -> int:
    """Return how many hits today, in UTC, named an unknown site."""
    today = period.parse("day", zone=zoneinfo.ZoneInfo("UTC"), now=now, first_day=None)
    return sum(drop.count for drop in drops(database, NO_SITE, today))


def _form(
    session: Session,
    *,
    timezone: str,
    status: int = 200,
    domain: str = "",
    domain_problem: str = "",
    timezone_problem: str = "",
) -> Response:
    return template.page(
        "site_new",
        session=session,
        status=status,
        domain=domain,
        domain_problem=domain_problem,
        timezone=timezone,
        timezone_problem=timezone_problem,
        timezones=sorted(_timezones()),
    )


@functools.cache
def _timezones() -> set[str]:
    return zoneinfo.available_timezones()
