"""Reports of example.org, whose Monday the 16th of March 2026 begins at 23:00 UTC: due at 05:00 UTC."""

import logging
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.mail import compose
from dashboard.mail.mailer import NO_TLS, Mailer, MailServer
from dashboard.mail.post import Post
from dashboard.services import WEBHOOKS, services_of
from schema.mail import alerts, deliveries, subscriptions
from schema.mail.alerts import AlertKind
from schema.mail.deliveries import State
from schema.mail.subscriptions import Kind
from schema.sites import sites
from tests.factories import store, views
from tests.mail_server import Inbox, accepting, free_port, silent, talking

MONDAY = datetime(2026, 3, 16, 5, 0, tzinfo=UTC)
WAIT = [timedelta(seconds=seconds) for seconds in deliveries.WAITS_S]


@pytest.fixture
def inbox():
    return Inbox()


@pytest.fixture
def post(desk, database, site, inbox):
    """Give what sends the weekly reports to ana and ben, a second before they are due."""
    store(database, views("/", "/pricing", start="2026-03-11 12:00", site_id=site.id, source="Google"))
    for email, code in (("ana@example.net", "en"), ("ben@example.net", "fr")):
        subscriptions.add(desk.control, site.id, email, kinds=(Kind.WEEKLY,), language=code, now=desk.clock())
    desk.now = MONDAY - timedelta(seconds=1)
    with accepting(inbox) as port:
        reach(desk, port)
        yield Post(services_of(desk.app))


def reach(desk, port, **limits):
    server = MailServer(host="127.0.0.1", port=port, tls=NO_TLS, sender="Stats <stats@example.org>")
    desk.provide(mailer=Mailer(server, clock=desk.clock, **limits))


def restarted(desk):
    return Post(services_of(desk.app))


def body(message, kind):
    """Return a part of a message. On the way, lines end with CRLF."""
    return message.get_body((kind,)).get_content().replace("\r\n", "\n")


def states(desk, site):
    return [one.state for one in deliveries.latest(desk.control, site.id).values()]


def test_each_report_is_sent_once_when_it_is_due(post, desk, inbox):
    post.go_round()
    early = list(inbox.recipients)
    desk.now = MONDAY
    post.go_round()
    post.go_round()

    assert [] == early
    assert ["ana@example.net", "ben@example.net"] == inbox.recipients
    assert [
        "Last week, example.org had 1 visitor.",
        "La semaine dernière, example.org a eu 1 visiteur.",
    ] == [message["Subject"] for message in inbox.messages]


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(MONDAY, id="at once"),
        pytest.param(MONDAY - timedelta(hours=1), id="and the clock goes back"),
        pytest.param(MONDAY + timedelta(days=6), id="later in the week"),
    ],
)
def test_a_restart_sends_nothing_again(post, desk, inbox, now):
    desk.now = MONDAY
    post.go_round()
    desk.now = now
    restarted(desk).go_round()

    assert 2 == len(inbox.messages)


def test_another_time_zone_of_the_site_sends_nothing_again(post, desk, site, inbox):
    desk.now = MONDAY
    post.go_round()
    sites.change(desk.control, site, timezone="America/New_York", now=desk.clock())
    desk.now = MONDAY + timedelta(hours=6)
    restarted(desk).go_round()

    assert 2 == len(inbox.messages)


def test_after_three_weeks_off_only_the_last_report_is_sent(post, desk, inbox):
    desk.now = MONDAY + timedelta(days=21, hours=3)
    post.go_round()

    assert ["ana@example.net", "ben@example.net"] == inbox.recipients
    assert "30 Mar – 5 Apr 2026" in body(inbox.messages[0], "plain").replace("\u2009", " ")


def test_the_mail_is_what_the_preview_shows(post, desk, site, inbox):
    desk.now = MONDAY
    subscription = subscriptions.list_all(desk.control, site.id)[0]
    letter = compose.of_subscription(services_of(desk.app), site, subscription, MONDAY.date() - timedelta(days=7))
    post.go_round()
    message = inbox.messages[0]

    assert letter.html == body(message, "html")
    assert letter.text == body(message, "plain")
    assert letter.subject == message["Subject"]
    assert letter.headers["List-Unsubscribe"] == message["List-Unsubscribe"]
    assert "List-Unsubscribe=One-Click" == message["List-Unsubscribe-Post"]


def test_a_report_that_is_stopped_is_not_sent(post, desk, site, inbox):
    subscriptions.remove(desk.control, subscriptions.list_all(desk.control, site.id)[0])
    desk.now = MONDAY
    post.go_round()

    assert ["ben@example.net"] == inbox.recipients


def test_without_a_mail_server_nothing_waits(post, desk, site):
    desk.provide(mailer=None)
    desk.now = MONDAY
    restarted(desk).go_round()

    assert [] == states(desk, site)


