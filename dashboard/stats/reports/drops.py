"""What was not counted: hits by reason, rule and time. Nothing else is known of them."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from dashboard.stats.model.buckets import Bucket
from dashboard.stats.model.period import Period
from schema.stores.database import Database

NO_SITE = 0  # in place of a site's id, where a hit named a domain that is no site's

_SQL = Path(__file__).with_suffix(".sql").read_text()
_FIRST_SQL = Path(__file__).with_name("first_drop.sql").read_text()


@dataclass(frozen=True, slots=True)
class Drop:
    start: datetime  # of the hour, where the period is a single day, else of the local day; UTC
    reason: str
    rule: int  # id of the exclusion; 0: the reason has no rules
    count: int


def drops(database: Database, site_id: int, period: Period) -> tuple[Drop, ...]:
    """Return what was not counted in a period, oldest first."""
    parameters = {"site_id": site_id, "first": period.first, "last": period.last, "by_hour": period.days == 1}
    return tuple(
        Drop(datetime.combine(day, time(hour), period.zone).astimezone(UTC), reason, rule, int(count))
        for day, hour, reason, rule, count in database.query(_SQL, parameters)
    )


def first_drop(database: Database, site_id: int) -> date | None:
    """Return the first local day with a hit that was not counted, or None."""
    rows = database.query(_FIRST_SQL, {"site_id": site_id})
    return rows[0][0] if rows else None


def by_bucket(found: Iterable[Drop], pieces: Sequence[Bucket]) -> list[int]:
    """Return the number of hits in each piece of the period they were found in.

    Where clocks go back an hour comes twice and is one in what is stored: it counts for the first.
    """
    counts = [0] * len(pieces)
    starts = [piece.start for piece in pieces]
    for drop in found:
        counts[max(bisect_right(starts, drop.start) - 1, 0)] += drop.count
    return counts
