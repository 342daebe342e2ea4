from datetime import date

import pytest

from dashboard.mail import compose
from dashboard.services import services_of
from schema.mail import subscriptions
from schema.mail.subscriptions import Kind


@pytest.mark.parametrize(
    ("kind", "first", "days"),
    [
        pytest.param(Kind.WEEKLY, date(2026, 3, 2), "2–8 Mar 2026", id="a week"),
        pytest.param(Kind.MONTHLY, date(2026, 2, 1), "1–28 Feb 2026", id="a month"),
    ],
)
def test_the_last_report_covers_whole_days_until_it_was_due(desk, site, kind, first, days):
    services = services_of(desk.app)

    assert first == compose.latest_first(services, site, kind)
    assert days in compose.of_site(services, site, kind, code="en").text


def test_the_mail_of_a_subscription_is_in_its_language_and_can_be_stopped(desk, site):
    services = services_of(desk.app)
    subscription = subscriptions.add(
        desk.control, site.id, "ben@example.net", kinds=(Kind.WEEKLY,), language="fr", now=0
    )[0]
    letter = compose.of_subscription(services, site, subscription, date(2026, 3, 2))

    token = services.links.of_subscription(subscription.id)
    assert f"<http://stats.test/unsubscribe/{token}>" == letter.headers["List-Unsubscribe"]
    assert "La semaine dernière, example.org n’a eu aucun visiteur." == letter.subject
    assert "ben@example.net" in letter.text
