"""Switch a site to another profile, and make what is stored follow the profile `exempt`.

`plan` reports what a switch removes, and `switch` stores the new profile. The server then does the rest, and can be
interrupted at any time: closing deletes the rows of days that are over (schema/days/closing.py), and `conform` removes
from the other rows and from the counts what the profile does not store. It compares what is stored with the profile, so
it also corrects what arrives later: from a spool, an import or a backup.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from schema.days.counts import GOAL, PROP, mark
from schema.measures import funnels, goals, segments
from schema.measures.goals import Goal
from schema.privacy import profile, retention, stored
from schema.privacy.profile import MAX_FILTERS, Privacy, ProfileName
from schema.sentence import Count, Sentence, counted, later
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database
from schema.stores.mutations import mutate

CAMPAIGNS = tuple(f"visit:utm_{name}" for name in ("source", "medium", "campaign", "content", "term"))
ACQUISITION = ("visit:source", "visit:referrer", "visit:channel")
CITIES = ("visit:city", "visit:named_city")
VERSIONS = ("visit:browser_version", "visit:os_version")
REFERRER, EVENT_NAME = "visit:referrer", "event:name"
COUNTS = retention.COUNTS

# Columns of events and visits -> their value in the profile, and the condition that they have another one.
_CAMPAIGN_COLUMNS = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "click_id_param")
_MAJOR = "splitByChar('.', toString({0}))[1]"
_CLEAN: dict[str, tuple[str, str]] = {
    **{name: ("''", f"{name} != ''") for name in (*_CAMPAIGN_COLUMNS, "city_name")},
    "city": ("0", "city != 0"),
    **{name: (_MAJOR.format(name), f"position({name}, '.') > 0") for name in ("browser_version", "os_version")},
}
_NO_ACQUISITION = {name: ("''", f"{name} != ''") for name in ("referrer", "source", "channel")}
_HOST_ONLY = {"referrer": ("splitByChar('/', toString(referrer))[1]", "position(referrer, '/') > 0")}
_NO_PROPS = "cast(map(), 'Map(LowCardinality(String), String)')"
_OF_TABLE: dict[str, dict[str, tuple[str, str]]] = {
    "events": {
        "props": (_NO_PROPS, "notEmpty(props)"),
        "revenue_amount": ("null", "revenue_amount is not null"),
        "revenue_currency": ("''", "revenue_currency != ''"),
    },
    "visits": {"entry_props": (_NO_PROPS, "notEmpty(entry_props)")},
}
_REMOVED_COUNTS = """
    site_id = {site_id:UInt32}
    and (dimension in {dimensions:Array(String)}
         or startsWith(dimension, {props:String})
         or (dimension in {versions:Array(String)} and position(value, '.') > 0)
         or (dimension = {referrer:String} and position(value, '/') > 0)
         or (dimension = {name:String} and day <= {since:Date} and value not in {names:Array(String)})
         or (dimension = {goal:String} and day <= {since:Date} and value not in {goals:Array(String)}))
