"""Statements that count one local day of `events` and `visits`, with the columns of `daily_events` and `daily_visits`.

`schema/days/rollups.py` stores the counts of days that are over. Queries about today use the statements directly.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from schema.days.local_day import day_start
from schema.measures import wildcard
from schema.measures.goals import Goal, GoalKind
from schema.records.event import ENGAGEMENT, PAGEVIEW

_EVENTS_SQL = Path(__file__).with_name("daily_events.sql").read_text()
_EVENTS_OF_DAY_SQL = Path(__file__).with_name("day_events.sql").read_text()
_VISITS_SQL = Path(__file__).with_name("daily_visits.sql").read_text()

WHOLE_SITE = ""
GOAL = "event:goal"
PROP = "event:props:"
NO_PROP = "(none)"  # the label of events without a property; an event with this value counts as one of them
_SHARED = {
    f"visit:{column}": f"toString({column})"
    for column in (
        *("source", "channel", "referrer", "utm_medium", "utm_source", "utm_campaign", "utm_content", "utm_term"),
        *("device", "browser", "browser_version", "os", "os_version", "country", "region"),
    )
} | {"visit:city": "if(city = 0, '', toString(city))"}
_EVENT_VALUES = {
    WHOLE_SITE: "''",
    "event:page": "toString(path)",
    "event:hostname": "toString(hostname)",
    "event:name": "toString(name)",
} | _SHARED
_VISIT_VALUES = {
    WHOLE_SITE: "''",
    "visit:entry_page": "toString(entry_page)",
    "visit:exit_page": "toString(exit_page)",
    "visit:entry_page_hostname": "toString(hostname)",
    "visit:exit_page_hostname": "toString(exit_hostname)",
    **_SHARED,
    "visit:named_region": r"if(region_name = '', '', concat(region_name, '\t', country))",
    "visit:named_city": r"if(city_name = '', '', concat(city_name, '\t', region_name, '\t', country))",
}
EVENT_DIMENSIONS = tuple(_EVENT_VALUES)  # besides goals and properties
VISIT_DIMENSIONS = tuple(_VISIT_VALUES)
_OF_PROPS = (
    "arrayMap(key -> (concat('event:props:', key), "
    f"if(props[key] = '{NO_PROP}', '', props[key])), {{props:Array(String)}})"
)
_OF_GOALS = """arrayMap(
    number -> ('event:goal', {goals:Array(String)}[number]),
    arrayFilter(
        number -> name = {goal_events:Array(String)}[number]
            and ({goal_patterns:Array(String)}[number] = '' or match(path, {goal_patterns:Array(String)}[number]))
            and ({goal_depths:Array(Int16)}[number] < 0
                 or scroll_depth between {goal_depths:Array(Int16)}[number] and 100)
            and arrayAll(
                (key, wanted) -> props[key] = wanted,
                {goal_keys:Array(Array(String))}[number],
                {goal_values:Array(Array(String))}[number]
            ),
        arrayEnumerate({goals:Array(String)})
    )
)"""
_OF_ENGAGEMENT = {
    f"{name}{again}" for name in ("depth", "depth_visits", "engaged_visits") for again in ("", "_again")
} | {"engagement_ms"}
_ITEM = re.compile(r"^ +.* as (\w+),\n", re.MULTILINE)  # of a select list, except the last one
_DAY_BEFORE = re.compile(r" or visitor_id in \(\n(?: +\w.*\n)+ +\)(?=\)\n)")  # the rows of the day before
_ARRAY_JOIN = re.compile(r"^ *array join pairs as pair\n", re.MULTILINE)
_HAVING = re.compile(r"^having .*\n", re.MULTILINE)
_COMMENT = re.compile(r"^ *--.*\n", re.MULTILINE)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayScope:
    """The site and the local day, or the first part of it, that a statement counts."""

    site_id: int
    day: date
    zone: ZoneInfo
    until: datetime | None = None  # UTC; None: the whole day

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of visits_sql."""
        return {
            "site_id": self.site_id,
            "day": self.day,
            "before": day_start(self.day - _DAY, self.zone),
            "start": day_start(self.day, self.zone),
            "end": self.until or day_start(self.day + _DAY, self.zone),
        }

    def event_parameters(self, *, props: Iterable[str] = (), goals: Sequence[Goal] = ()) -> dict[str, Any]:
        """Return the parameters of events_sql."""
        return self.parameters() | {"props": list(props)} | _of_goals(goals)


