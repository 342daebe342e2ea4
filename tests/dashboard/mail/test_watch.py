from datetime import UTC, datetime, timedelta

import pytest

from dashboard.mail import watch
from dashboard.mail.mailer import NO_TLS, Mailer, MailServer
from dashboard.mail.watch import Row
from dashboard.services import services_of
from schema.mail import alerts, deliveries
from schema.mail.alerts import AlertKind
from schema.privacy.profile import Privacy
from schema.sites import sites
from tests.dashboard.desk import NOW
from tests.factories import store, views

EXEMPT = Privacy(profile="exempt", retention_months=13)
BEN, HOOK = "ben@example.net", "https://hooks.example.net/"


@pytest.fixture
def watched(desk, database, site):
    """Give a site with three visitors in the last five minutes and two some hours ago."""
    server = MailServer(host="127.0.0.1", port=1, tls=NO_TLS, sender="stats@example.org")
    desk.provide(mailer=Mailer(server, clock=desk.clock))
    for source, path in (("Google", "/"), ("Google", "/pricing"), ("", "/")):
        store(database, views(path, start=NOW - timedelta(minutes=2), site_id=site.id, source=source))
    for _visitor in range(2):
        store(database, views("/", start=NOW - timedelta(hours=5), site_id=site.id))
    return desk


def alert(desk, site, kind, threshold, target=BEN):
    return alerts.add(desk.control, site.id, kind, threshold=threshold, target=target, language="en")


def raised(desk):
    watch.look(services_of(desk.app))
    return [watch.restored(one.content) for one in deliveries.due(desk.control, now=desk.clock())]


@pytest.mark.parametrize(
    ("kind", "threshold", "visitors"),
    [
        pytest.param(AlertKind.SPIKE, 3, [3], id="as many as the threshold"),
        pytest.param(AlertKind.SPIKE, 4, [], id="fewer than the threshold of a spike"),
        pytest.param(AlertKind.DROP, 6, [5], id="fewer than the threshold of a drop"),
        pytest.param(AlertKind.DROP, 5, [], id="not fewer"),
    ],
)
def test_an_alert_is_raised_at_its_threshold(watched, site, kind, threshold, visitors):
    alert(watched, site, kind, threshold)

    assert visitors == [one.visitors for one in raised(watched)]


def test_a_spike_names_pages_and_sources(watched, site):
    alert(watched, site, AlertKind.SPIKE, 1)

    (spike,) = raised(watched)
    assert [Row("/", 2), Row("/pricing", 1)] == spike.pages
    assert [Row("Google", 2)] == spike.sources
    assert int(NOW.timestamp()) == spike.at


@pytest.mark.parametrize(
    ("later", "count"),
    [
        pytest.param(timedelta(minutes=1), 1, id="a minute later"),
        pytest.param(timedelta(hours=-1), 1, id="after the clock went back"),
        pytest.param(timedelta(hours=12), 2, id="twelve hours later"),
    ],
)
def test_an_alert_is_raised_once_in_twelve_hours(watched, site, later, count):
    alert(watched, site, AlertKind.DROP, 100)
    raised(watched)
    watched.now += later
    watch.look(services_of(watched.app))
    watched.now += timedelta(days=1)

    assert count == len(deliveries.due(watched.control, now=watched.clock()))


def test_a_site_without_any_visitor_yet_has_no_drop(desk, site):
    alert(desk, site, AlertKind.DROP, 10, HOOK)

    assert [] == raised(desk)


def test_mail_waits_for_a_mail_server(watched, site):
    watched.provide(mailer=None)
    alert(watched, site, AlertKind.SPIKE, 1)

    assert [] == raised(watched)


def test_an_exempt_site_is_rounded_and_hands_nothing_to_a_webhook(watched, site):
    sites.change(watched.control, site, now=0, privacy=EXEMPT)
    alert(watched, site, AlertKind.SPIKE, 1)
    alert(watched, site, AlertKind.SPIKE, 1, HOOK)
    few = raised(watched)
    for _visitor in range(9):
        store(services_of(watched.app).database, views("/", start=NOW - timedelta(minutes=1), site_id=site.id))
    (spike,) = raised(watched)

    assert [] == few
    assert (10, [Row("/", 10)], []) == (spike.visitors, spike.pages, spike.sources)


@pytest.mark.parametrize(
    ("now", "visitors"),
    [
        pytest.param(datetime(2026, 3, 10, 10, 30, tzinfo=UTC), [], id="in the morning, which yesterday is a part of"),
        pytest.param(datetime(2026, 3, 10, 13, 30, tzinfo=UTC), [0], id="in the afternoon"),
    ],
)
def test_an_exempt_site_has_a_drop_only_if_the_hours_are_of_one_day(watched, site, now, visitors):
    sites.change(watched.control, site, now=0, privacy=EXEMPT)
    alert(watched, site, AlertKind.DROP, 10)
    watched.now = now

    assert visitors == [one.visitors for one in raised(watched)]
