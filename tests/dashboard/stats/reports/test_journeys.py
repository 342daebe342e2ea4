"""Journeys are compared with a count in Python, on random days of random visitors."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from dashboard.stats.model import dimensions
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import AnyOf, Condition, Filter, Op, Reaches
from dashboard.stats.model.period import Period
from dashboard.stats.reports.journeys import FEWEST, Journeys, Neighbour, Side, journeys
from schema.measures import goals
from schema.measures.goals import Goal
from schema.privacy.profile import DEFAULT, Privacy
from schema.records.event import Record
from tests.factories import PARIS, a_visit, an_event, store, views

STANDARD: Any = {"privacy": DEFAULT, "today": date(2026, 3, 10)}
PERIOD = Period("custom", date(2026, 3, 9), date(2026, 3, 11), PARIS)
PRICING = goals.new(1, page_path="/pricing")
SIGNUP = goals.new(1, event_name="Signup")
BLOG = goals.new(1, page_path="/blog/**")
READ = goals.new(1, page_path="/blog/a", scroll_threshold=50)
PATHS = ("/", "/pricing", "/order", "/blog", "/blog/a", "/blog/b", "/docs/x/y")
START = datetime(2026, 3, 8, 21, 30)  # noqa: DTZ001 - UTC, as tests.factories takes it


def crowd(*paths: str, count: int = FEWEST, **visit: Any) -> list[Record]:
    """Return the visits of different visitors to the same pages."""
    return [record for _visitor in range(count) for record in views(*paths, **visit)]


def pages(side: Side) -> list[tuple[str, int]]:
    return [(neighbour.page, neighbour.visitors) for neighbour in side.neighbours]


def test_the_page_before_and_the_page_after_are_counted(database):
    store(database, crowd("/", "/pricing", "/order"))
    store(database, crowd("/pricing", "/docs", count=20))
    result = journeys(database, PRICING, PERIOD, **STANDARD)

    assert 30 == result.visitors
    assert [("", 20), ("/", 10)] == pages(result.before)
    assert [("/docs", 20), ("/order", 10)] == pages(result.after)


@pytest.mark.parametrize(
    ("paths", "before", "after"),
    [
        pytest.param(["/pricing"], [""], [""], id="nothing else: came in and left"),
        pytest.param(["/", "/pricing", "/pricing", "/a"], ["/"], ["/a"], id="reloads are one step"),
        pytest.param(["/", "/pricing", "/", "/pricing", "/"], ["/"], ["/"], id="there and back twice counts once"),
        pytest.param(["/pricing", "/a", "/pricing"], ["", "/a"], ["", "/a"], id="two ways of one visitor"),
        pytest.param(["/", "/a"], [], [], id="never there"),
    ],
)
def test_neighbours_of_a_page(database, paths, before, after):
    store(database, crowd(*paths))
    result = journeys(database, PRICING, PERIOD, **STANDARD)

    assert before == [page for page, _visitors in pages(result.before)]
    assert after == [page for page, _visitors in pages(result.after)]


def test_what_fewer_than_ten_visitors_did_is_only_a_number_of_pages(database):
    store(database, crowd("/", "/pricing", "/order"))
    store(database, crowd("/a", "/pricing", "/b", count=FEWEST - 1))
    store(database, crowd("/c", "/pricing", "/b", count=1))
    result = journeys(database, PRICING, PERIOD, **STANDARD)

    assert Side((Neighbour("/", 10),), folded=2) == result.before
    assert Side((Neighbour("/b", 10), Neighbour("/order", 10))) == result.after


def test_fewer_than_ten_visitors_have_no_journeys(database):
    store(database, crowd("/", "/pricing", "/order", count=FEWEST - 1))

    assert Journeys(0) == journeys(database, PRICING, PERIOD, **STANDARD)


def test_a_goal_of_an_event_has_the_page_of_the_event_before_it(database):
    for _visitor in range(FEWEST):
        visit = a_visit(start="2026-03-10 12:00")
        steps = [("pageview", "/"), ("pageview", "/register"), ("Signup", "/register"), ("pageview", "/welcome")]
        store(
            database,
            [
                an_event(visit, name=name, path=path, position=number, time=f"2026-03-10 12:0{number}")
                for number, (name, path) in enumerate(steps, start=1)
            ],
        )
    result = journeys(database, SIGNUP, PERIOD, **STANDARD)

    assert [("/register", 10)] == pages(result.before)
    assert [("/welcome", 10)] == pages(result.after)


def test_a_day_ends_a_journey(database):
    for _visitor in range(FEWEST):
        visit = a_visit(start="2026-03-09 22:50")
        store(database, [an_event(visit, path="/", position=1, time="2026-03-09 22:50")])
        store(database, [an_event(visit, path="/pricing", position=2, time="2026-03-09 23:10")])  # 00:10 in Paris

    assert [("", 10)] == pages(journeys(database, PRICING, PERIOD, **STANDARD).before)


def test_visits_of_one_day_are_one_journey(database):
    for visitor in range(1, FEWEST + 1):
        store(database, views("/", start="2026-03-10 08:00", visitor_id=visitor))
        store(database, views("/pricing", start="2026-03-10 15:00", visitor_id=visitor))

    assert [("/", 10)] == pages(journeys(database, PRICING, PERIOD, **STANDARD).before)


def test_pages_can_be_grouped_by_folder(database):
    store(database, crowd("/blog/a", "/pricing", "/blog", count=5))
    store(database, crowd("/blog/2026/b", "/pricing", "/blog", count=5))
    result = journeys(database, PRICING, PERIOD, by_folder=True, **STANDARD)

    assert [("/blog/**", 10)] == pages(result.before)
    assert [("/blog", 10)] == pages(result.after)
    assert Side((), folded=2) == journeys(database, PRICING, PERIOD, **STANDARD).before


def test_other_sites_and_days_do_not_count(database):
    store(database, crowd("/", "/pricing", site_id=2))
    store(database, crowd("/", "/pricing", start="2026-03-20 12:00"))

    assert Journeys(0) == journeys(database, PRICING, PERIOD, **STANDARD)


def test_rows_are_limited_and_the_largest_come_first(database):
    store(database, crowd("/b", "/pricing", count=11))
    store(database, crowd("/a", "/pricing", count=12))
    store(database, crowd("/c", "/pricing", count=10))

    assert [("/a", 12), ("/b", 11)] == pages(journeys(database, PRICING, PERIOD, most=2, **STANDARD).before)


# Random days.


@dataclass(frozen=True)
class Seen:
    """An event of a visitor, as the count in Python sees it."""

    visitor: int
    visit: int
    day: date
    order: tuple[datetime, int]
    name: str
    path: str
    country: str
    scroll_depth: int


def some_events(seed: int) -> tuple[list[Record], list[Seen]]:
    """Return the same random events as records and for the count in Python."""
    chance = random.Random(seed)
    records: list[Record] = []
    seen: list[Seen] = []
    for visitor in range(1, 121):
        moment = START + timedelta(minutes=chance.randrange(60 * 60))
        for _visit in range(chance.randrange(1, 4)):
            country = chance.choice(["FR", "DE"])
            visit = a_visit(start=str(moment), visitor_id=visitor, country=country)
            for position in range(1, chance.randrange(2, 8)):
                name = chance.choice(["pageview", "pageview", "pageview", "Signup", "engagement"])
                path, depth = chance.choice(PATHS), chance.choice([10, 50, 90, 255])
                depth = depth if name == "engagement" else 255
                records.append(
                    an_event(visit, time=str(moment), name=name, path=path, position=position, scroll_depth=depth)
                )
                local = moment.replace(tzinfo=PARIS) + PARIS.utcoffset(moment)  # type: ignore[operator]
                seen.append(Seen(visitor, visit.visit_id, local.date(), (moment, position), name, path, country, depth))
                moment += timedelta(seconds=chance.choice([0, 30, 3600]))
            moment += timedelta(minutes=chance.randrange(1, 600))
    return records, seen


def folder(path: str) -> str:
    parts = path.split("/")
    return f"/{parts[1]}/**" if len(parts) > 2 else path


def counted(events: Iterable[Seen], is_anchor: Callable[[Seen], bool], *, by_folder: bool) -> Journeys:
    """Return the journeys by walking every visitor's day."""
    days: dict[tuple[int, date], list[Seen]] = defaultdict(list)
    for event in events:
        if PERIOD.first <= event.day <= PERIOD.last and (event.name == "pageview" or is_anchor(event)):
            days[event.visitor, event.day].append(event)
    sides: dict[str, dict[str, set[int]]] = {"before": defaultdict(set), "after": defaultdict(set)}
    visitors = set()
    for (visitor, _day), way in days.items():
        way.sort(key=lambda event: event.order)
        for index, event in enumerate(way):
            if not is_anchor(event):
                continue
            visitors.add(visitor)
            for side, neighbour in (("before", index - 1), ("after", index + 1)):
                other = way[neighbour] if 0 <= neighbour < len(way) else None
                if other is None:
                    sides[side][""].add(visitor)
                elif not is_anchor(other):
                    sides[side][folder(other.path) if by_folder else other.path].add(visitor)
    if len(visitors) < FEWEST:
        return Journeys(0)
    return Journeys(len(visitors), folded(sides["before"]), folded(sides["after"]))


