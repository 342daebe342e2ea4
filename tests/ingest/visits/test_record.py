from decimal import Decimal

import pytest

from ingest.request.field_values import Revenue
from ingest.visits.record import record
from schema.records.event import ENGAGEMENT, NO_SCROLL_DEPTH, PAGEVIEW
from tests.factories import a_visit

LATER_S = 60


def recorded(visit, name, *, path="/next", interactive=True, revenue=None):
    return record(
        visit,
        day=visit.day,
        now=visit.start + LATER_S,
        name=name,
        hostname="example.org",
        path=path,
        props={},
        interactive=interactive,
        scroll_depth=NO_SCROLL_DEPTH,
        engagement_ms=0,
        revenue=revenue,
        expires=visit.expires,
    )


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


@pytest.mark.parametrize(
    ("revenue", "columns"),
    [
        pytest.param(Revenue(Decimal("9.990"), "EUR"), (Decimal("9.990"), "EUR"), id="an amount"),
        pytest.param(None, (None, ""), id="none"),
    ],
)
def test_revenue_is_stored_as_amount_and_currency(revenue, columns):
    event = recorded(a_visit(), "Purchase", revenue=revenue).event

    assert columns == (event.revenue_amount, event.revenue_currency)
