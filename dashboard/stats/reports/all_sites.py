"""The visitors of all sites, day by day and right now, in one statement.

Each site has the days of its own time zone. Days with daily counts are read from them; the others, such as today, are
counted from visits. The number of a day is the one that the report of that day shows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from dashboard.stats.protection import rounding
from dashboard.stats.reports.realtime import WINDOW
from schema.days.local_day import day_start
from schema.days.rolled_days import RolledDays
from schema.sites.sites import Site
from schema.stores.database import Database

DAYS = 28  # before today
Rolled = Callable[[int, ZoneInfo], RolledDays | None]

_SQL = Path(__file__).with_suffix(".sql").read_text()
_DAY = timedelta(days=1)
_NOW = date(1970, 1, 1)
# Rows keep their local day when a site changes its time zone, and a visit is stored under the day it started.
_MARGIN = timedelta(days=9)


@dataclass(frozen=True, slots=True)
class SiteDays:
    """The visitors of a site."""

    site: Site
    today: date
    current: int  # in the last five minutes
    visitors: Mapping[date, int] = field(default_factory=dict)  # by local day, without days that had none

    def on(self, days_ago: int) -> int:
        """Return the visitors of a day. 0: today, so far."""
        return self.visitors.get(self.today - days_ago * _DAY, 0)

    @property
    def series(self) -> list[int]:
        """Return the visitors of the days before today, oldest first."""
        return [self.on(number) for number in range(DAYS, 0, -1)]


@dataclass(frozen=True, slots=True)
class _Day:
    site_id: int
    day: date
    begins: datetime
    ends: datetime
    is_counted: bool


def all_sites(database: Database, sites: Sequence[Site], now: datetime, rolled: Rolled) -> list[SiteDays]:
    """Return the visitors of each site, in the order of `sites`. rolled: the days with daily counts.

    Numbers of exempt sites are rounded, and 0 below ten.
    """
    if not sites:
        return []
    days = [day for site in sites for day in _days(site, now, rolled(site.id, site.zone))]
    exempt = {site.id for site in sites if site.privacy.is_exempt}
    visitors: dict[int, dict[date, int]] = {site.id: {} for site in sites}
    for site_id, day, count in database.query(_SQL, _parameters(sites, days, now)):
        visitors[site_id][day] = rounding.shown(count, count) if site_id in exempt else count
    return [
        SiteDays(
            site,
            now.astimezone(site.zone).date(),
            visitors[site.id].get(_NOW, 0),
            {day: count for day, count in visitors[site.id].items() if day != _NOW},
        )
        for site in sites
    ]


def _days(site: Site, now: datetime, counted: RolledDays | None) -> Iterator[_Day]:
    today = now.astimezone(site.zone).date()
    first = today - DAYS * _DAY
    uncounted = {today, *counted.missing(first, today, lambda _day: True)} if counted else None
    for number in range(DAYS + 1):
        day = first + number * _DAY
        ends = day_start(day + _DAY, site.zone)
        yield _Day(site.id, day, day_start(day, site.zone), ends, uncounted is not None and day not in uncounted)


def _parameters(sites: Sequence[Site], days: Sequence[_Day], now: datetime) -> dict[str, object]:
    uncounted = [day for day in days if not day.is_counted]
    start = now - WINDOW
    return {
        "sites": [site.id for site in sites],
        "sites_of_days": [day.site_id for day in days],
        "days": [day.day for day in days],
        "begins": [int(day.begins.timestamp()) for day in days],
        "ends": [int(day.ends.timestamp()) for day in days],
        "are_counted": [int(day.is_counted) for day in days],
        "first_day": min(day.day for day in days),
        "first_uncounted_day": min(day.day for day in uncounted) - _MARGIN,
        "earliest": min(day.begins for day in uncounted),
        "start": start,
        "end": now + timedelta(seconds=1),
        "day_of_now": start.astimezone(UTC).date() - _DAY,
    }