def events_sql(
    dimensions: Sequence[str], *, has_props: bool, has_goals: bool, columns: Iterable[str] | None = None
) -> str:
    """Return the statement that counts the events of a day, for some of EVENT_DIMENSIONS, properties and goals.

    It has only what is needed, because ClickHouse takes a tenth of a second to parse all of it. columns: those to
    return, at least; None: all.
    """
    sql = _EVENTS_SQL
    if columns is not None:
        needed = set(columns)
        sql = narrowed(_EVENTS_SQL if needed & _OF_ENGAGEMENT else _EVENTS_OF_DAY_SQL, needed)
    lists = [_OF_PROPS] if has_props else []
    lists += [_OF_GOALS] if has_goals else []
    return _with_pairs(sql, [_pair(_EVENT_VALUES, dimension) for dimension in dimensions], lists)


def visits_sql(dimensions: Sequence[str], columns: Iterable[str] | None = None) -> str:
    """Return the statement that counts the visits of a day, for some of VISIT_DIMENSIONS. columns: as in events_sql."""
    sql = _VISITS_SQL if columns is None else narrowed(_VISITS_SQL, columns)
    return _with_pairs(sql, [_pair(_VISIT_VALUES, dimension) for dimension in dimensions])


def narrowed(sql: str, columns: Iterable[str]) -> str:
    """Return a statement of this module, reduced to what some of its columns need."""
    needed = set(columns)
    sql = _COMMENT.sub("", sql)
    if not any(name.endswith("_again") for name in needed):
        sql = _HAVING.sub("", _DAY_BEFORE.sub("", sql))  # all rows that are left are of the day
    # Columns of the outer select may have the name of a table or of a column of it.
    outer, inner = sql.split("\nfrom", 1)
    having = " ".join(_HAVING.findall(inner))
    outer = _without_unused(f"{having}\n{outer}", needed).removeprefix(f"{having}\n")
    return _without_unused(f"{outer}\nfrom{inner}", needed)


def _without_unused(sql: str, needed: set[str]) -> str:
    longer = ""
    while sql != longer:
        uses = Counter(re.findall(r"\w+", sql))
        used = {word for word, count in uses.items() if count > 1} | needed
        longer, sql = sql, _ITEM.sub(partial(_if_used, used), sql)
    return sql


def _if_used(used: Set[str], item: re.Match[str]) -> str:
    return item[0] if item[1] in used else ""


def _pair(values: Mapping[str, str], dimension: str) -> str:
    return f"('{dimension}', {values[dimension]})"


def _with_pairs(sql: str, pairs: Sequence[str], lists: Sequence[str] = ()) -> str:
    """Return a statement with its pairs. lists: more of them, as arrays."""
    if len(pairs) == 1 and not lists:  # a sixth quicker than an array of one
        return _ARRAY_JOIN.sub("", sql).replace("{pairs}", pairs[0]).replace(" as pairs", " as pair")
    arrays = [f"[{', '.join(pairs)}]"] * bool(pairs) + [*lists]
    return sql.replace("{pairs}", arrays[0] if len(arrays) == 1 else f"arrayConcat({', '.join(arrays)})")


def mark(goal: Goal) -> str:
    """Return a short hash of the condition of a goal."""
    condition = (goal.event_name, goal.page_path, goal.scroll_threshold, goal.props)
    return blake2b(msgspec.json.encode(condition), digest_size=8).hexdigest()


def _of_goals(goals: Sequence[Goal]) -> dict[str, list[Any]]:
    distinct = list({mark(goal): goal for goal in goals}.values())
    return {
        "goals": [mark(goal) for goal in distinct],
        "goal_events": [_event(goal) for goal in distinct],
        "goal_patterns": [wildcard.whole(goal.page_path) if goal.page_path else "" for goal in distinct],
        "goal_depths": [goal.scroll_threshold for goal in distinct],
        "goal_keys": [[key for key, _ in goal.props] for goal in distinct],
        "goal_values": [[value for _, value in goal.props] for goal in distinct],
    }


def _event(goal: Goal) -> str:
    match goal.kind:
        case GoalKind.EVENT:
            return goal.event_name
        case GoalKind.PAGE:
            return PAGEVIEW
        case GoalKind.SCROLL:
            return ENGAGEMENT