def folded(visitors: dict[str, set[int]]) -> Side:
    counts = sorted(((len(who), page) for page, who in visitors.items()), key=lambda count: (-count[0], count[1]))
    shown = tuple(Neighbour(page, count) for count, page in counts if count >= FEWEST)
    return Side(shown, len(counts) - len(shown))


ANCHORS: list[tuple[Goal, Callable[[Seen], bool]]] = [
    (PRICING, lambda event: event.name == "pageview" and event.path == "/pricing"),
    (BLOG, lambda event: event.name == "pageview" and event.path.startswith("/blog/")),
    (SIGNUP, lambda event: event.name == "Signup"),
    (READ, lambda event: event.name == "engagement" and event.path == "/blog/a" and 50 <= event.scroll_depth <= 100),
]
FRENCH = Condition(dimensions.COUNTRY, Op.IS, ("FR",))
ORDERED = Condition(dimensions.PAGE, Op.IS, ("/order",))
FILTERS: list[tuple[tuple[Filter, ...], Callable[[list[Seen]], bool]]] = [
    ((), lambda _visit: True),
    ((FRENCH,), lambda visit: visit[0].country == "FR"),
    ((ORDERED,), lambda visit: any(event.path == "/order" for event in visit)),
    ((FRENCH, Reaches((SIGNUP,))), lambda visit: visit[0].country == "FR" and any(e.name == "Signup" for e in visit)),
    ((AnyOf((FRENCH, ORDERED)),), lambda visit: visit[0].country == "FR" or any(e.path == "/order" for e in visit)),
]


