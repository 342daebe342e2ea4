from dataclasses import dataclass

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ingest.visits.live_visits import TIMEOUT_S, Visits, grow, new_visit
from schema.records.visit import Attributes, Visit
from tests.factories import an_event

SITE, VISITOR, START, TODAY = 1, 111, 1_780_000_000, 20_000


@dataclass(frozen=True)
class Step:
    """An event, `after` seconds from the start of the visit."""

    is_pageview: bool
    path: str = "/"
    hostname: str = "example.org"
    is_interactive: bool = True
    after: int = 0


def view(path: str = "/", **changes: object) -> Step:
    return Step(is_pageview=True, path=path, **changes)  # type: ignore[arg-type]


def custom(path: str = "/", **changes: object) -> Step:
    return Step(is_pageview=False, path=path, **changes)  # type: ignore[arg-type]


SILENT = custom(is_interactive=False)


def a_visit(*steps: Step, visitor_id: int = VISITOR, start: int = START, site_id: int = SITE) -> Visit:
    first = replace(an_event().event, day=20_000, time=start, expires=20_761, props={"plan": "pro"})
    visit = new_visit(first, site_id=site_id, visitor_id=visitor_id, visit_id=1, attributes=Attributes(source="Google"))
    for step in steps:
        grow(
            visit,
            now=start + step.after,
            hostname=step.hostname,
            path=step.path,
            is_pageview=step.is_pageview,
            is_interactive=step.is_interactive,
        )
    return visit


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param([view("/a")], {"pageviews": 1, "events": 1, "version": 1}, id="a page view"),
        pytest.param([custom("/a")], {"pageviews": 0, "events": 1, "version": 1}, id="a custom event"),
        pytest.param([view("/a"), view("/b")], {"pageviews": 2, "events": 2, "version": 2}, id="two page views"),
        pytest.param([view("/a"), custom("/b")], {"pageviews": 1, "events": 2, "version": 2}, id="one of each"),
    ],
)
def test_events_are_counted(steps, expected):
    visit = a_visit(*steps)

    assert expected == {name: getattr(visit, name) for name in expected}


@pytest.mark.parametrize(
    ("steps", "is_bounce"),
    [
        pytest.param([view()], True, id="one page view"),
        pytest.param([view(is_interactive=False)], True, id="one page view that is not interactive"),
        pytest.param([view(), view()], False, id="two page views"),
        pytest.param([view(), view(is_interactive=False)], False, id="a second page view that is not interactive"),
        pytest.param([view(), custom()], False, id="a page view and an event"),
        pytest.param([view(), SILENT], True, id="a page view and a silent event"),
        pytest.param([view(), SILENT, SILENT], True, id="a page view and silent events"),
        pytest.param([custom()], False, id="an event alone"),
        pytest.param([SILENT], True, id="a silent event alone"),
        pytest.param([SILENT, view()], True, id="a silent event and a page view"),
        pytest.param([SILENT, view(), view()], False, id="a silent event and two page views"),
        pytest.param([SILENT, custom()], False, id="a silent event and another"),
        pytest.param([custom(), view()], False, id="an event and a page view: never true again"),
        pytest.param([custom(), SILENT], False, id="an event and a silent one: never true again"),
        pytest.param([view(), view(), SILENT], False, id="page views and a silent event: never true again"),
    ],
)
def test_a_visit_is_a_bounce_until_something_happens(steps, is_bounce):
    assert is_bounce == a_visit(*steps).is_bounce


ON_SHOP = {"hostname": "shop.example.org"}


@pytest.mark.parametrize(
    ("steps", "entry", "exit_"),
    [
        pytest.param([view("/a")], ("example.org", "/a"), ("example.org", "/a"), id="a page view is both"),
        pytest.param([view("/a"), view("/b", **ON_SHOP)], ("example.org", "/a"), ("shop.example.org", "/b"),
                     id="the last page view is the exit"),
        pytest.param([custom("/a")], ("", ""), ("", ""), id="a custom event is neither"),
        pytest.param([custom("/a"), view("/b", **ON_SHOP)], ("shop.example.org", "/b"), ("shop.example.org", "/b"),
                     id="the first page view is the entry"),
        pytest.param([view("/a"), custom("/b", **ON_SHOP)], ("example.org", "/a"), ("example.org", "/a"),
                     id="a later custom event changes neither"),
    ],
)  # fmt: skip
def test_pages_are_those_of_page_views(steps, entry, exit_):
    visit = a_visit(*steps)

    assert entry == (visit.hostname, visit.entry_page)
    assert exit_ == (visit.exit_hostname, visit.exit_page)


