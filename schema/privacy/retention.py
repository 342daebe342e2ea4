"""Retention: each stored row has the last day that its site keeps it, and ClickHouse deletes it after that day.

After a site changes its months, `conform` rewrites that day in every row that differs. Rows whose day is over are
deleted by the same rewriting, the others by ClickHouse in time. It compares what is stored with the setting, so it can
be interrupted and repeated, and corrects rows that arrive late: from the spool, an import or a backup.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from schema.privacy import profile, stored
from schema.privacy.profile import Privacy
from schema.sentence import Count, Sentence
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database
from schema.stores.mutations import mutate

ROWS = ("events", "visits")
MONTHS = ("monthly_events", "monthly_visits")
DAYS = ("daily_events", "daily_visits")
COUNTS = (*DAYS, *MONTHS)

_NEVER = date(1970, 1, 1)  # min() of no rows
_DIFFERING_SQL = "site_id = {site:UInt32} and expires != day + {days:UInt16}"
_OLDEST_SQL = """
select   min(day)
from     {table}
where    site_id = {{site:UInt32}}
"""
_EARLIER_SQL = """
select   count(), min(day), uniqExact(day)
from     {table}
where    site_id = {{site:UInt32}}
  and    day     < {{kept_from:Date}}
"""


@dataclass(frozen=True, slots=True)
class Oldest:
    """The oldest days of a site that are stored. None: no such rows."""

    event: date | None
    count: date | None  # of a day that is over


@dataclass(frozen=True, slots=True)
class Loss:
    """What a shorter retention deletes."""

    events: int
    first_day: date  # of the events that are deleted, or of the counts if there are none
    kept_from: date  # the first day whose events stay
    counted_days: int  # whose daily counts are deleted, too
    counts_kept_from: date

    @property
    def sentence(self) -> Sentence:
        """What will be deleted, for the person who decides."""
        events = Sentence(
            "This deletes all events before %(kept_from)s: %(events)s, the oldest of %(first_day)s.",
            {"events": Count(self.events), "kept_from": self.kept_from, "first_day": self.first_day},
        )
        counts = Sentence(
            "This deletes the daily counts of all days before %(kept_from)s.", {"kept_from": self.counts_kept_from}
        )
        if not self.events:
            return counts
        return Sentence("%(first)s %(second)s", {"first": events, "second": counts}) if self.counted_days else events

    def __str__(self) -> str:
        return str(self.sentence)


def first_kept(site: Site, months: int, *, now: float) -> date:
    """Return the first day that a site keeps. now: epoch seconds."""
    return site.day_of(now) - timedelta(days=profile.retention_days(months) - 1)


def change(
    control: Control, site: Site, *, months: int | None, counts_months: int | None, who: str, now: float
) -> Site:
    """Store other months, and return the site. None keeps the old value, 0 counts_months means as long as the rows.

    The server then makes the stored rows conform. who: for the audit log. Raises PrivacyError.
    """
    privacy = changed(site.privacy, months=months, counts_months=counts_months)
    sentence = Sentence(
        "Set the retention to %(months)s months, and that of daily counts to %(counts)s months.",
        {"months": privacy.retention_months, "counts": privacy.months_of_counts},
    )
    return stored.replace(control, site, privacy, change=sentence, who=who, now=now)


def changed(privacy: Privacy, *, months: int | None, counts_months: int | None) -> Privacy:
    """Return settings with other months. None keeps the old value. Raises PrivacyError."""
    months = privacy.retention_months if months is None else months
    counts_months = privacy.counts_months if counts_months is None else counts_months
    return msgspec.structs.replace(privacy, retention_months=months, counts_months=counts_months)


def loss(database: Database, site: Site, privacy: Privacy, *, now: float) -> Loss | None:
    """Return what other settings would delete of a site, or None if nothing. Raises as `Database.query` does."""
    rows_from = first_kept(site, privacy.retention_months, now=now)
    counts_from = first_kept(site, privacy.months_of_counts, now=now)
    events, first_event, _ = _earlier(database, "events", site.id, rows_from)
    counts, first_count, counted_days = _earlier(database, "daily_events", site.id, counts_from)
    if not events and not counts:
        return None
    return Loss(events, first_event if events else first_count, rows_from, counted_days, counts_from)


def oldest(database: Database, site_id: int) -> Oldest:
    """Return the oldest stored days of a site. Raises as `Database.query` does."""
    event, count = (
        database.query(_OLDEST_SQL.format(table=table), {"site": site_id})[0][0] for table in ("events", COUNTS[0])
    )
    return Oldest(None if event == _NEVER else event, None if count == _NEVER else count)


def conform(database: Database, site: Site, *, forget_months: Callable[[int], None] = lambda _site_id: None) -> bool:
    """Rewrite the last day of each row of a site that differs from its setting. False: none did.

    forget_months: invalidates the monthly counts of a site, before they change. Raises as `Database.query` does.
    """
    kept = [(table, site.retention_days) for table in ROWS] + [(table, site.counts_days) for table in COUNTS]
    differing = [(table, days) for table, days in kept if _differs(database, table, site.id, days)]
    for table, days in differing:
        if table in MONTHS:
            forget_months(site.id)
        change = f"update expires = day + {{days:UInt16}} where {_DIFFERING_SQL}"
        mutate(database, table, change, {"site": site.id, "days": days})
    return bool(differing)


def _differs(database: Database, table: str, site_id: int, days: int) -> bool:
    sql = f"select 1 from {table} where {_DIFFERING_SQL} limit 1"  # noqa: S608 - our own names
    return bool(database.query(sql, {"site": site_id, "days": days}))


def _earlier(database: Database, table: str, site_id: int, kept_from: date) -> tuple[int, date, int]:
    rows = database.query(_EARLIER_SQL.format(table=table), {"site": site_id, "kept_from": kept_from})
    count, first, days = rows[0]
    return int(count), first, int(days)