@pytest.mark.parametrize("seed", range(2))
def test_journeys_are_those_of_a_count_by_hand(database, seed):
    records, seen = some_events(seed)
    store(database, records)
    visits: dict[int, list[Seen]] = defaultdict(list)
    for event in seen:
        if PERIOD.first <= event.day <= PERIOD.last:
            visits[event.visit].append(event)
    for filters, holds in FILTERS:
        events = [event for visit in visits.values() if holds(visit) for event in visit]
        for anchor, is_anchor in ANCHORS:
            for by_folder in (False, True):
                result = journeys(database, anchor, PERIOD, filters=filters, by_folder=by_folder, most=100, **STANDARD)

                assert counted(events, is_anchor, by_folder=by_folder) == result, (anchor.display_name, filters)


def test_journeys_of_an_exempt_site_exist_for_today_in_multiples_of_ten(database):
    exempt = Privacy(profile="exempt", retention_months=13)
    today = Period("day", date(2026, 3, 10), date(2026, 3, 10), PARIS)
    store(database, crowd("/", "/pricing", count=14))
    store(database, crowd("/docs", "/pricing", count=3))
    store(database, crowd("/blog", "/pricing", count=3))
    result = journeys(database, PRICING, today, privacy=exempt, today=date(2026, 3, 10))

    assert 20 == result.visitors
    assert Side((Neighbour("/", 10),), folded=1) == result.before
    with pytest.raises(QueryError, match="only for today"):
        journeys(database, PRICING, PERIOD, privacy=exempt, today=date(2026, 3, 10))