@pytest.mark.parametrize(
    ("steps", "last", "duration"),
    [
        pytest.param([view()], 0, 0, id="one event"),
        pytest.param([view(), view(after=90)], 90, 90, id="a later page view"),
        pytest.param([view(), custom(after=90)], 90, 90, id="a later custom event"),
        pytest.param([view(), view(after=90), custom(after=100)], 100, 100, id="from the start, not from before"),
        pytest.param([view(), view(after=-5)], 0, 5, id="a clock set back"),
    ],
)
def test_duration_is_from_the_first_event_to_the_last(steps, last, duration):
    visit = a_visit(*steps)

    assert (START, START + last, duration) == (visit.start, visit.last, visit.duration)


def test_what_the_first_event_brought_never_changes():
    visit = a_visit(custom("/a"), view("/b", after=10), custom("/c", after=20))

    assert (20_000, 20_761, VISITOR) == (visit.day, visit.expires, visit.visitor_id)
    assert Attributes(source="Google") == visit.attributes
    assert {"plan": "pro"} == visit.entry_props


@given(st.lists(st.builds(Step, is_pageview=st.booleans(), is_interactive=st.booleans(), after=st.integers(0, 9999))))
def test_a_visit_holds_together_whatever_happens(steps):
    visit = a_visit(*steps)
    was_bounce = [a_visit(*steps[: count + 1]).is_bounce for count in range(len(steps))]

    assert visit.version == visit.events == len(steps)
    assert visit.pageviews == sum(step.is_pageview for step in steps)
    assert was_bounce == sorted(was_bounce, reverse=True)  # once false, false for good
    assert (visit.entry_page == "") == (visit.pageviews == 0) == (visit.exit_page == "")


@pytest.mark.parametrize(
    ("today", "is_found"),
    [
        pytest.param(TODAY, True, id="the day it began"),
        pytest.param(TODAY + 1, True, id="the day after"),
        pytest.param(TODAY + 2, False, id="the day after that"),
    ],
)
def test_a_visit_is_in_two_days_at_most(today, is_found):
    visits = alive(a_visit())

    assert is_found is (found(visits, START + 60, today=today) is not None)


def alive(*visits: Visit) -> Visits:
    known = Visits()
    for visit in visits:
        known.begin(visit)
    return known


def found(
    visits: Visits, now: int, *, visitor_id: int = VISITOR, previous_id: int | None = None, today: int = TODAY
) -> Visit | None:
    return visits.find(SITE, visitor_id, previous_id=previous_id, now=now, today=today)


@pytest.mark.parametrize(
    ("pause_s", "lives"),
    [
        pytest.param(0, True, id="at once"),
        pytest.param(TIMEOUT_S, True, id="30 minutes"),
        pytest.param(TIMEOUT_S + 1, False, id="a second more"),
    ],
)
def test_a_visit_ends_after_thirty_minutes_without_an_event(pause_s, lives):
    visit = a_visit(view())

    assert (visit if lives else None) is found(alive(visit), START + pause_s)


def test_each_event_keeps_the_visit_alive():
    visit = a_visit(view())
    visits = alive(visit)

    assert all(found(visits, START + step * TIMEOUT_S) is visit for step in range(1, 10))
    assert found(visits, START + 10 * TIMEOUT_S + 1) is None


def test_being_found_changes_nothing_that_is_stored():
    visit = a_visit(view())
    before = msgspec.structs.replace(visit)
    found(alive(visit), START + 60)

    assert before == visit


@pytest.mark.parametrize(
    ("site_id", "visitor_id"),
    [pytest.param(SITE, 222, id="another visitor"), pytest.param(2, VISITOR, id="another site")],
)
def test_a_visit_is_of_one_visitor_on_one_site(site_id, visitor_id):
    visits = alive(a_visit(view()))

    assert visits.find(site_id, visitor_id, previous_id=None, now=START, today=TODAY) is None


def test_the_latest_visit_of_a_visitor_is_the_one_alive():
    later = a_visit(view(), start=START + TIMEOUT_S + 1)

    assert later is found(alive(a_visit(view()), later), later.start)


