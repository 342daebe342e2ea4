"""The choices on a report: its period and the metric of its chart. The URL holds both."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from babel.dates import format_date, format_interval
from starlette.datastructures import QueryParams

from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Period
from dashboard.stats.model.period import parse as parse_period
from schema.sites.sites import Site

LOCALE = "en_GB"
PERIOD_NAMES = {
    "day": "Today",
    "yesterday": "Yesterday",
    "7d": "Last 7 days",
    "28d": "Last 28 days",
    "30d": "Last 30 days",
    "91d": "Last 91 days",
    "month": "This month",
    "12mo": "Last 12 months",
    "all": "All time",
}

# The metrics at the top of a report, in reading order. A chart can show each of them.
METRICS = (
    Metric.VISITORS,
    Metric.VISITS,
    Metric.PAGEVIEWS,
    Metric.VIEWS_PER_VISIT,
    Metric.BOUNCE_RATE,
    Metric.VISIT_DURATION,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """The period and the metric that the URL of a report selects."""

    period: Period
    before: Period | None  # for comparison; None if it ends before the first event of the site
    metric: Metric

    def url(self, site: Site, metric: Metric) -> str:
        """Return the URL of the same report with the chart of another metric."""
        return address(f"/{site.domain}", self.period, metric=metric.value)


@dataclass(frozen=True, slots=True)
class PeriodLink:
    name: str
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Menu:
    path: str
    name: str  # of the chosen period
    links: list[PeriodLink]
    period: Period
    others: Mapping[str, str]


def chosen(query: QueryParams, site: Site, *, now: datetime, first_day: date) -> Choice:
    """Return what the URL selects. Raises QueryError if the period is invalid."""
    key = query.get("period")
    if not key:
        return default(query, site, now=now, first_day=first_day)
    start, end = query.get("from", ""), query.get("to", "")
    period = parse_period(key, zone=site.zone, now=now, first_day=first_day, start=start, end=end)
    return _choice(period, query, first_day)


def default(query: QueryParams, site: Site, *, now: datetime, first_day: date) -> Choice:
    """Return 28 days, or today for a site whose data begins today or yesterday: 28 days would not show it yet."""
    today = now.astimezone(site.zone).date()
    key = "day" if (today - first_day).days <= 1 else "28d"
    return _choice(parse_period(key, zone=site.zone, now=now, first_day=first_day), query, first_day)


def _choice(period: Period, query: QueryParams, first_day: date) -> Choice:
    before = period.previous()
    # A change from the nothing before a site's first day means nothing.
    has_data = before is not None and before.last >= first_day
    return Choice(period, before if has_data else None, chosen_metric(query))


def chosen_metric(query: QueryParams) -> Metric:
    """Return the metric of the chart. The default is visitors."""
    name = query.get("metric")
    return Metric(name) if name in METRICS else Metric.VISITORS


def address(path: str, period: Period, **others: str) -> str:
    """Return the URL of a page for a period. others: further parameters of the URL."""
    parameters = {"period": period.key}
    if period.key == "custom":
        parameters |= {"from": str(period.first), "to": str(period.last)}
    return f"{path}?" + urlencode(parameters | others)


def menu(path: str, period: Period, **others: str) -> Menu:
    """Return the menu that selects another period of a page. others: parameters that stay in the URL."""
    links = [
        PeriodLink(name, f"{path}?" + urlencode({"period": key} | others), key == period.key)
        for key, name in PERIOD_NAMES.items()
    ]
    return Menu(path, name_of(period), links, period, others)


def name_of(period: Period) -> str:
    """Return the name of a period, or its days if it has no name."""
    return PERIOD_NAMES.get(period.key) or days_of(period)


def days_of(period: Period) -> str:
    """Return the days of a period: 3 Nov 2026, or 25 Oct – 21 Nov 2026."""
    if period.first == period.last:
        return format_date(period.first, "d MMM y", locale=LOCALE)
    return format_interval(period.first, period.last, "yMMMd", locale=LOCALE)
