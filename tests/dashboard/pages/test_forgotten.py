"""A forgotten password, by mail or by command."""

import re
from datetime import timedelta

import pytest

from dashboard.mail.mailer import NO_TLS, Mailer, MailServer
from schema.people import users
from tests.dashboard.desk import EMAIL, PASSWORD, Desk, Page
from tests.mail_server import Inbox, accepting, free_port

PAGE = "/sign-in/forgotten"


@pytest.fixture
def inbox(stranger: Desk):
    """Give a mail server that the dashboard uses."""
    inbox = Inbox()
    with accepting(inbox) as port:
        provide_mailer(stranger, port)
        yield inbox


def provide_mailer(desk: Desk, port: int) -> None:
    server = MailServer(host="127.0.0.1", port=port, tls=NO_TLS, sender="stats@example.org")
    desk.provide(mailer=Mailer(server, clock=desk.clock))


@pytest.fixture
def ana(stranger: Desk):
    return users.add(stranger.control, EMAIL, now=stranger.clock())


def test_a_mail_with_a_link_is_sent_that_works_once_within_an_hour(stranger, inbox, ana):
    answer = stranger.post(PAGE, email=" ANA@example.org ")
    [message] = inbox.messages
    [path] = re.findall(r"http://stats\.test(/sign-in/\S+)", message.get_content())

    assert 200 == answer.status_code
    assert "a mail with a link is on its way" in Page(answer.text).text
    assert ([EMAIL], "Choose a new password") == (inbox.recipients, message["Subject"])
    assert 303 == stranger.post(path, password=PASSWORD, repeated=PASSWORD).status_code
    assert 404 == stranger.get(path).status_code
    stranger.post(PAGE, email=EMAIL)
    [path] = re.findall(r"http://stats\.test(/sign-in/\S+)", inbox.messages[1].get_content())
    stranger.now += timedelta(hours=1)
    assert 404 == stranger.get(path).status_code


def test_the_mail_has_the_language_of_the_account(stranger, inbox, ana):
    users.prefer(stranger.control, ana, language="fr", theme="")
    stranger.post(PAGE, email=EMAIL)

    assert "Choisissez un nouveau mot de passe" == inbox.messages[0]["Subject"]


@pytest.mark.parametrize("email", ["bob@example.org", "", "ana", "\x00", "a" * 5000])
def test_an_address_without_an_account_gets_the_same_answer_and_no_mail(stranger, inbox, ana, email):
    answers = [stranger.post(PAGE, email=address) for address in (EMAIL, email)]

    assert answers[0].text == answers[1].text
    assert [EMAIL] == inbox.recipients


@pytest.mark.parametrize("email", [EMAIL, "bob@example.org"])
def test_an_address_gets_three_mails_an_hour(stranger, inbox, ana, email):
    answers = [stranger.elsewhere(f"203.0.113.{number}").post(PAGE, email=email) for number in range(4)]

    assert [200, 200, 200, 429] == [answer.status_code for answer in answers]
    assert "Too many links were requested. Try again in 20 minutes." in Page(answers[3].text).text
    assert len(inbox.messages) == (3 if email == EMAIL else 0)


def test_a_client_requests_ten_mails_an_hour(stranger, inbox):
    answers = [stranger.post(PAGE, email=f"{number}@example.org") for number in range(11)]

    assert [200] * 10 + [429] == [answer.status_code for answer in answers]


def test_a_mail_server_that_is_gone_is_logged_without_the_address(stranger, ana, caplog):
    provide_mailer(stranger, free_port())
    answer = stranger.post(PAGE, email=EMAIL)

    assert 200 == answer.status_code
    assert "could not be sent" in caplog.text
    assert EMAIL not in caplog.text


def test_without_a_mail_server_the_page_names_the_command(stranger, ana):
    assert "sillage users link you@example.org" in stranger.page(PAGE).text
    assert 200 == stranger.post(PAGE, email=EMAIL).status_code
    assert [] == stranger.page(PAGE).attributes("form")


def test_a_form_of_another_site_sends_nothing(stranger, inbox, ana):
    assert 403 == stranger.post(PAGE, sent={"Origin": "https://evil.example"}, email=EMAIL).status_code
    assert [] == inbox.messages
