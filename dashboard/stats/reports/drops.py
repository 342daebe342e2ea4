"""Dropped hits by reason, rule and time. Nothing else is stored about them."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from dashboard.stats.model.buckets import Bucket
from dashboard.stats.model.period import Period
from dashboard.stats.protection import rounding
from schema.privacy.profile import Privacy
from schema.stores.database import Database

NO_SITE = 0  # site id of hits whose domain does not belong to any site

_SQL = Path(__file__).with_suffix(".sql").read_text()
_FIRST_SQL = Path(__file__).with_name("first_drop.sql").read_text()


@dataclass(frozen=True, slots=True)
class Drop:
    start: datetime  # of the hour if the period is a single day, else of the local day; UTC
    reason: str
    rule: int  # id of the exclusion; 0: the reason has no rules
    count: int


def drops(database: Database, site_id: int, period: Period, *, privacy: Privacy) -> tuple[Drop, ...]:
    """Return the dropped hits of a period, oldest first.

    privacy: of the site. Of an exempt one, the hits of a rule are counted by day, rounded, and left out if few.
    """
    by_hour = period.days == 1 and not privacy.is_exempt
    parameters = {"site_id": site_id, "first": period.first, "last": period.last, "by_hour": by_hour}
    return tuple(
        Drop(datetime.combine(day, time(hour), period.zone).astimezone(UTC), reason, rule, shown)
        for day, hour, reason, rule, count in database.query(_SQL, parameters)
        if (shown := rounding.shown(count, count) if privacy.is_exempt else int(count))
    )


def first_drop(database: Database, site_id: int, *, privacy: Privacy) -> date | None:
    """Return the first local day with a dropped hit, or None; None for an exempt site."""
    if privacy.is_exempt:
        return None
    rows = database.query(_FIRST_SQL, {"site_id": site_id})
    return rows[0][0] if rows else None


def by_bucket(drops_of_period: Iterable[Drop], buckets: Sequence[Bucket]) -> list[int]:
    """Return the number of dropped hits in each bucket of the period.

    The hour that repeats when the clocks go back is stored once: its hits count in the first of the two.
    """
    counts = [0] * len(buckets)
    starts = [bucket.start for bucket in buckets]
    for drop in drops_of_period:
        counts[max(bisect_right(starts, drop.start) - 1, 0)] += drop.count
    return counts
