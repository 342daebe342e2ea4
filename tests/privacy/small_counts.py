"""An attacker who tries to learn something about fewer than ten visitors of an exempt site, and what stops it.

MUTATIONS switches each protection off; the attack must then succeed.
"""

import csv
import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from dashboard.export import rows
from dashboard.mail import report as mail
from dashboard.services import services_of
from dashboard.stats import protected
from dashboard.stats.answer.run import run
from dashboard.stats.model import dimensions
from dashboard.stats.model.period import Period
from dashboard.stats.page import answer_page
from dashboard.stats.protection import grid, limits, rounding
from dashboard.stats.reports import drops as drop_counts
from dashboard.stats.reports import rule_counts
from schema.days.rollups import Rollups
from schema.exclusions import rules
from schema.mail.subscriptions import Kind
from schema.measures import funnels, goals
from schema.people import users
from schema.privacy.profile import Privacy
from schema.records.event import Record
from schema.sites import keys, sites
from schema.sites.keys import Scope
from schema.stores.control import Control
from schema.stores.database import Database
from tests.dashboard.desk import EMAIL, Desk, Page
from tests.factories import PARIS, a_visit, an_event, store, store_drops

TODAY = date(2026, 3, 4)
NOW = datetime(2026, 3, 4, 16, 30, tzinfo=UTC)
FIRST = date(2026, 1, 29)  # February is a whole month
DAYS = [FIRST + timedelta(days=number) for number in range((TODAY - FIRST).days + 1)]
DAY = timedelta(days=1)
EXEMPT = Privacy(profile="exempt", retention_months=13)
QUERIES = 20

Key = tuple[str, str]  # dimension of the Stats API and value; ("", ""): the whole site
Range = tuple[date, date]
COLUMNS = {"event:page": "path", "visit:country": "country", "visit:browser": "browser", "visit:entry_page": "page"}
VALUES = {
    "event:page": ["/", "/a", "/b", "/c", *(f"/rare/{number}" for number in range(12))],
    "visit:country": ["FR", "DE", "BE", "IT"],
    "visit:browser": ["Firefox", "Chrome", "Lynx"],
}
WHOLE: Key = ("", "")


@dataclass(frozen=True, slots=True)
class Answer:
    """A number of visitors that a way out gave."""

    way: str
    key: Key
    period: Range
    visitors: int


@dataclass(slots=True)
class Truth:
    """The visitors of each day, by value. A visitor's number belongs to one day."""

    visitors: dict[tuple[date, Key], set[int]] = field(default_factory=lambda: defaultdict(set))

    def of(self, key: Key, period: Range) -> set[int]:
        """Return the visitors of a value in a period."""
        first, last = period
        return {one for day in DAYS if first <= day <= last for one in self.visitors.get((day, key), ())}

    def cells(self, key: Key, period: Range) -> set[frozenset[int]]:
        """Return the disjoint groups of visitors that an answer may consist of, worked out without the code in test."""
        shown: set[frozenset[int]] = set()

        def close(parts: list[set[int]]) -> set[int]:
            left = set().union(*parts)
            if len(left) < 10:
                return left
            shown.add(frozenset(left))
            return set()

        for month in _months(period):
            weeks = []
            for week in _weeks(month):
                days = [close([self.visitors.get((day, key), set())]) for day in week]
                is_whole = _is_whole_week(week) and TODAY not in week
                weeks += [close(days)] if is_whole else []
            if (
                len(month)
                == (month[0].replace(day=28) + 4 * DAY).replace(day=1).toordinal() - month[0].replace(day=1).toordinal()
                and TODAY not in month
            ):
                close(weeks)
        return shown


def _months(period: Range) -> Iterator[list[date]]:
    days = [day for day in DAYS if period[0] <= day <= period[1]]
    for month in sorted({(day.year, day.month) for day in days}):
        yield [day for day in days if (day.year, day.month) == month]


def _weeks(month: list[date]) -> Iterator[list[date]]:
    for week in sorted({day.isocalendar()[:2] for day in month}):
        yield [day for day in month if day.isocalendar()[:2] == week]


def _is_whole_week(week: list[date]) -> bool:
    """True if the week begins with a Monday or a month, and ends with a Sunday or a month."""
    begins = week[0].weekday() == 0 or week[0].day == 1
    ends = week[-1].weekday() == 6 or (week[-1] + DAY).day == 1
    return begins and ends


