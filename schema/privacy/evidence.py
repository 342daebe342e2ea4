"""What an audit asks the ClickHouse tables: how long they keep rows, and whether rows contain what they must not.

Answers are counts, days and names. No value of a visitor leaves the database. Each question reads few columns, and the
text of recent days only, so that it takes seconds on millions of rows.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Generic, TypeVar

import msgspec

from schema.privacy import redaction
from schema.records.event import ENGAGEMENT, PAGEVIEW
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database

T = TypeVar("T")

RECENT_DAYS = 7
GRACE_DAYS = 2  # ClickHouse deletes expired rows when it merges parts, not at midnight
DATED = ("events", "visits", "daily_events", "daily_visits", "monthly_events", "monthly_visits")  # rows that expire
_ROWS = ("events", "visits")  # rows of visitors; the others are counts

MAX_TEXTS = 20_000  # of a kind that are read to look for personal texts in them

_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
ADDRESS, QUERY = "address", "query"
# Of texts in rows, as RE2. An address may also be the number of a version: a person must look.
PATTERNS: Mapping[str, str] = {
    ADDRESS: rf"(^|[^0-9.])({_OCTET}\.){{3}}{_OCTET}($|[^0-9.])"
    r"|(?i)(^|[^0-9a-z:])([0-9a-f]{1,4}:){3,7}:?[0-9a-f]{1,4}|[0-9a-f]{1,4}::[0-9a-f]{1,4}",
    QUERY: r"\?[^/?=]+=",
}
# Whatever the rules of redaction.py can find matches this.
_SUSPECT = r"(?i)@|%40|arobase|\bat\b|[0-9][^0-9]{0,3}([0-9][^0-9]{0,3}){7}[0-9]|[a-z0-9]{16}|[a-z0-9_+~-]{20}"
_PATH = "path"  # the kind whose texts can't have a query
_TEXTS: Mapping[str, str] = {
    _PATH: """
        select toString(path) as text from events where day >= {since:Date}
        union distinct
        select value as text from daily_events where day >= {since:Date} and dimension = 'event:page'
    """,
    "referrer": """
        select toString(referrer) as text from events where day >= {since:Date}
        union distinct
        select value as text from daily_events where day >= {since:Date} and dimension = 'visit:referrer'
    """,
    "property": """
        select arrayJoin(mapValues(props)) as text from events where day >= {since:Date} and notEmpty(props)
        union distinct
        select value as text from daily_events where day >= {since:Date} and startsWith(dimension, 'event:props:')
    """,
    "event": """
        select toString(name) as text from events where day >= {since:Date}
        union distinct
        select value as text from daily_events where day >= {since:Date} and dimension = 'event:name'
    """,
}
_EXEMPT_DIMENSIONS = (
    *(f"visit:utm_{name}" for name in ("source", "medium", "campaign", "content", "term")),
    *("visit:city", "visit:named_city"),
)


class Table(msgspec.Struct, frozen=True):
    """A table of ClickHouse."""

    name: str
    ttl: str  # the expression; empty: its rows never expire
    columns: tuple[tuple[str, str], ...]  # name and type


class OldestRow(msgspec.Struct, frozen=True):
    """The oldest row of a site in a table."""

    table: str
    site_id: int
    day: date
    expired: int  # rows whose last day is more than GRACE_DAYS ago


class Texts(msgspec.Struct, frozen=True):
    """How many distinct texts of a kind match a pattern."""

    kind: str  # path, referrer, property, event
    pattern: str  # a key of PATTERNS, or a Kind of redaction.py
    count: int


class ExemptRows(msgspec.Struct, frozen=True):
    """How many rows of an exempt site have what the profile does not store."""

    site_id: int
    closed: int = 0  # rows of days that are closed
    campaigns: int = 0
    sources: int = 0  # referrers, sources or channels without the switch, or referrers with a path
    cities: int = 0
    properties: int = 0
    revenue: int = 0
    undeclared: int = 0  # events whose name is not declared
    versions: int = 0  # versions beyond the major one
    counts: int = 0  # daily counts by campaign, city or property


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """A question to the tables. A running server answers it by its name."""

    name: str
    type: Any  # of the answer, for msgspec
    answer: Callable[[Database, Sequence[Site], float], T]  # the last argument: epoch seconds


def _tables(database: Database, _sites: Sequence[Site], _now: float) -> list[Table]:
    columns: dict[str, list[tuple[str, str]]] = {}
    for table, name, kind in database.query(
        "select table, name, type from system.columns where database = currentDatabase() order by table, position"
    ):
        columns.setdefault(table, []).append((name, kind))
    engines = database.query(
        "select name, engine_full from system.tables"
        " where database = currentDatabase() and engine like '%MergeTree%' order by name"
    )
    return [Table(name, _ttl(engine), tuple(columns.get(name, ()))) for name, engine in engines]


def control_tables(control: Control) -> list[Table]:
    """Return the tables of the control file. Their rows never expire by themselves."""
    names = [row[0] for row in control.rows("select name from sqlite_master where type = 'table' order by name")]
    return [Table(name, "", _columns_of(control, name)) for name in names]


def _columns_of(control: Control, table: str) -> tuple[tuple[str, str], ...]:
    return tuple((row[0], row[1]) for row in control.rows("select name, type from pragma_table_info(?)", (table,)))


def _ttl(engine: str) -> str:
    return engine.partition(" TTL ")[2].partition(" SETTINGS ")[0]


def _oldest_rows(database: Database, _sites: Sequence[Site], now: float) -> list[OldestRow]:
    limit = _utc_day(now) - timedelta(days=GRACE_DAYS)
    return [
        OldestRow(table, *row)
        for table in DATED
        for row in database.query(
            f"select site_id, min(day), countIf(expires < {{limit:Date}}) from {table} group by site_id",  # noqa: S608 (a constant)
            {"limit": limit},
        )
    ]


def _texts(database: Database, _sites: Sequence[Site], now: float) -> list[Texts]:
    since = _utc_day(now) - timedelta(days=RECENT_DAYS)
    return [
        answer for kind in _TEXTS for answer in (*_matching(database, kind, since), *_personal(database, kind, since))
    ]


def _matching(database: Database, kind: str, since: date) -> Iterator[Texts]:
    """Yield how many texts of a kind match each pattern."""
    counts = ", ".join(f"countIf(match(text, {{{name}:String}}))" for name in PATTERNS)
    sql = f"select {counts} from ({_TEXTS[kind]})"  # noqa: S608 (constants)
    for pattern, count in zip(PATTERNS, database.query(sql, {**PATTERNS, "since": since})[0], strict=True):
        if count and (pattern != QUERY or kind == _PATH):
            yield Texts(kind, pattern, count)


def _personal(database: Database, kind: str, since: date) -> Iterator[Texts]:
    """Yield how many texts of a kind have something that should have been replaced on arrival."""
    sql = f"select text from ({_TEXTS[kind]}) where match(text, {{suspect:String}}) limit {MAX_TEXTS}"  # noqa: S608
    rows = database.query(sql, {"suspect": _SUSPECT, "since": since})
    counts = Counter(replaced for (text,) in rows for replaced in redaction.clean(text).kinds)
    yield from (Texts(kind, replaced.value, count) for replaced, count in sorted(counts.items()))


def _drop_reasons(database: Database, _sites: Sequence[Site], _now: float) -> list[str]:
    return [str(reason) for (reason,) in database.query("select distinct toString(reason) from drops order by 1")]


def _exempt_rows(database: Database, sites: Sequence[Site], now: float) -> list[ExemptRows]:
    return [_of_exempt(database, site, now) for site in sites if site.privacy.is_exempt]


def _of_exempt(database: Database, site: Site, now: float) -> ExemptRows:
    parameters = {
        "site": site.id,
        "yesterday": site.day_of(now) - timedelta(days=1),
        "names": [PAGEVIEW, ENGAGEMENT, *site.privacy.declared_events],
        "dimensions": list(_EXEMPT_DIMENSIONS),
    }
    rows = [*database.query(_EVENTS_SQL, parameters), *database.query(_VISITS_SQL, parameters)]
    closed, campaigns, paths, sources, cities, properties, revenue, undeclared, versions = map(
        sum, zip(*rows, strict=True)
    )
    counts = sum(
        int(row[0]) for sql in (_EVENT_COUNTS_SQL, _VISIT_COUNTS_SQL) for row in database.query(sql, parameters)
    )
    return ExemptRows(
        site.id,
        closed=closed,
        campaigns=campaigns,
        sources=paths if site.privacy.stores_acquisition else sources,
        cities=cities,
        properties=properties,
        revenue=revenue,
        undeclared=undeclared,
        versions=versions,
        counts=counts,
    )


_SHARED_SQL = """
select countIf(day < {yesterday:Date}),
       countIf(utm_source != '' or utm_medium != '' or utm_campaign != '' or utm_content != '' or utm_term != ''
               or click_id_param != ''),
       countIf(position(replaceOne(toString(referrer), '://', ''), '/') > 0),
       countIf(referrer != '' or source != '' or channel != ''),
       countIf(city != 0 or city_name != ''),
