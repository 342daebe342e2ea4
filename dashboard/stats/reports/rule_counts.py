"""How many hits each exclusion keeps out, by day: nothing else is known of them."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from schema.stores.database import Database

DAYS = 30
RECENT_DAYS = 2  # today, and yesterday, which is over
MIN_HITS = 100  # a day with fewer says nothing about shares

_COUNTS_SQL = Path(__file__).with_suffix(".sql").read_text()
_LAST_SQL = Path(__file__).with_name("last_fired.sql").read_text()
_HITS_SQL = Path(__file__).with_name("hits_by_day.sql").read_text()


@dataclass(frozen=True, slots=True)
class RuleCount:
    by_day: dict[date, int] = field(default_factory=dict)  # on the site
    last: date | None = None  # on any site; None: not within DAYS

    @property
    def total(self) -> int:
        return sum(self.by_day.values())


NO_COUNT = RuleCount()


def rule_counts(database: Database, site_id: int, *, today: date) -> dict[int, RuleCount]:
    """Return what each rule did in the last DAYS days, today among them, by its id. today: local day of the site."""
    first = today - timedelta(days=DAYS - 1)
    by_rule: dict[int, dict[date, int]] = {}
    for rule, day, count in database.query(_COUNTS_SQL, {"site_id": site_id, "first": first, "last": today}):
        by_rule.setdefault(rule, {})[day] = int(count)
    last = {rule: day for rule, day in database.query(_LAST_SQL, {"first": first})}  # noqa: C416 (rows are no pairs)
    return {rule: RuleCount(by_rule.get(rule, {}), last.get(rule)) for rule in by_rule.keys() | last.keys()}


def hits_by_day(database: Database, site_id: int, *, today: date) -> dict[date, int]:
    """Return how many hits a site had on each of the last DAYS days, counted or not."""
    parameters = {"site_id": site_id, "first": today - timedelta(days=DAYS - 1), "last": today}
    return {day: int(hits) for day, hits in database.query(_HITS_SQL, parameters)}


def sudden_share(count: RuleCount, hits: dict[date, int], *, today: date, max_share: float) -> float | None:
    """Return the part of a site's hits that a rule keeps out of late, where that is more than max_share and new.

    New: on the days before, it was at most half of that. Parts are 0 to 1.
    """
    recent = {today - timedelta(days=number) for number in range(RECENT_DAYS)}
    lately = max((_share(count, hits, day) for day in recent), default=0.0)
    before = [_share(count, hits, day) for day in hits.keys() - recent]
    usual = sum(before) / len(before) if before else 0.0
    return lately if lately > max_share and usual <= lately / 2 else None


def _share(count: RuleCount, hits: dict[date, int], day: date) -> float:
    known = hits.get(day, 0)
    return count.by_day.get(day, 0) / known if known >= MIN_HITS else 0.0
