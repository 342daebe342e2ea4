"""Erase events of a site and their effect on visits and counts, physically and in steps that can be repeated.

1. Tables of this erasure get the values to erase (paths, hosts, ...) and the numbers of their visits. ClickHouse keeps
   the text of mutations in files, so the mutations below name these tables instead of values.
2. The events are deleted.
3. Their visits are deleted, and made anew from the events that are left, by the rules of visits.
4. Counts of the days concerned are deleted, and counted again. Where only counts exist, those of the value are deleted.
5. The tables of the erasure are deleted.
"""

from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from schema.days.counts import PROP
from schema.days.local_day import SiteDay
from schema.measures import wildcard
from schema.privacy.erasures import Erasure, Kind, Selection
from schema.privacy.profile import UNIT
from schema.privacy.retention import COUNTS, DAYS, MONTHS
from schema.records.visit import ATTRIBUTE_COLUMNS, OWN_COLUMNS
from schema.sentence import Sentence, counted, later
from schema.sites.sites import Site
from schema.stores.database import Database
from schema.stores.mutations import mutate

_VISITS_SQL = Path(__file__).with_name("erasing_visits.sql").read_text()
_DAY = timedelta(days=1)
_FIRST, _LAST = date(1970, 1, 2), date(2149, 6, 5)  # of ClickHouse's dates
_TABLES = {
    "values": "(value String) engine = MergeTree order by value",
    "visits": "(visitor_id UInt64, visit_id UInt64) engine = MergeTree order by (visitor_id, visit_id)",
}
# What selects an event, by a parameter and by the table of values. A text with {0}: the name of that table.
_CONDITIONS = {
    Kind.PAGE: ("match(path, {pattern:String})", "path in (select value from {0})"),
    Kind.HOST: ("hostname = {value:String}", "hostname in (select value from {0})"),
    Kind.IMPORT: ("import_id = {value:String}", "import_id in (select value from {0})"),
    Kind.PROPERTY: ("props[{key:String}] = {value:String}", "props[{{key:String}}] in (select value from {0})"),
    Kind.DAYS: ("true", "true"),
}
_VALUES = {Kind.PAGE: "path", Kind.HOST: "hostname", Kind.IMPORT: "import_id", Kind.PROPERTY: "props[{key:String}]"}
# Dimensions of counts that hold the values of a selection.
_DIMENSIONS = {
    Kind.PAGE: ("event:page", "visit:entry_page", "visit:exit_page"),
    Kind.HOST: ("event:hostname", "visit:entry_page_hostname", "visit:exit_page_hostname"),
}
_WITHIN = "site_id = {site:UInt32} and day between {first:Date} and {last:Date}"
_EVENTS = f"{_WITHIN} and time < {{before:DateTime('UTC')}} and "
_OF_VISITS = "(visitor_id, visit_id) in (select visitor_id, visit_id from {0})"
_NO_VISIT_LEFT = """
name = 'engagement' and (visitor_id, visit_id) not in (
    select visitor_id, visit_id from visits where site_id = {site:UInt32} and day between {first:Date} and {last:Date}
)
"""
_COUNTED_SQL = """
select   count(), uniqExact(visitor_id, visit_id)
from     events
where    {condition}
"""
# Days that have counts of a value, and no events any more.
_ONLY_COUNTED_SQL = """
select   uniqExact(day)
from     {table}
where    {condition}
  and    day not in (select distinct day from events where site_id = {{site:UInt32}})
"""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much an erasure erases."""

    kind: Kind
    events: int
    visits: int  # with such events; they are made anew from their other events, if any
    counted_days: int  # with counts, but no events any more
    is_rounded: bool = False  # to ten, because the site is exempt; 0: fewer than ten visits

    @property
    def sentence(self) -> Sentence:
        """What will be erased, for the person who decides."""
        values = {
            "events": counted(self.events, later("1 event"), later("%(number)s events")),
            "visits": counted(self.visits, later("1 visit"), later("%(number)s visits")),
        }
        events = Sentence("This erases %(events)s of %(visits)s for good.", values)
        if self.is_rounded:
            events = Sentence(
                "This erases about %(events)s of %(visits)s for good. Numbers are rounded to ten.", values
            )
        rest = self._of_counts()
        return Sentence("%(first)s %(second)s", {"first": events, "second": rest}) if rest else events

    def __str__(self) -> str:
        return str(self.sentence)

    def _of_counts(self) -> Sentence | None:
        if not self.counted_days:
            return None
        days = {"days": counted(self.counted_days, later("1 day"), later("%(number)s days"))}
        if self.kind is Kind.DAYS:
            return Sentence("Of %(days)s only counts are left. They are erased, too.", days)
        if self.kind is Kind.IMPORT:
            return Sentence(
                "Of %(days)s only counts are left. What this import added to them can't be separated any more.",
                days,
            )
        return Sentence(
            "Of %(days)s only counts are left. Those by this value are erased. Totals of days, goals and"
            " other counts still include such visits, because they can't be separated any more.",
            days,
        )


def extent(database: Database, site: Site, selection: Selection, *, now: float) -> Extent:
    """Return how much an erasure would erase. now: epoch seconds. Raises as `Database.query` does.

    An exempt site shows nothing about few visits here either.
    """
    parameters = _parameters(site.id, selection, before=now)
    condition = _EVENTS + _CONDITIONS[selection.kind][0]
    events, visits = database.query(_COUNTED_SQL.format(condition=condition), parameters)[0]
    sql = _ONLY_COUNTED_SQL.format(table="daily_events", condition=_of_counts(selection))
    counted_days = database.query(sql, parameters)[0][0]
    if site.privacy.is_exempt:
        shown = (_rounded(events), _rounded(visits)) if visits >= UNIT else (0, 0)
        return Extent(selection.kind, *shown, int(counted_days), is_rounded=True)
    return Extent(selection.kind, int(events), int(visits), int(counted_days))


def _rounded(number: int) -> int:
    return (int(number) + UNIT // 2) // UNIT * UNIT


class Erasing:
    """The steps of one erasure. Each can be repeated."""

    def __init__(self, database: Database, erasure: Erasure) -> None:
        self._database = database
        self._erasure = erasure
        self._names = {name: f"erasing_{erasure.id}_{name}" for name in _TABLES}
        self._parameters = _parameters(erasure.site_id, erasure.selection, before=erasure.requested_at)

    def list_rows(self) -> tuple[date, ...]:
        """Do step 1, and return the days of the events and of their visits. Raises as `Database.query` does."""
        for name, table in self._names.items():
            self._database.command(f"drop table if exists {table} sync")
            self._database.command(f"create table {table} {_TABLES[name]}")
        kind = self._erasure.selection.kind
        condition = _EVENTS + _CONDITIONS[kind][0]
        if value := _VALUES.get(kind):
            self._derive("values", f"select distinct {value} from events where {condition}")  # noqa: S608
            self._list_counted_values()
        self._derive("visits", f"select distinct visitor_id, visit_id from events where {condition}")  # noqa: S608
        of_visits = f"site_id = {{site:UInt32}} and {_OF_VISITS.format(self._names['visits'])}"
        rows = self._database.query(
            f"select distinct day from events where {condition}"  # noqa: S608 - our own conditions
            f" union distinct select distinct day from visits where {of_visits}",
            self._parameters,
        )
        return tuple(sorted(row[0] for row in rows))

    def visits(self, *, since: date) -> list[int]:
        """Return the ids of listed visits with rows on a day or later. Raises as `Database.query` does."""
        recent = f"site_id = {{site:UInt32}} and day >= {{since:Date}} and {_OF_VISITS.format(self._names['visits'])}"
        rows = self._database.query(
            f"select distinct visit_id from events where {recent}"  # noqa: S608 - our own conditions
            f" union distinct select distinct visit_id from visits where {recent}",
            {"site": self._erasure.site_id, "since": since},
        )
        return [row[0] for row in rows]

    def delete_events(self) -> None:
        """Do step 2. Raises as `mutate` does."""
        condition = _CONDITIONS[self._erasure.selection.kind][1].format(self._names["values"])
        mutate(self._database, "events", f"delete where {_EVENTS}{condition}", self._parameters)

    def remake_visits(self, days: tuple[date, ...]) -> None:
        """Do step 3. days: of step 1. Raises as `mutate` does."""
        if not days:
            return
        of_visits = _OF_VISITS.format(self._names["visits"])
        # A visit spans two days, and may now begin on the second.
        parameters = {"site": self._erasure.site_id, "first": days[0] - _DAY, "last": days[-1] + _DAY}
        mutate(self._database, "visits", f"delete where {_WITHIN} and {of_visits}", parameters)
        attributes = ",\n         ".join(f"any({name}) as {name}" for name in ATTRIBUTE_COLUMNS)
        sql = _VISITS_SQL.replace("<visits>", of_visits).replace("<attributes>", attributes)
        columns = ", ".join((*OWN_COLUMNS, *ATTRIBUTE_COLUMNS))
        self._database.derive(f"insert into visits ({columns}) {sql}", parameters)
        mutate(self._database, "events", f"delete where {_WITHIN} and {of_visits} and {_NO_VISIT_LEFT}", parameters)

    def delete_counts(self, days: tuple[date, ...], *, final: Collection[date]) -> None:
        """Do step 4. days: of step 1. final: can't be counted again. Raises as `mutate` does."""
        months = sorted({day.replace(day=1) for day in days})
        again = sorted({day + after for day in days for after in (timedelta(0), _DAY)} - {*final})
        for tables, changed in ((DAYS, again), (MONTHS, months)):
            of_days = "site_id = {site:UInt32} and day in {days:Array(Date)}"
            for table in tables:
                mutate(
                    self._database, table, f"delete where {of_days}", {"site": self._erasure.site_id, "days": changed}
                )
                self._delete_values(table)

    def finish(self) -> None:
        """Do step 5."""
        for table in self._names.values():
            self._database.command(f"drop table if exists {table} sync")

    def _delete_values(self, table: str) -> None:
        selection = self._erasure.selection
        if _is_uncounted(selection):
            return
        of_month = table in MONTHS
        condition = _of_counts(selection, names=self._names, of_month=of_month)
        mutate(self._database, table, f"delete where {condition}", self._parameters)

    def _list_counted_values(self) -> None:
        selection = self._erasure.selection
        if _is_uncounted(selection):
            return
        for table in COUNTS:
            counted = _of_counts(selection, of_month=table in MONTHS)
            self._derive("values", f"select distinct value from {table} where {counted}")  # noqa: S608

    def _derive(self, name: str, sql: str) -> None:
        self._database.derive(f"insert into {self._names[name]} {sql}", self._parameters)


