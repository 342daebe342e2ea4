import pytest

from ingest.visits.record import record
from schema.records.event import ENGAGEMENT, NO_SCROLL_DEPTH, PAGEVIEW, Event
from tests.factories import a_visit

LATER_S = 60


def recorded(visit, name, *, path="/next"):
    position = visit.version if name == ENGAGEMENT else visit.version + 1
    event = Event(
        day=visit.day,
        time=visit.start + LATER_S,
        position=position,
        name=name,
        hostname="example.org",
        path=path,
        props={},
        interactive=True,
        scroll_depth=NO_SCROLL_DEPTH,
        engagement_ms=0,
        revenue_amount=None,
        revenue_currency="",
        expires=visit.expires,
    )
    return record(event, visit)


@pytest.mark.parametrize(
    ("name", "pageviews", "events", "exit_page"),
    [
        pytest.param(PAGEVIEW, 2, 2, "/next", id="a page view"),
        pytest.param("Signup", 1, 2, "/", id="a custom event"),
        pytest.param(ENGAGEMENT, 1, 1, "/", id="engagement leaves the visit as it was"),
    ],
)
def test_an_event_changes_its_visit(name, pageviews, events, exit_page):
    visit = recorded(a_visit(), name).visit

    assert (pageviews, events, exit_page) == (visit.pageviews, visit.events, visit.exit_page)


@pytest.mark.parametrize(("name", "duration"), [(PAGEVIEW, LATER_S), (ENGAGEMENT, 0)])
def test_a_visit_lasts_until_its_last_event(name, duration):
    assert duration == recorded(a_visit(), name).visit.duration


def test_the_position_of_an_event_is_the_version_of_its_visit():
    stored = recorded(a_visit(), PAGEVIEW)

    assert 2 == stored.visit.version == stored.event.position
