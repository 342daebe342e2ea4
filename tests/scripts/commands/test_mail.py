from tests import mail_server
from tests.mail_server import Inbox


def configure(monkeypatch, port):
    for name, value in {"HOST": "127.0.0.1", "PORT": port, "FROM": "stats@example.org", "TLS": "none"}.items():
        monkeypatch.setenv(f"SILLAGE_MAIL_{name}", str(value))


def test_a_test_message_is_sent(sillage, monkeypatch):
    inbox = Inbox()
    with mail_server.accepting(inbox) as port:
        configure(monkeypatch, port)
        result = sillage("mail", "test", "ada@example.org")

    assert (0, ["ada@example.org"]) == (result.exit_code, inbox.recipients)
    assert "127.0.0.1 accepted a message to ada@example.org." in result.stdout


def test_without_a_mail_server_the_settings_are_named(sillage):
    result = sillage("mail", "test", "ada@example.org")

    assert 2 == result.exit_code
    assert "No mail server is configured. Set mail_host and mail_from" in result.stderr


def test_a_refused_connection_is_one_sentence(sillage, monkeypatch):
    configure(monkeypatch, mail_server.free_port())
    result = sillage("mail", "test", "ada@example.org")

    assert 2 == result.exit_code
    assert "sillage: The mail server 127.0.0.1 refuses connections" in result.stderr