def carry_out(
    database: Database,
    erasure: Erasure,
    *,
    changing: Callable[[Iterable[SiteDay]], AbstractContextManager[None]],
    forget_months: Callable[[int], None],
    end_visits: Callable[[int, list[int]], None],
    note: Callable[[int, tuple[date, ...]], None],
    final: Collection[date] = (),
) -> None:
    """Do all steps of an erasure that are left.

    changing: around writes, with the days that change. forget_months: invalidates monthly counts. end_visits: ends live
    visits of a site by their ids, and returns once all events so far are stored. note: stores how many steps are done.
    final: days that can't be counted again. Raises as `mutate` does.
    """
    erasing = Erasing(database, erasure)
    days = erasure.days
    if erasure.step < 1:
        end_visits(erasure.site_id, [])
        days = erasing.list_rows()
    with changing({(erasure.site_id, day) for day in days}):
        if erasure.step < 1:
            erasing.list_rows()  # again: until now, visits could get other numbers
        if erasure.step < 4:  # after a crash, too: a restart revives visits as they are stored
            requested = datetime.fromtimestamp(erasure.requested_at, UTC).date()
            end_visits(erasure.site_id, erasing.visits(since=requested - 2 * _DAY))
        note(max(erasure.step, 1), days)
        for step, work in ((2, erasing.delete_events), (3, lambda: erasing.remake_visits(days))):
            if erasure.step < step:
                work()
                note(step, days)
        if erasure.step < 4:
            forget_months(erasure.site_id)
            erasing.delete_counts(days, final=final)
            note(4, days)
    erasing.finish()
    note(5, days)