def test_a_mail_server_that_refuses_is_tried_five_times_and_then_reported(post, desk, site, inbox, caplog):
    inbox.answers["DATA"] = "451 come back later"
    desk.now = MONDAY
    for wait in (timedelta(0), *WAIT, timedelta(days=1)):
        desk.now += wait
        post.go_round()
        restarted(desk).go_round()

    assert [State.FAILED, State.FAILED] == states(desk, site)
    assert 2 == deliveries.lost(desk.control, since=MONDAY.timestamp(), site_id=site.id)
    problem = deliveries.latest(desk.control, site.id)["report", 1].problem
    assert "The mail server 127.0.0.1 rejects the message: come back later" == str(problem)
    assert ["was given up after 5 attempts." in record.getMessage() for record in caplog.records] == [True, True]


def test_a_recipient_that_does_not_exist_holds_up_nobody(post, desk, site, inbox):
    inbox.answers["RCPT ana@example.net"] = "550 nobody here"
    desk.now = MONDAY
    post.go_round()

    assert ["ben@example.net"] == inbox.recipients
    assert [State.FAILED, State.SENT] == states(desk, site)


def test_a_mail_server_that_hangs_loses_nothing(post, desk, site, inbox):
    desk.now = MONDAY
    with talking(silent) as port:
        reach(desk, port, answer_s=0.1, longest_s=0.3)
        restarted(desk).go_round()
    waiting = states(desk, site)
    with accepting(inbox) as port:
        reach(desk, port)
        desk.now += WAIT[0]
        restarted(desk).go_round()

    assert [State.WAITING, State.WAITING] == waiting
    assert {"ana@example.net", "ben@example.net"} == set(inbox.recipients)
    assert 2 == len(inbox.messages)


def test_a_crash_before_the_text_goes_out_sends_it_after_the_restart(post, desk, site, inbox):
    desk.now = MONDAY
    reach(desk, free_port())
    post._claim_reports(MONDAY)
    with accepting(inbox) as port:
        reach(desk, port)
        restarted(desk).go_round()

    assert 2 == len(inbox.messages)


def test_a_crash_while_the_text_goes_out_is_reported_and_not_sent_again(post, desk, site, inbox, caplog):
    desk.now = MONDAY
    post._claim_reports(MONDAY)
    deliveries.begin_sending(desk.control, deliveries.due(desk.control, now=desk.clock())[0])
    restarted(desk).go_round()

    assert ["ben@example.net"] == inbox.recipients
    assert [State.UNCLEAR, State.SENT] == states(desk, site)
    assert 1 == deliveries.lost(desk.control, since=MONDAY.timestamp())
    assert "1 mails were interrupted" in caplog.text


def test_stopping_ends_a_mail_that_gets_no_answer_and_counts_no_attempt(post, desk, site, caplog):
    caplog.set_level(logging.ERROR)
    desk.now = MONDAY
    connected = threading.Event()

    def hang(connection):
        connected.set()
        silent(connection)

    with talking(hang) as port:
        reach(desk, port)
        stopped = restarted(desk)
        sending = threading.Thread(target=stopped.go_round)
        sending.start()
        connected.wait(10)
        stopped.stop(within_s=0.05)
        sending.join(10)

    assert not sending.is_alive()
    assert [0, 0] == [one.attempts for one in deliveries.latest(desk.control, site.id).values()]
    assert [State.WAITING, State.WAITING] == states(desk, site)


def an_alert(desk, site, target):
    alert = alerts.add(desk.control, site.id, AlertKind.DROP, threshold=100, target=target, language="en")
    Post(services_of(desk.app)).look()
    return alert


def test_an_alert_is_mailed_once(post, desk, site, inbox):
    an_alert(desk, site, "cleo@example.net")
    post.go_round()
    restarted(desk).look()
    restarted(desk).go_round()

    assert ["cleo@example.net"] == inbox.recipients
    assert "example.org had no visitors in the twelve hours before 16 Mar 2026, 05:59." == inbox.messages[0]["Subject"]


def test_a_webhook_that_fails_is_tried_again_with_a_new_signature(post, desk, site):
    received: list[bytes] = []
    statuses = iter((500, 200))

    def answer(connection):
        received.append(connection.recv(65536))
        connection.sendall(f"HTTP/1.1 {next(statuses)} Status\r\nContent-Length: 0\r\n\r\n".encode())

    desk.provide(webhook_limits=replace(WEBHOOKS, allows=lambda _address: True))
    with talking(answer) as port:
        alert = an_alert(desk, site, f"http://127.0.0.1:{port}/hook")
        restarted(desk).go_round()
        failed = deliveries.latest(desk.control, site.id)["alert", alert.id]
        desk.now += WAIT[0]
        restarted(desk).go_round()

    assert "The webhook answers with status 500. It must answer with 200 to 299." == str(failed.problem)
    assert State.SENT is deliveries.latest(desk.control, site.id)["alert", alert.id].state
    assert 2 == len({next(line for line in one.split(b"\r\n") if b"Signature" in line) for one in received})


def test_a_webhook_in_a_private_network_gets_nothing(post, desk, site):
    with talking(lambda _connection: pytest.fail("it was reached")) as port:
        alert = an_alert(desk, site, f"http://localhost:{port}/")
        post.go_round()

    problem = deliveries.latest(desk.control, site.id)["alert", alert.id].problem
    assert "localhost belongs to a private network. Sillage does not connect to it." == str(problem)
