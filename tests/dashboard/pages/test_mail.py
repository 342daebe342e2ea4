import pytest

from dashboard.mail.mailer import NO_TLS, Mailer, MailServer
from schema.exclusions import audit
from schema.mail import subscriptions
from schema.mail.subscriptions import Kind
from schema.privacy.profile import Privacy
from schema.sites import sites
from tests.dashboard.desk import EMAIL
from tests.factories import store, views
from tests.mail_server import Inbox, accepting, free_port

PATH = "/example.org/settings/mail"


def listed(desk, site):
    return [(one.email, one.kind, one.language) for one in subscriptions.list_all(desk.control, site.id)]


def reach(desk, port):
    server = MailServer(host="127.0.0.1", port=port, tls=NO_TLS, sender="stats@example.org")
    desk.provide(mailer=Mailer(server, clock=desk.clock))


def test_an_address_is_added_listed_and_removed(desk, site):
    desk.post(PATH, email="ben@example.net", weekly="yes", monthly="yes", language="fr")
    added, page = listed(desk, site), desk.page(PATH)
    question = desk.page(f"{PATH}/1/remove")
    desk.post(f"{PATH}/1/remove", sure="yes")

    assert [("ben@example.net", Kind.WEEKLY, "fr"), ("ben@example.net", Kind.MONTHLY, "fr")] == added
    assert "ben@example.net Weekly report · Français Nothing sent yet." in page.text
    assert "Stop sending the weekly report to ben@example.net?" in question.text
    assert [("ben@example.net", Kind.MONTHLY, "fr")] == listed(desk, site)
    assert [
        "No longer sends the weekly report to ben@example.net.",
        "Sends the monthly report to ben@example.net.",
        "Sends the weekly report to ben@example.net.",
    ] == [entry.change for entry in audit.latest(desk.control, 3, topic=audit.SETTINGS)]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        pytest.param({"email": "ben", "weekly": "yes"}, "is not an e-mail address", id="no address"),
        pytest.param({"email": "ben@example.net"}, "Choose the weekly report", id="no report"),
    ],
)
def test_what_is_refused_stays_in_the_form(desk, site, fields, problem):
    answer = desk.post(PATH, **fields)

    assert 422 == answer.status_code
    assert problem in answer.text
    assert f'value="{fields["email"]}"' in answer.text
    assert [] == listed(desk, site)


def test_a_language_that_does_not_exist_is_that_of_the_page(desk, site):
    desk.post(PATH, email="ben@example.net", weekly="yes", language="tlh")

    assert [("ben@example.net", Kind.WEEKLY, "en")] == listed(desk, site)


def test_the_preview_shows_the_mail_as_it_is_sent_and_nothing_runs_in_it(desk, database, site):
    store(database, views("/", start="2026-03-05 12:00", site_id=site.id))
    desk.post(PATH, email="ben@example.net", weekly="yes", language="fr")
    page, framed = desk.get(f"{PATH}/1"), desk.get(f"{PATH}/1/html")

    assert "La semaine dernière, example.org a eu 1 visiteur." in page.text
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    policy = framed.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert "sandbox" in policy
    assert "frame-ancestors 'self'" in policy
    assert framed.text.startswith('<!DOCTYPE html>\n<html lang="fr">')


@pytest.mark.parametrize("path", ["/2", "/2/html", "/2/remove"])
def test_a_report_of_another_site_is_not_shown(desk, site, path):
    other = sites.add(desk.control, "other.example", timezone="UTC", now=0)
    for site_id in (site.id, other.id):
        subscriptions.add(desk.control, site_id, "ben@example.net", kinds=(Kind.WEEKLY,), language="en", now=0)

    assert 404 == desk.get(PATH + path).status_code


def test_without_a_mail_server_the_page_says_what_to_do(desk, site):
    page = desk.page(PATH)

    assert "This server has no mail server, so nothing is sent." in page.text
    assert not page.attributes("form", action=f"{PATH}/test#test")
    assert 303 == desk.post(f"{PATH}/test").status_code


def test_a_test_message_goes_to_the_person_who_asks(desk, site):
    inbox = Inbox()
    with accepting(inbox) as port:
        reach(desk, port)
        page = desk.post(f"{PATH}/test")

    assert [EMAIL] == inbox.recipients
    assert f"The mail server accepted a message to {EMAIL}." in page.text


def test_a_test_that_fails_says_why(desk, site):
    reach(desk, free_port())
    answer = desk.post(f"{PATH}/test")

    assert 422 == answer.status_code
    assert "The mail server 127.0.0.1 refuses connections to port" in answer.text


def test_an_exempt_site_says_whom_its_reports_are_for(desk, site):
    sites.change(desk.control, site, now=0, privacy=Privacy(profile="exempt", retention_months=13))

    assert "only to people who work for it" in desk.page(PATH).text