"""
_VERSIONS_SQL = "countIf(position(browser_version, '.') > 0 or position(os_version, '.') > 0)"
_EVENTS_SQL = f"""{_SHARED_SQL}
       countIf(notEmpty(props)),
       countIf(isNotNull(revenue_amount) or revenue_currency != ''),
       countIf(not has({{names:Array(String)}}, toString(name))),
       {_VERSIONS_SQL}
from events
where site_id = {{site:UInt32}}
"""
_VISITS_SQL = f"""{_SHARED_SQL}
       countIf(notEmpty(entry_props)),
       0,
       0,
       {_VERSIONS_SQL}
from visits final
where site_id = {{site:UInt32}}
"""
_COUNTED_SQL = """
where site_id = {site:UInt32}
  and value  != ''
  and (dimension in {dimensions:Array(String)} or startsWith(dimension, 'event:props:'))
"""
_EVENT_COUNTS_SQL = f"select count() from daily_events final {_COUNTED_SQL} and events > 0"  # noqa: S608 (constants)
_VISIT_COUNTS_SQL = (
    f"select count() from daily_visits final {_COUNTED_SQL}"  # noqa: S608 (constants)
    " and started_visits + carried_visits + ended_visits > 0"
)


def _utc_day(now: float) -> date:
    return date(1970, 1, 1) + timedelta(days=int(now // 86_400))


TABLES = Question("tables", list[Table], _tables)
OLDEST_ROWS = Question("oldest_rows", list[OldestRow], _oldest_rows)
TEXTS = Question("texts", list[Texts], _texts)
DROP_REASONS = Question("drop_reasons", list[str], _drop_reasons)
EXEMPT_ROWS = Question("exempt_rows", list[ExemptRows], _exempt_rows)
QUESTIONS: Mapping[str, Question[Any]] = {
    question.name: question for question in (TABLES, OLDEST_ROWS, TEXTS, DROP_REASONS, EXEMPT_ROWS)
}
