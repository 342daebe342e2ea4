"""What can be chosen on a report: the period and the metric of the chart; both live in the URL."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from babel.dates import format_date, format_interval
from starlette.datastructures import QueryParams

from dashboard.stats.model import period
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Period
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


# What a chart can show: the numbers at the top of a report, in reading order.
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
    """What the URL of a report asks for."""

    period: Period
    before: Period | None  # what it is compared with; None before the first event of the site
    metric: Metric

    def url(self, site: Site, metric: Metric) -> str:
        """Return the report of the same period with the chart of another metric."""
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
    """Return what the URL asks for. Raises QueryError on a period that is none."""
    key = query.get("period")
    if not key:
        return default(query, site, now=now, first_day=first_day)
    start, end = query.get("from", ""), query.get("to", "")
    asked = period.parse(key, zone=site.zone, now=now, first_day=first_day, start=start, end=end)
    return _choice(asked, query, first_day)


def default(query: QueryParams, site: Site, *, now: datetime, first_day: date) -> Choice:
    """Return 28 days; today while the numbers of a site began today or yesterday, so that they are seen at once."""
    today = now.astimezone(site.zone).date()
    key = "day" if (today - first_day).days <= 1 else "28d"
    return _choice(period.parse(key, zone=site.zone, now=now, first_day=first_day), query, first_day)


def _choice(asked: Period, query: QueryParams, first_day: date) -> Choice:
    before = asked.previous()
    # Everything is more than the nothing before a site was there: that is no change worth telling.
    is_known = before is not None and before.last >= first_day
    return Choice(asked, before if is_known else None, chosen_metric(query))


def chosen_metric(query: QueryParams) -> Metric:
    """Return the metric of the chart; visitors where the URL names none that there is."""
    name = query.get("metric")
    return Metric(name) if name in METRICS else Metric.VISITORS


def address(path: str, asked: Period, **others: str) -> str:
    """Return the address of a page for a period. others: what else the URL is to say."""
    parameters = {"period": asked.key}
    if asked.key == "custom":
        parameters |= {"from": str(asked.first), "to": str(asked.last)}
    return f"{path}?" + urlencode(parameters | others)


def menu(path: str, asked: Period, **others: str) -> Menu:
    """Return the menu from which another period of a page is chosen. others: what else the URL goes on saying."""
    links = [
        PeriodLink(name, f"{path}?" + urlencode({"period": key} | others), key == asked.key)
        for key, name in PERIOD_NAMES.items()
    ]
    return Menu(path, name_of(asked), links, asked, others)


def name_of(asked: Period) -> str:
    """Return what a period is called."""
    return PERIOD_NAMES.get(asked.key) or days_of(asked)


def days_of(asked: Period) -> str:
    """Return the days of a period: 3 Nov 2026, or 25 Oct – 21 Nov 2026."""
    if asked.first == asked.last:
        return format_date(asked.first, "d MMM y", locale=LOCALE)
    return format_interval(asked.first, asked.last, "yMMMd", locale=LOCALE)
