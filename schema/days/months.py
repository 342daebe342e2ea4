"""Months: sums of the daily counts of a month that is over, with the columns of `monthly_events` and `monthly_visits`.

A month is a long day. What its first day has in common with the day before it remains a column of its own, so months
and days that follow one another add up as days do. `schema/days/rollups.py` stores them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from schema.days.counts import PROP
from schema.days.local_day import month_end

EVENTS_SQL = Path(__file__).with_name("monthly_events.sql").read_text()
VISITS_SQL = Path(__file__).with_name("monthly_visits.sql").read_text()


@dataclass(frozen=True, slots=True)
class RolledMonth:
    """What the counts of a month contain: what those of all its days do."""

    zone: str  # of the site when its days were counted
    goals: frozenset[str] = frozenset()  # marks
    props: frozenset[str] = frozenset()  # keys
    expires: date = date.max  # from the next day on, some of its rows are gone


@dataclass(frozen=True, slots=True)
class MonthScope:
    """The site and the month that a statement counts."""

    site_id: int
    month: date  # its first day

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of VISITS_SQL."""
        return {"site_id": self.site_id, "day": self.month, "last": month_end(self.month)}

    def event_parameters(self, *, goals: Iterable[str], props: Iterable[str]) -> dict[str, Any]:
        """Return the parameters of EVENTS_SQL. goals: marks. props: keys."""
        return self.parameters() | {"goals": sorted(goals), "props": sorted(PROP + key for key in props)}
