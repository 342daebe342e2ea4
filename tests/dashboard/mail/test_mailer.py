import threading
from contextlib import suppress

import pytest

from dashboard.mail.mailer import Mailer, MailError, MailServer
from tests import mail_server
from tests.mail_server import Inbox

NOON = 1_790_000_000.0


def a_mailer(port, *, host="127.0.0.1", tls="none", answer_s=5.0, longest_s=20.0, **options):
    server = MailServer(host=host, port=port, tls=tls, sender="Statistics <stats@example.org>", **options)
    return Mailer(server, clock=lambda: NOON, answer_s=answer_s, longest_s=longest_s)


def failure(mailer, to="ada@example.org"):
    with pytest.raises(MailError) as raised:
        mailer.send(to, "Report", "Text")
    return raised.value


def test_a_message_arrives_as_text_and_html():
    inbox = Inbox()
    with mail_server.accepting(inbox) as port:
        a_mailer(port).send(
            "ada@example.org",
            "Été\r\nBcc: eve@example.org",
            "Bonjour\n",
            "<p>Bonjour</p>\n",
            headers={"List-Unsubscribe": "<https://stats.example.org/u>"},
            message_id="report-1",
        )
    message = inbox.messages[0]

    assert ["ada@example.org"] == inbox.recipients
    assert ("Été Bcc: eve@example.org", None) == (message["Subject"], message["Bcc"])
    assert ("Statistics <stats@example.org>", "<report-1@example.org>") == (message["From"], message["Message-ID"])
    assert "<https://stats.example.org/u>" == message["List-Unsubscribe"]
    assert ["Bonjour", "<p>Bonjour</p>"] == [part.get_content().strip() for part in message.iter_parts()]


def test_no_name_or_address_of_this_machine_is_sent():
    inbox = Inbox()
    with mail_server.accepting(inbox) as port:
        a_mailer(port).send("ada@example.org", "Report", "Text")

    assert "127.0.0.1" not in inbox.messages[0].as_string().replace("X-Peer: ('127.0.0.1'", "")


def test_a_host_that_does_not_exist_is_named():
    error = failure(a_mailer(25, host="smtp.invalid"))

    assert "The mail server smtp.invalid was not found. Check mail_host." == str(error)


def test_a_refused_connection_is_named():
    port = mail_server.free_port()

    assert f"refuses connections to port {port}" in str(failure(a_mailer(port)))


def test_a_server_that_hangs_does_not_hold_the_mailer():
    with mail_server.talking(mail_server.silent) as port:
        error = failure(a_mailer(port, answer_s=0.2))

    assert f"did not answer in time on port {port}" in str(error)


def test_a_server_that_sends_a_character_now_and_then_does_not_hold_the_mailer():
    stop = threading.Event()

    def drip(connection):
        with suppress(OSError):
            while not stop.wait(0.02):
                connection.sendall(b"2")

    with mail_server.talking(drip) as port:
        error = failure(a_mailer(port, longest_s=0.3))
        stop.set()

    assert "did not answer in time" in str(error)


def test_a_server_that_closes_at_once_is_named():
    with mail_server.talking(lambda connection: None) as port:
        error = failure(a_mailer(port))

    assert "closed the connection" in str(error) or "can't be reached" in str(error)


def test_a_server_without_starttls_gets_no_password():
    with mail_server.accepting(Inbox()) as port:
        error = failure(a_mailer(port, tls="starttls", user="stats", password="secret"))

    assert "does not offer STARTTLS" in str(error)


def test_a_server_without_tls_is_named():
    with mail_server.accepting(Inbox()) as port:
        error = failure(a_mailer(port, tls="tls"))

    assert "does not speak TLS on port" in str(error)


