"""The counts of one local day: what is asked of `events` and `visits` for the tables `daily_events` and `daily_visits`.

The statements select; `schema/rollups.py` keeps what they find of a day that is over, and a question about today can
use them as they are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from schema import wildcard
from schema.event import ENGAGEMENT, PAGEVIEW
from schema.goals import Goal, GoalKind
from schema.local_day import day_start

EVENTS_SQL = Path(__file__).with_name("daily_events.sql").read_text()
VISITS_SQL = Path(__file__).with_name("daily_visits.sql").read_text()

WHOLE_SITE = ""
GOAL = "event:goal"
PROP = "event:props:"
_SHARED = (
    *("visit:source", "visit:channel", "visit:referrer", "visit:utm_medium", "visit:utm_source", "visit:utm_campaign"),
    *("visit:utm_content", "visit:utm_term", "visit:device", "visit:browser", "visit:browser_version", "visit:os"),
    *("visit:os_version", "visit:country", "visit:region", "visit:city"),
)
EVENT_DIMENSIONS = (WHOLE_SITE, "event:page", "event:hostname", "event:name", *_SHARED)  # goals and properties besides
VISIT_DIMENSIONS = (
    *(WHOLE_SITE, "visit:entry_page", "visit:exit_page", "visit:entry_page_hostname", "visit:exit_page_hostname"),
    *(*_SHARED, "visit:named_region", "visit:named_city"),
)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LocalDay:
    """A local day of a site, as an interval of time."""

    site_id: int
    day: date
    zone: ZoneInfo
    until: datetime | None = None  # where only the part before an instant is meant, UTC

    def parameters(self, dimensions: Sequence[str]) -> dict[str, Any]:
        """Return what VISITS_SQL needs."""
        return {
            "site_id": self.site_id,
            "day": self.day,
            "before": day_start(self.day - _DAY, self.zone),
            "start": day_start(self.day, self.zone),
            "end": self.until or day_start(self.day + _DAY, self.zone),
            "dimensions": list(dimensions),
        }

    def event_parameters(
        self, dimensions: Sequence[str], *, props: Iterable[str] = (), goals: Sequence[Goal] = ()
    ) -> dict[str, Any]:
        """Return what EVENTS_SQL needs."""
        return self.parameters(dimensions) | {"props": list(props)} | _of_goals(goals)


def mark(goal: Goal) -> str:
    """Return a short name for what reaches a goal, the same for as long as that is the same."""
    what = (goal.event_name, goal.page_path, goal.scroll_threshold, goal.props)
    return blake2b(msgspec.json.encode(what), digest_size=8).hexdigest()


def _of_goals(goals: Sequence[Goal]) -> dict[str, list[Any]]:
    distinct = list({mark(goal): goal for goal in goals}.values())
    return {
        "goals": [mark(goal) for goal in distinct],
        "goal_events": [_event(goal) for goal in distinct],
        "goal_patterns": [wildcard.whole(goal.page_path) if goal.page_path else "" for goal in distinct],
        "goal_depths": [goal.scroll_threshold for goal in distinct],
        "goal_keys": [[key for key, _ in goal.props] for goal in distinct],
        "goal_values": [[wanted for _, wanted in goal.props] for goal in distinct],
    }


def _event(goal: Goal) -> str:
    match goal.kind:
        case GoalKind.EVENT:
            return goal.event_name
        case GoalKind.PAGE:
            return PAGEVIEW
        case GoalKind.SCROLL:
            return ENGAGEMENT
