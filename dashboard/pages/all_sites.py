"""The list of all sites as cards, with totals, search and sorting."""

import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from dashboard.charts.trend import trend
from dashboard.language import gettext as _
from dashboard.language import later, ngettext
from dashboard.pages import figures, template
from dashboard.pages.report.top_stats import Change, change_of
from dashboard.services import services
from dashboard.stats.answer.percent_change import change
from dashboard.stats.model import period
from dashboard.stats.model.metrics import Metric
from dashboard.stats.reports.all_sites import SiteDays, all_sites
from dashboard.stats.reports.drops import NO_SITE, drops
from schema.people import members
from schema.people.roles import Right
from schema.people.users import Session
from schema.privacy.profile import DEFAULT
from schema.stores.database import Database

MOST_SEARCH_CHARACTERS = 200
SORTS: Mapping[str, str] = MappingProxyType(
    {"name": later("Name"), "visitors": later("Visitors"), "change": later("Change")}
)
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Card:
    """A site in the list."""

    domain: str
    title: str
    yesterday: str
    exact: str
    change: Change | None  # from the same weekday a week before; None if that had no visitors
    before: str
    today: str
    current: str
    is_live: bool
    trend: Markup
    settings: str  # path of the first page of settings that the person may see; empty: none


@dataclass(frozen=True, slots=True)
class Total:
    name: str
    value: str
    exact: str
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class SortLink:
    name: str
    url: str
    is_chosen: bool


def show(request: Request, session: Session) -> Response:
    """Show the sites, all or those that the search finds."""
    state, now = services(request), datetime.fromtimestamp(services(request).clock(), UTC)
    search = request.query_params.get("search", "").strip()[:MOST_SEARCH_CHARACTERS]
    sort = request.query_params.get("sort", "") or "name"
    every = members.sites_of(state.control, session.user, now=state.clock())
    matching = [site for site in every if search.lower() in f"{site.name} {site.domain}".lower()]
    roles = members.roles_of(state.control, session.user.id)
    counted = all_sites(state.database, matching, now, state.rolled)
    unknown_hits = _unknown_hits(state.database, now) if session.may(Right.SERVER) else 0
    return template.page(
        "sites",
        session=session,
        status=200 if sort in SORTS else 400,
        problem="" if sort in SORTS else _("Sites cannot be sorted by “%(name)s”.", name=sort[:40]),
        has_sites=bool(every),
        search=search,
        sort=sort if sort in SORTS else "name",
        sorts=_sorts(sort, search),
        cards=[card(days, replace(session, role=roles.get(days.site.id))) for days in in_order(counted, sort)],
        totals=totals(counted),
        unknown_hits=_unknown(unknown_hits),
    )


def settings_path(session: Session) -> str:
    """Return the path, below a site, of the first page of settings that a person with a role there may see, or ""."""
    if session.may(Right.ADMINISTER):
        return "/settings"
    return "/settings/goals" if session.may(Right.EDIT) else ""


def card(days: SiteDays, session: Session) -> Card:
    """Return the card of a site. session: with the role on that site."""
    return Card(
        days.site.domain,
        days.site.title,
        figures.short(days.on(1)),
        figures.exact(days.on(1)),
        _change(days.on(1), days.on(1 + _WEEK)),
        _before(days),
        figures.short(days.on(0)),
        figures.short(days.current),
        days.current > 0,
        Markup(trend(days.series)),  # noqa: S704 - contains only numbers
        settings_path(session),
    )


def in_order(counted: Sequence[SiteDays], sort: str) -> list[SiteDays]:
    """Return the sites by name, by visitors or by change; of the last two, the greatest first."""
    if sort == "visitors":
        return sorted(counted, key=lambda days: -days.on(1))
    if sort == "change":
        return sorted(counted, key=lambda days: -_percent(days))
    return list(counted)


def totals(counted: Sequence[SiteDays]) -> list[Total]:
    """Return the sums over the sites."""
    yesterday, week_before = sum(days.on(1) for days in counted), sum(days.on(1 + _WEEK) for days in counted)
    numbers = [
        (_("Visitors yesterday"), yesterday, _change(yesterday, week_before)),
        (_("Visitors today"), sum(days.on(0) for days in counted), None),
        (_("Online"), sum(days.current for days in counted), None),
    ]
    return [Total(name, figures.short(number), figures.exact(number), changed) for name, number, changed in numbers]


def _change(new: int, old: int) -> Change | None:
    return change_of(Metric.VISITORS, new, old) if old else None


def _percent(days: SiteDays) -> float:
    """Return the change for sorting. A site that cannot be compared comes last."""
    old = days.on(1 + _WEEK)
    return (change(days.on(1), old, Metric.VISITORS) or 0) if old else float("-inf")


def _before(days: SiteDays) -> str:
    when = figures.day(days.today - timedelta(days=1 + _WEEK))
    return _("%(when)s: %(number)s", when=when, number=figures.exact(days.on(1 + _WEEK)))


def _sorts(chosen: str, search: str) -> list[SortLink]:
    links = []
    for key, name in SORTS.items():
        parameters = {name: value for name, value in (("search", search), ("sort", key)) if value}
        links.append(SortLink(_(name), f"/sites?{urlencode(parameters)}", key == chosen))
    return links


def _unknown_hits(database: Database, now: datetime) -> int:
    """Return how many hits today, in UTC, named an unknown site."""
    today = period.parse("day", zone=zoneinfo.ZoneInfo("UTC"), now=now, first_day=None)
    return sum(drop.count for drop in drops(database, NO_SITE, today, privacy=DEFAULT))


def _unknown(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "Today, %(number)s hit was for a domain that is not in this list.",
        "Today, %(number)s hits were for a domain that is not in this list.",
        count,
        number=figures.exact(count),
    )
