from datetime import date, datetime, timedelta
from typing import Any

import pytest

from dashboard.stats.model import dimensions
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import Condition, Op, Reaches
from dashboard.stats.model.period import Period
from dashboard.stats.reports.funnel import Passage, Within, passage
from schema.measures import goals
from schema.measures.funnels import Funnel
from schema.privacy.profile import DEFAULT, Privacy
from tests.factories import PARIS, a_visit, an_event, store

STANDARD: Any = {"privacy": DEFAULT, "today": date(2026, 3, 10)}
PERIOD = Period("custom", date(2026, 3, 9), date(2026, 3, 11), PARIS)
START = datetime(2026, 3, 10, 12)  # noqa: DTZ001 - UTC, as tests.factories takes it
A, B, C = (goals.new(1, page_path=f"/{name}") for name in "abc")
ANY = goals.new(1, page_path="/**")
SIGNUP = goals.new(1, event_name="Signup")
_numbers = iter(range(10_000, 20_000))


def goes(database, way, *, every_s=60, visitor_id=None, start=START, **visit):
    """Store a page view for each letter of a word; a dot waits a day, a bar starts a new visit."""
    visitor_id = visitor_id or next(_numbers)
    moment, position = start, 0
    current = a_visit(visitor_id=visitor_id, start=str(start), **visit)
    for letter in way:
        if letter == ".":
            moment += timedelta(days=1)
        elif letter == "|":
            moment += timedelta(hours=1)
            current = a_visit(visitor_id=visitor_id, start=str(moment), **visit)
        else:
            position += 1
            name = "Signup" if letter == "S" else "pageview"
            store(database, [an_event(current, time=str(moment), path=f"/{letter}", name=name, position=position)])
            moment += timedelta(seconds=every_s)


def reached(database, *steps, is_strict=False, **options):
    return passage(database, Funnel(1, 1, "Funnel", steps, is_strict), PERIOD, **STANDARD, **options).visitors


@pytest.mark.parametrize(
    ("way", "levels", "strict"),
    [
        pytest.param("abc", (1, 1, 1), (1, 1, 1), id="step by step"),
        pytest.param("ab", (1, 1, 0), (1, 1, 0), id="not to the end"),
        pytest.param("bc", (0, 0, 0), (0, 0, 0), id="without the first step"),
        pytest.param("acb", (1, 1, 0), (1, 0, 0), id="another step in between"),
        pytest.param("acbc", (1, 1, 1), (1, 0, 0), id="in order, with a detour over a step"),
        pytest.param("axbyc", (1, 1, 1), (1, 1, 1), id="other pages in between"),
        pytest.param("abbc", (1, 1, 1), (1, 1, 1), id="a step twice"),
        pytest.param("abab" + "c", (1, 1, 1), (1, 1, 1), id="back to the beginning"),
        pytest.param("acabc", (1, 1, 1), (1, 1, 1), id="a second try"),
        pytest.param("a.b", (1, 1, 0), (1, 1, 0), id="within 24 hours, to the second"),
        pytest.param("ax.b", (1, 0, 0), (1, 0, 0), id="later than that"),
        pytest.param("ab|c", (1, 1, 1), (1, 1, 1), id="across visits"),
        pytest.param("", (0, 0, 0), (0, 0, 0), id="nothing"),
    ],
)
def test_steps_are_reached_in_order(database, way, levels, strict):
    every_s = 0 if way == "a.b" else 60
    goes(database, way, every_s=every_s)

    assert levels == reached(database, A, B, C)
    assert strict == reached(database, A, B, C, is_strict=True)


@pytest.mark.parametrize("is_strict", [False, True])
def test_events_of_one_second_are_ordered(database, is_strict):
    goes(database, "abc", every_s=0)
    goes(database, "cba", every_s=0)

    assert reached(database, A, B, C, is_strict=is_strict) == (2, 1, 1)


@pytest.mark.parametrize("is_strict", [False, True])
def test_one_event_reaches_only_one_step(database, is_strict):
    goes(database, "a")
    goes(database, "ax")

    assert reached(database, A, ANY, is_strict=is_strict) == (2, 1)


def test_a_funnel_can_be_limited_to_one_visit(database):
    goes(database, "a|b")
    goes(database, "ab")
    goes(database, "a|ab", visitor_id=7)

    assert reached(database, A, B) == (3, 3)
    assert reached(database, A, B, within=Within.VISIT) == (3, 2)


def test_events_and_pages_are_steps(database):
    goes(database, "abS")
    goes(database, "aS")

    assert reached(database, A, B, SIGNUP) == (2, 1, 1)


def test_all_visitors_are_counted_and_filters_apply(database):
    goes(database, "ab", source="Google")
    goes(database, "x", source="Google")
    goes(database, "a", source="Bing")
    funnel = Funnel(1, 1, "Funnel", (A, B), is_strict=False)
    google = (Condition(dimensions.SOURCE, Op.IS, ("Google",)),)

    assert Passage(3, (2, 1)) == passage(database, funnel, PERIOD, **STANDARD)
    assert Passage(2, (1, 1)) == passage(database, funnel, PERIOD, filters=google, **STANDARD)


def test_a_funnel_can_have_eight_steps(database):
    goes(database, "abcdefgh")
    steps = [goals.new(1, page_path=f"/{name}") for name in "abcdefgh"]

    assert reached(database, *steps) == (1,) * 8
    assert reached(database, *steps, is_strict=True) == (1,) * 8


def test_events_outside_the_period_or_site_reach_no_step(database):
    goes(database, "a", start=datetime(2026, 3, 8, 22, 59, 59), visitor_id=5)  # noqa: DTZ001
    goes(database, "b", start=datetime(2026, 3, 8, 23, 0, 0), visitor_id=5)  # noqa: DTZ001
    goes(database, "ab", site_id=2)

    assert reached(database, A, B) == (0, 0)


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(Reaches((A,)), id="a goal"),
        pytest.param(Condition(dimensions.PAGE, Op.IS, ("/a",)), id="a page"),
    ],
)
def test_filters_by_goal_or_page_are_rejected(database, condition):
    with pytest.raises(QueryError, match="its steps are goals already"):
        reached(database, A, B, filters=(condition,))


def test_a_funnel_of_an_exempt_site_exists_for_today_in_steps_of_ten(database):
    exempt = Privacy(profile="exempt", retention_months=13)
    today = Period("day", date(2026, 3, 10), date(2026, 3, 10), PARIS)
    funnel = Funnel(1, 1, "Funnel", (A, B), is_strict=False)
    for number in range(15):
        visit = a_visit(start="2026-03-10 10:00")
        store(database, [an_event(visit, path="/a")])
        if number:
            store(database, [an_event(visit, time="2026-03-10 10:01", path="/b", position=2)])

    assert Passage(10, (10, 10)) == passage(database, funnel, today, privacy=exempt, today=date(2026, 3, 10))
    with pytest.raises(QueryError, match="only for today"):
        passage(database, funnel, PERIOD, privacy=exempt, today=date(2026, 3, 10))
