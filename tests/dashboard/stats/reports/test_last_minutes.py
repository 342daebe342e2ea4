from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.model import dimensions
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import Condition, Filter, Op, Reaches
from dashboard.stats.reports import last_minutes as report
from dashboard.stats.reports.last_minutes import LastMinutes
from schema.measures.goals import Goal
from schema.privacy.profile import DEFAULT, Privacy
from tests.factories import PARIS, an_event, store, views

NOW = datetime(2026, 3, 10, 12, 0, 30, tzinfo=UTC)
SIGNUP = Reaches((Goal(1, 1, "Signup", event_name="Signup"),))
READ = Reaches((Goal(2, 1, "Read", page_path="/", scroll_threshold=50),))


def answer(database, *filters: Filter, now: datetime = NOW, zone: ZoneInfo = PARIS) -> LastMinutes:
    return report.last_minutes(database, 1, report.period(zone, now), filters, privacy=DEFAULT)


def by_value(rows) -> list[tuple[str, int]]:
    return [(count.value, count.visitors) for count in rows]


@pytest.mark.parametrize(
    ("event", "numbers"),
    [
        pytest.param({"time": "2026-03-10 12:00:30"}, (1, 1, 30), id="in this second"),
        pytest.param({"time": "2026-03-10 11:59:31"}, (1, 1, 30), id="in the last 60 seconds"),
        pytest.param({"time": "2026-03-10 11:59:30"}, (1, 1, 29), id="a minute ago"),
        pytest.param({"time": "2026-03-10 11:55:30"}, (1, 1, 25), id="five minutes ago"),
        pytest.param({"time": "2026-03-10 11:55:29"}, (0, 1, 25), id="a second longer ago"),
        pytest.param({"time": "2026-03-10 11:30:31"}, (0, 1, 1), id="almost half an hour ago"),
        pytest.param({"time": "2026-03-10 11:30:30"}, (0, 0, 0), id="half an hour ago"),
        pytest.param({"time": "2026-03-10 12:00:31"}, (0, 0, 0), id="in the next second"),
        pytest.param({"time": "2026-03-10 12:00:00", "name": "Signup"}, (1, 1, 30), id="a custom event"),
        pytest.param({"time": "2026-03-10 12:00:00", "name": "engagement"}, (0, 0, 0), id="attention alone"),
        pytest.param({"time": "2026-03-10 12:00:00", "site_id": 2}, (0, 0, 0), id="on another site"),
    ],
)
def test_an_event_counts_now_in_all_and_in_its_minute(database, event, numbers):
    store(database, [an_event(**event)])
    last = answer(database)
    current, total, minute = numbers

    assert (current, total) == (last.current.visitors, last.total.visitors)
    assert [minute] * total == [number for number, count in enumerate(last.minutes, 1) if count.visitors]


def test_there_are_thirty_minutes_without_any_event(database):
    last = answer(database)

    assert [0] * 30 == [count.visitors for count in last.minutes]
    assert {"page": [], "source": [], "country": []} == last.rows


def test_rows_are_those_of_the_last_five_minutes(database):
    store(
        database,
        [
            *views("/", "/b", start="2026-03-10 11:58", source="Google", country="FR"),
            *views("/", start="2026-03-10 11:59", country="DE"),
            *views("/old", start="2026-03-10 11:50", source="Bing", country="FR"),
        ],
    )
    last = answer(database)

    assert [("/", 2), ("/b", 1)] == by_value(last.rows["page"])
    assert [("", 1), ("Google", 1)] == by_value(last.rows["source"])
    assert [("DE", 1), ("FR", 1)] == by_value(last.rows["country"])
    assert (2, 3, 4) == (last.current.visitors, last.total.visitors, last.total.pageviews)


@pytest.mark.parametrize(
    ("node", "visitors", "events"),
    [
        pytest.param(Condition(dimensions.SOURCE, Op.IS, ("Google",)), 1, 3, id="a source"),
        pytest.param(Condition(dimensions.SOURCE, Op.IS_NOT, ("Google",)), 1, 1, id="not a source"),
        pytest.param(Condition(dimensions.ENTRY_PAGE, Op.IS, ("/",)), 2, 4, id="an entry page"),
        pytest.param(Condition(dimensions.PAGE, Op.IS, ("/b",)), 1, 1, id="a page"),
        pytest.param(SIGNUP, 1, 1, id="a goal"),
        pytest.param(READ, 1, 1, id="a goal that counts scrolling"),
    ],
)
def test_filters_apply(database, node, visitors, events):
    first, *others = views("/", "/b", start="2026-03-10 11:50", source="Google")
    visit = first.visit
    store(
        database,
        [
            first,
            *others,
            an_event(visit, time="2026-03-10 11:52", name="Signup", path="/done", position=3),
            an_event(visit, time="2026-03-10 11:53", name="engagement", path="/", scroll_depth=80, position=4),
            *views("/", start="2026-03-10 11:55"),
        ],
    )
    total = answer(database, node).total

    assert (visitors, events) == (total.visitors, total.events)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata"])
@pytest.mark.parametrize("hour", [0, 11, 23])
def test_every_time_zone_has_its_last_minutes(database, zone, hour):
    now = NOW.replace(hour=hour)
    store(database, [an_event(time=now, zone=ZoneInfo(zone))])

    assert 1 == answer(database, now=now, zone=ZoneInfo(zone)).total.visitors


def test_the_last_minutes_of_an_exempt_site_are_rounded_and_folded(database):
    store(database, [an_event(time="2026-03-10 12:00:10", path="/a", country="FR") for _ in range(14)])
    store(database, [an_event(time="2026-03-10 12:00:10", path="/b", country="FR") for _ in range(9)])
    exempt = Privacy(profile="exempt", retention_months=13)
    half_hour = report.period(PARIS, NOW)
    last = report.last_minutes(database, 1, half_hour, privacy=exempt)

    assert 20 == last.current.visitors == last.total.visitors
    assert [("/a", 10), ("Other (<10)", 0)] == by_value(last.rows["page"])
    assert [("FR", 20)] == by_value(last.rows["country"])
    assert [] == by_value(last.rows["source"])
    with pytest.raises(QueryError, match="one value"):
        report.last_minutes(database, 1, half_hour, [Condition(dimensions.PAGE, Op.IS_NOT, ("/a",))], privacy=exempt)
