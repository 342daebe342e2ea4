"""How many hits each exclusion matches, by day."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from dashboard.stats.protection import rounding
from schema.privacy.profile import Privacy
from schema.stores.database import Database

DAYS = 30
RECENT_DAYS = 2  # today, and yesterday as a complete day
MIN_HITS = 100  # on days with fewer hits, shares mean nothing

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


def rule_counts(database: Database, site_id: int, *, today: date, privacy: Privacy) -> dict[int, RuleCount]:
    """Return the hits that each rule matched in the last DAYS days, by id. today: the site's local day, included.

    privacy: of the site. Of an exempt one, days with few hits are left out, and nobody learns when a rule matched last.
    """
    first = today - timedelta(days=DAYS - 1)
    by_rule: dict[int, dict[date, int]] = {}
    for rule, day, count in database.query(_COUNTS_SQL, {"site_id": site_id, "first": first, "last": today}):
        if count := _shown(int(count), privacy):
            by_rule.setdefault(rule, {})[day] = count
    if privacy.is_exempt:
        return {rule: RuleCount(by_day, today) for rule, by_day in by_rule.items()}
    last = {rule: day for rule, day in database.query(_LAST_SQL, {"first": first})}  # noqa: C416 (rows are not typed as pairs)
    return {rule: RuleCount(by_rule.get(rule, {}), last.get(rule)) for rule in by_rule.keys() | last.keys()}


def hits_by_day(database: Database, site_id: int, *, today: date, privacy: Privacy) -> dict[date, int]:
    """Return the number of hits on each of the last DAYS days, counted or dropped. privacy: of the site."""
    parameters = {"site_id": site_id, "first": today - timedelta(days=DAYS - 1), "last": today}
    return {day: _shown(int(hits), privacy) for day, hits in database.query(_HITS_SQL, parameters)}


def _shown(hits: int, privacy: Privacy) -> int:
    return rounding.shown(hits, hits) if privacy.is_exempt else hits


def sudden_share(count: RuleCount, hits: dict[date, int], *, today: date, max_share: float) -> float | None:
    """Return the share of a site's hits, 0 to 1, that a rule matched recently, if it exceeds max_share and is new.

    New: the average share of the days before is at most half of it.
    """
    recent = {today - timedelta(days=number) for number in range(RECENT_DAYS)}
    share = max((_share(count, hits, day) for day in recent), default=0.0)
    earlier_shares = [_share(count, hits, day) for day in hits.keys() - recent]
    usual = sum(earlier_shares) / len(earlier_shares) if earlier_shares else 0.0
    return share if share > max_share and usual <= share / 2 else None


def _share(count: RuleCount, hits: dict[date, int], day: date) -> float:
    hits_of_day = hits.get(day, 0)
    return count.by_day.get(day, 0) / hits_of_day if hits_of_day >= MIN_HITS else 0.0
