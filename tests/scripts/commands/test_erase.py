"""`sillage erase` with a running server, and without one."""

from pathlib import Path

import pytest

from tests.server import Server

LINES = """
{"time": "2026-03-09T09:00:00Z", "visitor": "ana", "url": "https://example.org/a"}
{"time": "2026-03-09T09:05:00Z", "visitor": "ana", "url": "https://example.org/secret"}
{"time": "2026-03-09T09:06:00Z", "visitor": "bob", "url": "https://example.org/secret"}
"""


@pytest.fixture
def history(tmp_path: Path) -> str:
    file = tmp_path / "history.ndjson"
    file.write_text(LINES)
    return str(file)


def pages(server: Server) -> str:
    return server.command("export", "visits", "--site", "example.org", "--format", "csv")


def test_pages_are_erased_by_the_running_server(tmp_path: Path, history: str) -> None:
    with Server(tmp_path / "data") as server:
        server.command("import", "events", history, "--site", "example.org")
        words = ("erase", "--site", "example.org", "--page", "/secret")
        dry = server.command(*words, "--dry-run")
        assert "This erases 2 events of 2 visits for good." in dry
        assert "/secret" in pages(server)

        assert "Erased." in server.command(*words, "--yes")
        assert "/secret" not in pages(server)
        assert "/a" in pages(server)
        assert "Erasures to repeat: 1." in server.command("erase", "--again")


def test_without_a_server_it_waits_for_one(tmp_path: Path, history: str) -> None:
    server = Server(tmp_path / "data")
    server.command("sites", "add", "example.org")
    server.command("import", "events", history, "--site", "example.org", "--id", "march")

    answer = server.command("erase", "--site", "example.org", "--import", "march", "--yes")
    assert "This erases 3 events of 2 visits for good." in answer
    assert "The server erases when it starts." in answer
    with server:
        assert "Erased." in server.command("erase", "--again")
        assert "/a" not in pages(server)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param((), "Name the site", id="no site"),
        pytest.param(("--site", "example.org"), "enter the first or the last day", id="no selection"),
        pytest.param(("--site", "example.org", "--page", "/", "--host", "a.example"), "Choose one of", id="two"),
    ],
)
def test_what_is_not_clear_is_a_sentence(control, sillage, words, sentence):
    sillage("sites", "add", "example.org")
    answer = sillage("erase", *words)

    assert (2, True) == (answer.exit_code, sentence in answer.stderr)