class ExemptSite:
    """A server with an exempt site of a month and a half, whose closed days are counted."""

    def __init__(self, directory: Path, database: Database, pick: Random) -> None:
        self.database = database
        self.control = Control(directory / "control.db", now=NOW.timestamp())
        self.site = sites.add(self.control, "example.org", timezone="Europe/Paris", now=NOW.timestamp(), privacy=EXEMPT)
        steps = [goals.add(self.control, goals.new(self.site.id, page_path=path)) for path in ("/a", "/b")]
        funnels.add(self.control, self.site.id, "Two pages", steps)
        self.truth = Truth()
        store(database, [record for day in DAYS for record in self._day(day, pick)])
        rollups = Rollups(self.control, database, clock=NOW.timestamp)
        rollups.look(self.site)
        for day in rollups.due(self.site, steps):
            assert rollups.count(self.site, day)
        for table in ("events", "visits"):
            database.command(f"alter table {table} delete where day < '{TODAY}' settings mutations_sync = 2")
        self.rolled = rollups.of_site(self.site.id, self.site.zone)

    @cached_property
    def desk(self) -> Desk:
        """A signed-in browser with an API key."""
        desk = Desk(self.control, self.database)
        desk.now = NOW
        desk.enter(users.add(self.control, EMAIL, now=NOW.timestamp(), is_owner=True))
        desk.provide(
            ask=lambda query, privacy: run(self.database, query, privacy=privacy, rolled=self.rolled),
            ask_page=lambda questions, privacy: answer_page(
                self.database, questions, privacy=privacy, rolled=self.rolled
            ),
            rolled=lambda _site, _zone: self.rolled,
        )
        return desk

    @cached_property
    def headers(self) -> dict[str, str]:
        """The API key of a program that may read everything."""
        scopes = [Scope.READ_STATS, Scope.PROVISION_SITES]
        key = keys.add(self.control, "program", scopes=scopes, site_id=None, now=NOW.timestamp())
        return {"Authorization": f"Bearer {key}"}

    def _day(self, day: date, pick: Random) -> Iterator[Record]:
        busy = pick.choice([0, 3, 9, 11, 14, 26])
        for number in range(busy):
            visitor = day.toordinal() * 1000 + number
            country = pick.choice(["FR", "FR", "FR", "DE", "BE", "IT"])
            browser = pick.choice(["Firefox", "Chrome", "Chrome", "Lynx"])
            pages = [pick.choice(VALUES["event:page"][:4]) for _ in range(pick.randint(1, 3))]
            if number == 0:  # one visitor reads many rare pages
                pages += VALUES["event:page"][4:]
            start = datetime.combine(day, time(pick.choice([8, 9, 16])), PARIS).astimezone(UTC)
            visit = a_visit(
                start=start,
                last=start + timedelta(seconds=len(pages)),
                visitor_id=visitor,
                visit_id=visitor,
                pageviews=len(pages),
                entry_page=pages[0],
                exit_page=pages[-1],
                country=country,
                browser=browser,
            )
            for position, path in enumerate(pages):
                yield an_event(visit, time=start + timedelta(seconds=position), path=path, position=position)
                self._note(day, visitor, ("event:page", path))
            for key in (WHOLE, ("visit:country", country), ("visit:browser", browser), ("visit:entry_page", pages[0])):
                self._note(day, visitor, key)

    def _note(self, day: date, visitor: int, key: Key) -> None:
        self.truth.visitors[day, key].add(visitor)