def _parameters(site_id: int, selection: Selection, *, before: float) -> dict[str, Any]:
    requested, last = datetime.fromtimestamp(before, UTC), selection.last or _LAST
    return {
        "site": site_id,
        "key": selection.key,
        "value": selection.value,
        "pattern": wildcard.whole(selection.value),
        "first": selection.first or _FIRST,
        "last": last,
        "before": requested,
        "counted_last": min(last, requested.date() - _DAY),
    }


def _is_uncounted(selection: Selection) -> bool:
    """Return whether no counts have the values of a selection."""
    return selection.kind is Kind.IMPORT


def _of_counts(selection: Selection, *, names: dict[str, str] | None = None, of_month: bool = False) -> str:
    """Return what selects counts of a value. names: of tables that have it; by parameters without them."""
    # Days from that of the request on have events. A month counts if a day of it does.
    within = "site_id = {site:UInt32} and day <= {counted_last:Date} and " + (
        "addMonths(day, 1) > {first:Date}" if of_month else "day >= {first:Date}"
    )
    if selection.kind is Kind.DAYS:
        return within
    if selection.kind is Kind.IMPORT:  # no count has it: any day
        return f"{within} and dimension = ''"
    if selection.kind is Kind.PROPERTY:
        dimension = f"dimension = concat('{PROP}', {{key:String}})"
    else:
        dimension = f"dimension in ({', '.join(repr(name) for name in _DIMENSIONS[selection.kind])})"
    match = "match(value, {pattern:String})" if selection.kind is Kind.PAGE else "value = {value:String}"
    if names:
        match = f"value in (select value from {names['values']})"  # noqa: S608 - our own names
    return f"{within} and {dimension} and {match}"