@pytest.mark.parametrize(
    ("password", "is_right"),
    [pytest.param("secret", True, id="the password"), pytest.param("Secret", False, id="another")],
)
def test_a_log_in_needs_the_password(password, is_right):
    inbox = Inbox()
    options = {"authenticator": mail_server.accepts_only("stats", "secret"), "auth_require_tls": False}
    with mail_server.accepting(inbox, **options) as port:
        mailer = a_mailer(port, user="stats", password=password)
        if is_right:
            mailer.send("ada@example.org", "Report", "Text")
        else:
            error = failure(mailer)
            assert "rejects the log-in of stats" in str(error)
            assert password not in f"{error} {mailer.server}"

    assert is_right == bool(inbox.messages)


@pytest.mark.parametrize(
    ("command", "answer", "sentence", "is_final"),
    [
        pytest.param("MAIL", "550 not you", "rejects the sender in mail_from: not you", False, id="the sender"),
        pytest.param("RCPT", "550 no such user", "the recipient ada@example.org: no such user", True, id="unknown"),
        pytest.param("RCPT", "451 later", "the recipient ada@example.org: later", False, id="a recipient for now"),
        pytest.param("DATA", "554 spam", "rejects the message: spam", True, id="the message"),
        pytest.param("DATA", "452 full", "rejects the message: full", False, id="a message for now"),
        pytest.param("DATA", "drop", "closed the connection", False, id="a connection that ends after the text"),
    ],
)
def test_what_the_server_rejects_is_named(command, answer, sentence, is_final):
    inbox = Inbox()
    inbox.answers[command] = answer
    with mail_server.accepting(inbox) as port:
        error = failure(a_mailer(port))

    assert sentence in str(error)
    assert is_final == error.is_final
    assert not inbox.messages


@pytest.mark.parametrize(
    "address", ["ada", "@example.org", "a b@example.org", "a>@example.org", "é@example.org", "a\r\n@b.c"]
)
def test_an_address_that_no_message_can_have_is_refused_before_the_connection(address):
    error = failure(a_mailer(1), to=address)

    assert error.is_final
    assert "is not an e-mail address that mail can be sent to" in str(error)


def test_a_domain_with_accents_is_sent_as_servers_know_it():
    inbox = Inbox()
    with mail_server.accepting(inbox) as port:
        a_mailer(port).send("ada@bücher.example", "Report", "Text")

    assert ["ada@xn--bcher-kva.example"] == inbox.recipients


def test_what_runs_before_the_text_can_keep_it():
    inbox = Inbox()

    def stop():
        raise KeyError

    with mail_server.accepting(inbox) as port, pytest.raises(KeyError):
        a_mailer(port).send("ada@example.org", "Report", "Text", before_text=stop)

    assert not inbox.messages


def test_a_huge_message_is_refused():
    with pytest.raises(MailError, match="larger than 1 MB"):
        a_mailer(1).send("ada@example.org", "Report", "x\n" * 600_000)


def test_a_check_sends_nothing():
    inbox = Inbox()
    with mail_server.accepting(inbox) as port:
        a_mailer(port).check()

    assert not inbox.messages


def test_a_long_address_in_a_header_stays_whole():
    inbox = mail_server.Inbox()
    url = f"<https://stats.example/unsubscribe/{'a' * 200}>"
    with mail_server.accepting(inbox) as port:
        a_mailer(port).send("ana@example.org", "Hello", "Text\n", headers={"List-Unsubscribe": url})

    assert url == inbox.messages[0]["List-Unsubscribe"]


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param("Last week, example.org had 1,234 visitors, 12% more than the week before it", id="in ASCII"),
        pytest.param("La semaine dernière, example.org a eu 1\u202f234 visiteurs, 12\u202f% de plus", id="in French"),
        pytest.param("é" * 190, id="long"),
    ],
)
def test_a_subject_arrives_as_it_was_written(subject):
    inbox = mail_server.Inbox()
    with mail_server.accepting(inbox) as port:
        a_mailer(port).send("ana@example.org", subject, "Text\n")

    assert subject == inbox.messages[0]["Subject"]
