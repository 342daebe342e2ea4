from tests import mail_server
from tests.mail_server import Inbox
from tests.server import Server


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


def test_a_report_is_previewed_by_the_running_server(tmp_path):
    with Server(tmp_path / "data") as server:
        text = server.command("mail", "preview", "example.org")
        html = server.command("mail", "preview", "example.org", "--kind", "monthly", "--language", "fr", "--html")

    assert text.startswith("Last week, example.org had no visitors.\n\nLast week,")
    assert html.startswith('<!DOCTYPE html>\n<html lang="fr">')
    assert "Rapport mensuel" in html


def test_without_a_server_there_is_no_preview(sillage, control):
    answer = sillage("mail", "preview", "example.org")

    assert 2 == answer.exit_code
    assert "Start it with `sillage serve` first." in answer.stderr
