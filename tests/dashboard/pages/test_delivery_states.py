from zoneinfo import ZoneInfo

import pytest

from dashboard.pages.delivery_states import sentence, warnings
from dashboard.services import services_of
from schema.mail import deliveries, subscriptions
from schema.mail.deliveries import Delivery, State
from schema.mail.subscriptions import Kind
from schema.people import users
from schema.people.members import put
from schema.people.roles import Role
from schema.sentence import Sentence

PROBLEM = Sentence("The mail server %(host)s refuses.", {"host": "mail.example"})
NOON, LATER = 1_773_572_400, 1_773_574_200  # 15 March 2026, 12:00 and 12:30 in Paris


@pytest.mark.parametrize(
    ("state", "problem", "text"),
    [
        pytest.param(State.SENT, None, "Sent on 15 Mar 2026, 12:00.", id="sent"),
        pytest.param(
            State.WAITING,
            PROBLEM,
            "Not sent yet: The mail server mail.example refuses. Next attempt on 15 Mar 2026, 12:30.",
            id="waits",
        ),
        pytest.param(State.WAITING, None, "Being sent.", id="was just claimed"),
        pytest.param(State.SENDING, None, "Being sent.", id="is being sent"),
        pytest.param(State.FAILED, PROBLEM, "Not sent: The mail server mail.example refuses.", id="failed"),
        pytest.param(
            State.UNCLEAR,
            None,
            "The server was interrupted while it sent this. It may not have arrived.",
            id="interrupted",
        ),
    ],
)
def test_a_delivery_says_what_became_of_it(state, problem, text):
    delivery = Delivery(1, 1, None, "2026-03-09", "", state, 1, NOON, LATER, problem)

    assert text == sentence(delivery, ZoneInfo("Europe/Paris"))


def test_without_a_delivery_nothing_was_sent():
    assert "Nothing sent yet." == sentence(None, ZoneInfo("UTC"))


def fail(desk, site, email):
    (weekly,) = subscriptions.add(desk.control, site.id, email, kinds=(Kind.WEEKLY,), language="en", now=0)
    deliveries.claim_report(desk.control, weekly, desk.now.date(), now=desk.clock())
    delivery = deliveries.due(desk.control, now=desk.clock())[0]
    deliveries.note_failure(desk.control, delivery, PROBLEM, now=desk.clock(), is_final=True)


def test_what_was_not_sent_is_a_warning_above_the_report_for_a_week(desk, site):
    before = desk.page("/example.org").text
    fail(desk, site, "ben@example.net")
    one = desk.page("/example.org").text
    fail(desk, site, "eve@example.net")
    two = list(map(str, warnings(services_of(desk.app), site)))
    desk.now = desk.now.replace(day=desk.now.day + 8)

    assert "not sent" not in before
    assert "A report or alert of the last seven days was not sent. The settings show why." in one
    assert ["2 reports or alerts of the last seven days were not sent. The settings show why."] == two
    assert [] == warnings(services_of(desk.app), site)


def test_people_who_may_not_see_the_settings_are_not_warned(desk, site):
    fail(desk, site, "ben@example.net")
    viewer = users.add(desk.control, "viewer@example.org", now=desk.clock())
    put(desk.control, site.id, viewer.id, Role.VIEWER)
    browser = desk.elsewhere("198.51.100.9")
    browser.enter(viewer)

    assert "not sent" not in browser.page("/example.org").text