"""
_ROWS_SQL = (
    "select count(), uniqExact(day), min(day) from {} where site_id = {{site_id:UInt32}} and day < {{today:Date}}"
)
_VALUES_SQL = f"""
select   dimension, uniqExact(value)
from     daily_{{}}
where    {_REMOVED_COUNTS.replace("{", "{{").replace("}", "}}")}
group by dimension
"""  # noqa: S608 - our own text


@dataclass(frozen=True, slots=True)
class Plan:
    """What a switch to another profile changes."""

    privacy: Privacy  # after the switch
    events: int = 0  # of days that are over: deleted
    days: int = 0  # with such events
    first_day: date | None = None  # the first of them
    values: tuple[tuple[str, int], ...] = ()  # dimension and number of its values that are removed from the counts
    goals: tuple[str, ...] = ()  # names of those that will stop working
    funnels: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()

    @property
    def sentences(self) -> list[Sentence]:
        """What the person who decides must know, one thing each."""
        return _of_exempt(self) if self.privacy.is_exempt else [_OF_STANDARD]


def plan(
    control: Control,
    database: Database,
    site: Site,
    name: ProfileName,
    *,
    shows_acquisition: bool = False,
    declared_events: Iterable[str] = (),
    now: float,
) -> Plan:
    """Return what a switch of a site changes. It changes nothing itself.

    shows_acquisition, declared_events: of `exempt`. now: epoch seconds. Raises PrivacyError, and as `Database.query`
    does.
    """
    today = site.day_of(now)
    privacy = switched(
        site.privacy, name, shows_acquisition=shows_acquisition, declared_events=declared_events, today=today
    )
    if name != profile.EXEMPT:
        return Plan(privacy)
    events, days, first = database.query(_ROWS_SQL.format("events"), {"site_id": site.id, "today": today})[0]
    its_goals = goals.list_all(control, site.id)
    return Plan(
        privacy,
        events=events,
        days=days,
        first_day=first if events else None,
        values=_values(database, site, privacy, its_goals),
        goals=tuple(goal.display_name for goal in its_goals if not is_countable(goal, privacy)),
        funnels=tuple(
            funnel.name
            for funnel in funnels.list_all(control, site.id)
            if not all(is_countable(step, privacy) for step in funnel.steps)
        ),
        segments=tuple(
            segment.name for segment in segments.of_everyone(control, site.id) if not _works(segment.filters, privacy)
        ),
    )


def switched(
    privacy: Privacy, name: ProfileName, *, shows_acquisition: bool, declared_events: Iterable[str], today: date
) -> Privacy:
    """Return the settings after a switch. A profile that the site has already keeps its settings. Raises PrivacyError.

    The counts are kept as long as before, where `exempt` allows it.
    """
    if name == privacy.profile:
        return privacy
    if name == profile.STANDARD:
        return msgspec.structs.replace(privacy, profile=name, exempt_since="")
    most = profile.MAX_MONTHS[name]
    return msgspec.structs.replace(
        privacy,
        profile=name,
        exempt_since=today.isoformat(),
        retention_months=min(privacy.retention_months, profile.DEFAULT_MONTHS[name]),
        counts_months=min(privacy.months_of_counts, most),
        shows_acquisition=shows_acquisition,
        declared_events=tuple(dict.fromkeys(declared_events)),
    )


def switch(control: Control, site: Site, decided: Plan, *, who: str, now: float) -> Site:
    """Store the profile of a plan, and return the site. The server then converts what is stored.

    who: for the audit log. now: epoch seconds.
    """
    sentence = Sentence(
        "Switched the profile from %(before)s to %(after)s.",
        {"before": site.privacy.profile, "after": decided.privacy.profile},
    )
    return stored.replace(control, site, decided.privacy, change=sentence, who=who, now=now)


def conform(
    control: Control, database: Database, site: Site, *, forget_months: Callable[[int], None] = lambda _site_id: None
) -> bool:
    """Remove from the rows and counts of an exempt site what its profile does not store. False: there was nothing.

    forget_months: invalidates the monthly counts of a site, before they change. Raises as `Database.query` does.
    """
    if not site.privacy.is_exempt:
        return False
    parameters = _parameters(site.id, site.privacy, goals.list_all(control, site.id))
    is_changed = False
    for table in retention.ROWS:
        columns = _CLEAN | (_HOST_ONLY if site.privacy.shows_acquisition else _NO_ACQUISITION) | _OF_TABLE[table]
        values = ", ".join(f"{name} = {value}" for name, (value, _) in columns.items())
        differs = " or ".join(condition for _, condition in columns.values())
        is_changed |= _mutated(
            database, table, f"update {values}", f"site_id = {{site_id:UInt32}} and ({differs})", parameters
        )
    is_changed |= _mutated(database, "events", "delete", _UNDECLARED, parameters)
    for table in COUNTS:
        if table in retention.MONTHS and _has(database, table, _REMOVED_COUNTS, parameters):
            forget_months(site.id)
        is_changed |= _mutated(database, table, "delete", _REMOVED_COUNTS, parameters)
    return is_changed


def is_countable(goal: Goal, privacy: Privacy) -> bool:
    """Return whether a goal is counted with these settings."""
    return not privacy.is_exempt or (not goal.props and (not goal.event_name or privacy.stores_event(goal.event_name)))


_UNDECLARED = "site_id = {site_id:UInt32} and day <= {since:Date} and name not in {names:Array(String)}"
_OF_STANDARD = Sentence(
    "From now on, more is stored of each hit. What was deleted stays deleted: closed days keep their daily counts only."
)


def _parameters(site_id: int, privacy: Privacy, its_goals: Sequence[Goal]) -> dict[str, Any]:
    removed = (*CAMPAIGNS, *CITIES, *(() if privacy.shows_acquisition else ACQUISITION))
    return {
        "site_id": site_id,
        "dimensions": list(removed),
        "props": PROP,
        "versions": list(VERSIONS),
        "referrer": REFERRER,
        "name": EVENT_NAME,
        "names": [*sorted(profile.BUILT_IN), *privacy.declared_events],
        "goal": GOAL,
        "goals": [mark(goal) for goal in its_goals if is_countable(goal, privacy)],
        "since": date.fromisoformat(privacy.exempt_since or "1970-01-01"),
    }


def _has(database: Database, table: str, condition: str, parameters: dict[str, Any]) -> bool:
    return bool(database.query(f"select 1 from {table} where {condition} limit 1", parameters))  # noqa: S608 - our own text


def _mutated(database: Database, table: str, change: str, condition: str, parameters: dict[str, Any]) -> bool:
    """Change the rows that match a condition. False: there are none."""
    if not _has(database, table, condition, parameters):
        return False
    mutate(database, table, f"{change} where {condition}", parameters)
    return True


def _values(database: Database, site: Site, privacy: Privacy, its_goals: Sequence[Goal]) -> tuple[tuple[str, int], ...]:
    """Return the dimensions that lose values in the daily counts, and how many."""
    values: dict[str, int] = {}
    for table in ("events", "visits"):
        rows = database.query(_VALUES_SQL.format(table), _parameters(site.id, privacy, its_goals))
        values |= {dimension: max(count, values.get(dimension, 0)) for dimension, count in rows}
    return tuple(sorted(values.items()))


def _works(filters: Sequence[Any], privacy: Privacy) -> bool:
    """Return whether the filters of a segment can be answered: few, of one value each, on dimensions that are kept."""
    removed = {*CAMPAIGNS, *CITIES, *(() if privacy.shows_acquisition else ACQUISITION)}
    return len(filters) <= MAX_FILTERS and all(_is_simple(condition, removed) for condition in filters)


def _is_simple(condition: Any, removed: set[str]) -> bool:
    match condition:
        case ["is", str(dimension), [_], *_]:
            return dimension not in removed and not dimension.startswith(PROP)
        case _:
            return False


def _of_exempt(plan: Plan) -> list[Sentence]:
    sentences = [
        Sentence(
            "This deletes the events of all days that are over: %(events)s on %(days)s, the oldest of %(first)s."
            " Their daily counts remain.",
            {
                "events": Count(plan.events),
                "days": counted(plan.days, later("1 day"), later("%(number)s days")),
                "first": plan.first_day,
            },
        )
        if plan.first_day
        else Sentence(
            "There are no events of days that are over. From now on, events are deleted when their day is closed."
        ),
        Sentence(
            "It can't be undone: goals and properties that are created later are counted only from then on, and past"
            " days can no longer be filtered by several things at once."
        ),
        Sentence(
            "Campaigns, cities, minor versions, properties and revenue are no longer stored, and removed from today."
        ),
    ]
    if not plan.privacy.shows_acquisition:
        sentences.append(Sentence("Sources, referrers and channels are no longer stored or reported."))
    for dimension, count in plan.values:
        sentences.append(
            Sentence(
                "The daily counts lose %(count)s values of %(dimension)s.",
                {"count": Count(count), "dimension": dimension},
            )
        )
    return sentences + _without(plan)


def _without(plan: Plan) -> list[Sentence]:
    """Return what will stop working."""
    sentences = [
        (plan.goals, Sentence("These goals stop working: %(names)s.", {"names": ", ".join(plan.goals)})),
        (plan.funnels, Sentence("These funnels stop working: %(names)s.", {"names": ", ".join(plan.funnels)})),
        (plan.segments, Sentence("These segments stop working: %(names)s.", {"names": ", ".join(plan.segments)})),
    ]
    return [sentence for names, sentence in sentences if names]
