import pytest

from dashboard.services import services_of
from schema.exclusions import audit
from schema.mail import subscriptions
from schema.mail.subscriptions import Kind


@pytest.fixture
def weekly(control, site):
    return subscriptions.add(control, site.id, "ben@example.net", kinds=(Kind.WEEKLY,), language="en", now=0)[0]


def address(stranger, subscription):
    return f"/unsubscribe/{services_of(stranger.app).links.of_subscription(subscription.id)}"


def test_opening_the_link_only_asks(stranger, weekly):
    page = stranger.page(address(stranger, weekly))

    assert "Stop sending the weekly report of example.org to ben@example.net?" in page.text
    assert [weekly] == subscriptions.list_all(stranger.control)


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        pytest.param({}, {"Origin": "http://stats.test"}, id="the button"),
        pytest.param({"List-Unsubscribe": "One-Click"}, {}, id="one click in a mail client"),
        pytest.param({"List-Unsubscribe": "One-Click"}, {"Origin": "https://mail.example"}, id="a mail page"),
    ],
)
def test_a_post_stops_the_report_without_signing_in(stranger, weekly, fields, headers):
    answer = stranger.post(address(stranger, weekly), sent=headers, **fields)

    assert 200 == answer.status_code
    assert "The report is stopped" in answer.text
    assert [] == subscriptions.list_all(stranger.control)
    entry = audit.latest(stranger.control, 1, topic=audit.SETTINGS)[0]
    assert ("ben@example.net", "Unsubscribed from the weekly report.") == (entry.who, entry.change)


def test_a_link_that_was_used_says_so(stranger, weekly):
    subscriptions.remove(stranger.control, weekly)

    assert "The report is stopped" in stranger.page(address(stranger, weekly)).text
    assert 200 == stranger.post(address(stranger, weekly)).status_code


@pytest.mark.parametrize("change", [lambda path: path[:-1], lambda _path: "/unsubscribe/1"], ids=["cut", "guessed"])
def test_a_link_that_is_not_ours_stops_nothing(stranger, weekly, change):
    path = change(address(stranger, weekly))

    assert "The link is incomplete" in stranger.page(path, status=404).text
    assert 404 == stranger.post(path).status_code
    assert [weekly] == subscriptions.list_all(stranger.control)


def test_the_page_is_in_the_language_of_the_report(stranger, control, site):
    monthly = subscriptions.add(control, site.id, "ben@example.net", kinds=(Kind.MONTHLY,), language="fr", now=0)[0]

    assert "Ne plus envoyer le rapport mensuel de example.org" in stranger.page(address(stranger, monthly)).text