class Attacker:
    """Asks through every way out, and chooses what to ask next by what it learned."""

    def __init__(self, site: ExemptSite, pick: Random) -> None:
        self.site, self.pick = site, pick
        self.answers: list[Answer] = []
        self.key: Key = WHOLE
        self.period: Range = (DAYS[0], DAYS[-1])

    def attack(self) -> None:
        """Ask QUERIES questions, then compare the answers. Raises AssertionError if it learned anything."""
        for number in range(QUERIES):
            self._choose()
            way = WAYS[number % len(WAYS)] if number < len(WAYS) else self.pick.choice(WAYS)
            way(self)
        self._compare()

    def learns(self) -> bool:
        """True if the attack succeeds, or an answer breaks because of what should not have been possible."""
        try:
            self.attack()
        except (AssertionError, KeyError):
            return True
        return False

    def _choose(self) -> None:
        """Choose a value with few visitors, and a period that differs from the last one by a day or by blocks."""
        if self.answers and self.pick.random() < 0.7:
            least = min(self.answers, key=lambda answer: (answer.visitors, self.pick.random()))
            self.key = least.key
        else:
            dimension = self.pick.choice(["", *VALUES])
            self.key = (dimension, self.pick.choice(VALUES[dimension])) if dimension else WHOLE
        first, last = self.period
        self.period = self.pick.choice(
            [
                (first, max(first, last - DAY)),
                (min(first + DAY, last), last),
                (max(first - DAY, DAYS[0]), min(last + DAY, DAYS[-1])),
                (date(2026, 2, 1), date(2026, 2, 28)),
                (date(2026, 2, 1), date(2026, 2, 27)),
                (date(2026, 2, 9), date(2026, 2, 15)),
                (TODAY, TODAY),
                (DAYS[0], DAYS[-1]),
            ]
        )

    def note(self, way: str, key: Key, visitors: float | None, period: Range | None = None) -> None:
        """Check a number of visitors, and keep it."""
        period = period or self.period
        assert visitors is not None, way
        assert visitors % 10 == 0, (way, key, period, visitors)
        exact = self.site.truth.of(key, period)
        assert not visitors or len(exact) >= 10, (way, key, period, visitors, len(exact))
        self.answers.append(Answer(way, key, period, int(visitors)))

    def rest(self, way: str, dimension: str, visitors: float | None) -> None:
        """Check the number of the row Other: it is about ten visitors or more."""
        assert not visitors or int(visitors) % 10 == 0
        few = {
            one
            for (day, (name, value)), visitors_of_day in self.site.truth.visitors.items()
            if name == dimension and self.period[0] <= day <= self.period[1]
            for one in visitors_of_day
            if len(self.site.truth.visitors[day, (name, value)]) < 10
        }
        assert not visitors or len(few) >= 10, (way, dimension, self.period, visitors, len(few))

    def _compare(self) -> None:
        """Check that the difference of two answers about nested visitors consists of cells of ten or more."""
        for one in self.answers:
            for other in self.answers:
                (first, last), (begins, ends) = one.period, other.period
                if one.key != other.key or not (first <= begins and ends <= last):
                    continue
                wide = self.site.truth.cells(one.key, one.period)
                narrow = self.site.truth.cells(other.key, other.period)
                assert narrow <= wide
                assert all(len(cell) >= 10 for cell in wide)
                explained = sum(_rounded(cell) for cell in wide - narrow)
                assert one.visitors - other.visitors == explained, (one, other, explained)


def _rounded(cell: frozenset[int]) -> int:
    return (len(cell) + 5) // 10 * 10


def _custom(period: Range) -> str:
    return f"period=custom&date={period[0]},{period[1]}"


def _of_page(period: Range) -> str:
    return f"period=custom&from={period[0]}&to={period[1]}"