def test_a_visit_goes_on_over_midnight_under_its_old_number():
    visit = a_visit(view(), visitor_id=VISITOR)
    visits = alive(visit)

    assert visit is found(visits, START + 60, visitor_id=999, previous_id=VISITOR)
    assert visit.visitor_id == VISITOR


def test_a_visit_found_by_its_old_number_is_from_then_on_known_by_its_new_one():
    visit = a_visit(view())
    visits = alive(visit)
    found(visits, START + 60, visitor_id=999, previous_id=VISITOR)

    assert visit is found(visits, START + 120, visitor_id=999)
    assert found(visits, START + 120, visitor_id=VISITOR) is None


def test_without_the_old_number_the_visit_is_not_found():
    visits = alive(a_visit(view()))

    assert found(visits, START + 60, visitor_id=999) is None


def test_a_visit_that_ended_does_not_go_on_over_midnight():
    visits = alive(a_visit(view()))

    assert found(visits, START + TIMEOUT_S + 1, visitor_id=999, previous_id=VISITOR) is None


def test_a_visit_of_the_new_day_outweighs_one_of_the_old():
    old, new = a_visit(view()), a_visit(view(), visitor_id=999)

    assert new is found(alive(old, new), START + 60, visitor_id=999, previous_id=VISITOR)


def test_the_sweep_lets_go_of_ended_visits_alone():
    ended, quiet, busy = (a_visit(view(), visitor_id=number) for number in (1, 2, 3))
    visits = alive(ended, quiet, busy)
    found(visits, START + 1, visitor_id=2)
    found(visits, START + 60, visitor_id=3)
    visits.sweep(START + TIMEOUT_S + 1)

    assert len(visits) == 2
    assert quiet is found(visits, START + TIMEOUT_S + 1, visitor_id=2)
    assert busy is found(visits, START + TIMEOUT_S + 60, visitor_id=3)


def test_the_sweep_leaves_nothing_when_all_have_ended():
    visits = alive(*(a_visit(view(), visitor_id=number) for number in range(50)))
    found(visits, START + 60, visitor_id=999, previous_id=7)
    visits.sweep(START + 60 + TIMEOUT_S)
    assert len(visits) == 1

    visits.sweep(START + 61 + TIMEOUT_S)
    assert len(visits) == 0


def test_a_restart_picks_the_latest_state_of_a_visit():
    older, newer = a_visit(view()), a_visit(view(), view("/b", after=10))
    newer.visit_id = older.visit_id
    for order in ([older, newer], [newer, older]):
        visits = Visits()
        visits.restore(order, now=START + 60)

        assert newer is found(visits, START + 60)
        assert len(visits) == 1


def test_a_restart_leaves_out_what_has_ended():
    visits = Visits()
    visits.restore(
        [a_visit(view(), visitor_id=1), a_visit(view(after=1), visitor_id=2)],
        now=START + TIMEOUT_S + 1,
    )

    assert len(visits) == 1
    assert found(visits, START + TIMEOUT_S + 1, visitor_id=2)


def test_after_a_restart_visits_are_swept_in_the_order_in_which_they_end():
    visits = Visits()
    visits.restore(
        [a_visit(view(), visitor_id=number, start=START + number) for number in (30, 10, 20)], now=START + 60
    )
    visits.sweep(START + 20 + TIMEOUT_S + 1)

    assert len(visits) == 1


def test_the_visits_of_a_site_that_is_gone_are_forgotten():
    other = a_visit(view(), site_id=2)
    visits = alive(a_visit(view()), other)
    visits.drop_site(SITE)

    assert found(visits, START) is None
    assert other is visits.find(2, VISITOR, previous_id=None, now=START, today=TODAY)


def test_beyond_the_capacity_the_visit_that_was_quiet_longest_is_let_go_and_counted():
    visits = Visits(capacity=2)
    for number, after_s in ((1, 0), (2, 10)):
        visits.begin(a_visit(visitor_id=number, start=START + after_s))
    found(visits, START + 20, visitor_id=1)
    visits.begin(a_visit(visitor_id=3, start=START + 30))

    alive_now = [number for number in (1, 2, 3) if found(visits, START + 40, visitor_id=number)]

    assert [1, 3] == alive_now
    assert 1 == visits.take_evicted()
    assert 0 == visits.take_evicted()


def test_up_to_the_capacity_no_visit_is_let_go():
    visits = Visits(capacity=2)
    for number in (1, 2):
        visits.begin(a_visit(visitor_id=number))

    assert 0 == visits.take_evicted()
    assert 2 == len(visits)