def _v1(attacker: Attacker, path: str, *, status: int = 200) -> Any:
    site = attacker.site
    answer = site.desk.client.get(f"/api/v1/stats/{path}&site_id=example.org", headers=site.headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def _v2(attacker: Attacker, *, status: int = 200, accept: str = "application/json", **fields: Any) -> Any:
    site = attacker.site
    fields = {"site_id": "example.org", "metrics": ["visitors"], "date_range": list(map(str, attacker.period))} | fields
    answer = site.desk.client.post("/api/v2/query", json=fields, headers=site.headers | {"Accept": accept})
    assert answer.status_code == status, answer.text
    return answer


def _filters_v2(key: Key) -> list[Any]:
    return [["is", key[0], [key[1]]]] if key[0] else []


def v1_aggregate(attacker: Attacker) -> None:
    key = attacker.key
    filters = f"&filters={key[0]}=={key[1]}" if key[0] else ""
    metrics = "visitors,visits,pageviews,bounce_rate,visit_duration"
    numbers = _v1(attacker, f"aggregate?{_custom(attacker.period)}&metrics={metrics}{filters}")["results"]
    attacker.note("v1", key, numbers["visitors"]["value"])
    for name in ("visits", "pageviews"):
        assert numbers[name]["value"] % 10 == 0


def v1_breakdown(attacker: Attacker) -> None:
    dimension = attacker.key[0] or "visit:country"
    path = f"breakdown?property={dimension}&{_custom(attacker.period)}&metrics=visitors"
    for row in _v1(attacker, path)["results"]:
        _note_row(attacker, "v1 breakdown", dimension, row[dimension.partition(":")[2]], row["visitors"])


def v1_timeseries(attacker: Attacker) -> None:
    for row in _v1(attacker, f"timeseries?{_custom(attacker.period)}&interval=day&metrics=visitors")["results"]:
        day = date.fromisoformat(row["date"][:10])
        if day <= TODAY:
            attacker.note("v1 timeseries", WHOLE, row["visitors"], (day, day))


def v2_json(attacker: Attacker) -> None:
    key = attacker.key
    metrics = ["visitors", "visits", "pageviews", "bounce_rate"]
    (row,) = _v2(attacker, metrics=metrics, filters=_filters_v2(key)).json()["results"]
    attacker.note("v2", key, row["metrics"][0])
    assert all(number % 10 == 0 for number in row["metrics"][:3])


def v2_csv(attacker: Attacker) -> None:
    dimension = attacker.key[0] or "visit:browser"
    text = _v2(attacker, dimensions=[dimension], accept="text/csv").text
    for row in csv.DictReader(io.StringIO(text)):
        _note_row(attacker, "v2 CSV", dimension, row[dimension], _number(row["visitors"]))


def v2_refused(attacker: Attacker) -> None:
    """Try what would select any set of visitors, or a part of a closed day."""
    page = [["is", "event:page", ["/a"]]]
    closed = {"date_range": ["2026-02-09", "2026-02-15"]}
    tries: list[dict[str, Any]] = [
        {"filters": [["is_not", "event:page", ["/a"]]]},
        {"filters": [["contains", "event:page", ["/a"]]]},
        {"filters": [["is", "event:page", ["/a", "/b"]]]},
        {"filters": [["or", [*page, ["is", "visit:country", ["FR"]]]]]},
        {"filters": [*page, ["is", "visit:country", ["FR"]], ["is", "visit:browser", ["Lynx"]]]},
        {"filters": page, "dimensions": ["visit:country"], **closed},
        {"filters": [*page, ["is", "visit:country", ["FR"]]], **closed},
        {"dimensions": ["time:hour"], **closed},
        {"date_range": ["2026-02-09T10:00:00+01:00", "2026-02-09T10:00:01+01:00"]},
        {"date_range": [f"{TODAY}T08:00:00+01:00", f"{TODAY}T08:00:01+01:00"]},
        {"dimensions": ["visit:source"]},
        {"dimensions": ["visit:utm_campaign"]},
        {"dimensions": ["visit:city"]},
        {"dimensions": ["event:props:plan"]},
    ]
    for fields in tries:
        assert _v2(attacker, status=400, **fields).json()["error"], fields


def v2_of_today(attacker: Attacker) -> None:
    """Combine two filters, which is possible for today."""
    filters = [["is", "event:page", ["/a"]], ["is", "visit:country", ["FR"]]]
    (row,) = _v2(attacker, filters=filters, date_range=[str(TODAY), str(TODAY)]).json()["results"]
    truth = attacker.site.truth
    both = truth.visitors[TODAY, ("event:page", "/a")] & truth.visitors[TODAY, ("visit:country", "FR")]
    assert row["metrics"][0] % 10 == 0
    assert not row["metrics"][0] or len(both) >= 10


def raw_export(attacker: Attacker) -> None:
    site = attacker.site
    for kind in ("events", "visits"):
        answer = site.desk.client.get(f"/api/v1/sites/example.org/export/{kind}", headers=site.headers)
        assert answer.status_code == 403, answer.text


def report_page(attacker: Attacker) -> None:
    key, names = attacker.key, {"event:page": "page", "visit:country": "country", "visit:browser": "browser"}
    filters = f"&f=is,{names[key[0]]},{key[1]}" if key[0] in names else ""
    key = key if filters else WHOLE
    page = attacker.site.desk.page(f"/example.org?{_of_page(attacker.period)}{filters}")
    stats = re.findall(r'class="stat-value" title="([^"]*)"', page.html)
    attacker.note("report", key, _shown(stats[0]))
    _check_numbers(page)


def details_csv(attacker: Attacker) -> None:
    path, dimension = attacker.pick.choice([("pages", "event:page"), ("browsers", "visit:browser")])
    answer = attacker.site.desk.get(f"/example.org/{path}.csv?{_of_page(attacker.period)}")
    assert answer.status_code == 200, answer.text
    for row in list(csv.reader(io.StringIO(answer.text)))[1:]:
        _note_row(attacker, "CSV", dimension, row[0], _number(row[1]))


def zip_export(attacker: Attacker) -> None:
    answer = attacker.site.desk.get(f"/example.org/export?{_of_page(attacker.period)}")
    assert answer.status_code == 200
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert not {"cities.csv", "sources.csv", "utm_campaigns.csv", "custom_props.csv"} & set(archive.namelist())
    for name, dimension in (("pages.csv", "event:page"), ("browsers.csv", "visit:browser")):
        for row in csv.DictReader(io.StringIO(archive.read(name).decode())):
            _note_row(attacker, "ZIP", dimension, row["name"], _number(row["visitors"]))
    for name in archive.namelist():
        for row in csv.DictReader(io.StringIO(archive.read(name).decode())):
            for column in {"visitors", "visits", "pageviews", "unique_conversions", "total_conversions"} & set(row):
                assert (_number(row[column]) or 0) % 10 == 0, (name, row)


def realtime(attacker: Attacker) -> None:
    assert _v1(attacker, "realtime/visitors?") % 10 == 0
    assert _shown(str(attacker.site.desk.get("/example.org/current-visitors").json()["visitors"])) % 10 == 0
    page = attacker.site.desk.page("/example.org/realtime")
    for text in re.findall(r'class="stat-value" title="([^"]*)"', page.html):
        assert _shown(text) % 10 == 0
    _check_numbers(page)


def funnel(attacker: Attacker) -> None:
    site = attacker.site
    path = "/api/v1/sites/funnels/1/report?site_id=example.org&period="
    steps = site.desk.client.get(path + "day", headers=site.headers).json()
    numbers = [steps["all_visitors"], *(step["visitors"] for step in steps["steps"])]
    truth = site.truth.visitors
    exact = [truth[TODAY, WHOLE], truth[TODAY, ("event:page", "/a")]]
    assert all(number % 10 == 0 for number in numbers)
    assert all(not number or len(visitors) >= 10 for number, visitors in zip(numbers, exact, strict=False))
    assert numbers == sorted(numbers, reverse=True)
    assert site.desk.client.get(path + "7d", headers=site.headers).status_code == 400


def journeys(attacker: Attacker) -> None:
    for period in (f"{_of_page((TODAY, TODAY))}", _of_page(attacker.period)):
        page = attacker.site.desk.page(f"/example.org?{period}&goals=journeys&around=page:/a")
        _check_numbers(page)


def exclusion_counters(attacker: Attacker) -> None:
    site = attacker.site
    counted = drop_counts.drops(site.database, site.site.id, _period(attacker.period), privacy=site.site.privacy)
    assert all(drop.count % 10 == 0 and drop.count for drop in counted)
    by_rule = rule_counts.rule_counts(site.database, site.site.id, today=TODAY, privacy=site.site.privacy)
    assert all(count % 10 == 0 for rule in by_rule.values() for count in rule.by_day.values())
    _check_numbers(site.desk.page(f"/example.org/not-counted?{_of_page(attacker.period)}"))


def mail_report(attacker: Attacker) -> None:
    """Read the report of a week or month, as it is sent."""
    site = attacker.site
    kind, (first, last) = attacker.pick.choice(
        [
            (Kind.WEEKLY, (date(2026, 2, 9), date(2026, 2, 15))),
            (Kind.WEEKLY, (date(2026, 2, 16), date(2026, 2, 22))),
            (Kind.MONTHLY, (date(2026, 2, 1), date(2026, 2, 28))),
        ]
    )
    report = mail.of_days(services_of(site.desk.app), site.site, kind, first=first, last=last)
    attacker.note("mail", WHOLE, _shown(report.stats[0].exact), (first, last))
    for box in report.boxes:
        for line in box.lines:
            # The row Other of pages has no number.
            assert not re.search(r"\d", line.number) or _shown(line.number) % 10 == 0, (box.title, line)


def public_report(attacker: Attacker) -> None:
    """Read a public report, its badge and its frame, signed out."""
    site = attacker.site
    sites.change(site.control, site.site, is_public=True, now=NOW.timestamp())
    stranger = site.desk.elsewhere("203.0.113.9")
    path = f"/example.org?{_of_page(attacker.period)}"
    for address in (path, f"{path}&embed=true"):
        stats = re.findall(r'class="stat-value" title="([^"]*)"', stranger.page(address).html)
        attacker.note("public report", WHOLE, _shown(stats[0]))
    (visitors,) = re.findall(r"<title>[^<]*?: ([^<]*)</title>", stranger.get("/example.org/badge.svg").text)
    assert _shown(visitors) % 10 == 0


def _period(period: Range) -> Period:
    return Period("custom", *period, PARIS)


def _note_row(attacker: Attacker, way: str, dimension: str, value: str, visitors: float | None) -> None:
    if value == limits.REST:
        attacker.rest(way, dimension, visitors)
    else:
        attacker.note(way, (dimension, value), visitors)


def _number(text: str) -> float | None:
    return float(text) if text else None


def _shown(text: str) -> int:
    return 0 if text in ("<10", "&lt;10") else int(re.sub(r"\D", "", text))


def _check_numbers(page: Page) -> None:
    """Check the exact numbers of rows, which pages have as titles."""
    for text in re.findall(r'class="row-number" title="([^"]*)"', page.html):
        assert not text or _shown(text) % 10 == 0, text


WAYS: list[Callable[[Attacker], None]] = [
    v1_aggregate,
    v2_json,
    report_page,
    v1_breakdown,
    v2_csv,
    details_csv,
    v1_timeseries,
    zip_export,
    realtime,
    funnel,
    journeys,
    exclusion_counters,
    mail_report,
    public_report,
    v2_refused,
    v2_of_today,
    raw_export,
]


def a_site_with_drops(directory: Path, database: Database, pick: Random) -> ExemptSite:
    """Return a site with traffic and dropped hits."""
    for table in ("events", "visits", "drops", "daily_events", "daily_visits"):
        database.command(f"truncate table {table}")
    site = ExemptSite(directory, database, pick)
    rule = rules.read({"network": "192.0.2.0/24"}, site_id=site.site.id, now=0)
    added = rules.add(site.control, rule, who="ana", now=NOW.timestamp())
    for number in (1, 5, 20):
        at = datetime.combine(TODAY - number * DAY, time(12), PARIS).astimezone(UTC)
        store_drops(database, "excluded", pick.choice([1, 9, 14, 27]), at=at, rule=added.id)
    return site


@dataclass(frozen=True, slots=True)
class Mutation:
    """How to switch a protection off: the object, the name of its attribute, and what to put there."""

    owner: Any
    name: str
    value: Any


def _exactly(*_arguments: Any, **_named: Any) -> None:
    return None


def _one_block(period: Any, interval: Any, rolled: Any) -> Any:
    """Return a period as blocks of its own, as if answers were rounded at the end."""
    blocks = grid.grid(period, interval, rolled)
    return grid.Grid(blocks.first, blocks.last, blocks.buckets, blocks.buckets, blocks.buckets, blocks.uncounted)


MUTATIONS: Mapping[str, Mutation] = {
    "numbers are rounded": Mutation(rounding, "UNIT", 1),
    "small cells are not shown": Mutation(rounding, "FEWEST", 1),
    "blocks are fixed": Mutation(protected, "grid", _one_block),
    "filters have one value": Mutation(limits, "check_filters", _exactly),
    "acquisition, cities and properties are off": Mutation(limits, "check_dimension", _exactly),
    "closed days are whole": Mutation(limits, "is_today", lambda _period, _today: True),
    "the rest of pages has no number": Mutation(protected, "_EXCLUSIVE", frozenset(map(dimensions.named, VALUES))),
    "the profile reaches the engine": Mutation(Privacy, "is_exempt", property(lambda _self: False)),
    "rows are not exported": Mutation(rows, "check", _exactly),
}
