"""Commands print the address of the server that runs, not one that its options have replaced."""

import subprocess
import sys

import httpx2
import pytest

from scripts.config import loading
from scripts.console.running_server import as_running
from scripts.server.local_socket import ADDRESS
from tests.server import Server


def printed(server: Server, *words: str) -> str:
    """Return everything that a command prints."""
    command = [sys.executable, "-m", "scripts", *words]
    return subprocess.run(
        command,
        env=server.environment,
        cwd=server.working_dir,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    ).stdout


def test_links_lead_to_the_port_on_which_the_server_was_started(tmp_path):
    """Server starts on a free port, which only its option --port names."""
    with Server(tmp_path / "data") as server:
        links = [
            printed(server, *words).split()[-1]
            for words in [
                ("users", "add", "ada@example.org"),
                ("users", "link", "ada@example.org"),
                ("sites", "add", "other.example"),
            ]
        ]
        page = httpx2.get(links[1])

    assert all(link.startswith(f"{server.url}/") for link in links), links
    assert page.status_code == 200


def test_a_base_url_that_only_the_server_was_given_is_printed(tmp_path):
    with Server(tmp_path / "data", arguments=["--base-url", "https://stats.example.org"]) as server:
        link = server.command("users", "add", "ada@example.org")

    assert link.startswith("https://stats.example.org/sign-in/")


def test_the_address_is_answered_on_the_local_socket_only(tmp_path):
    with Server(tmp_path / "data") as server:
        answer = httpx2.get(f"{server.url}{ADDRESS}")

    assert "base_url" not in answer.text


@pytest.mark.parametrize("leftover", [False, True], ids=["no socket", "a killed server's socket"])
def test_without_a_server_the_settings_decide(tmp_path, leftover):
    environment = {"SILLAGE_DATA_DIR": str(tmp_path / "data"), "SILLAGE_PORT": "9001"}
    if leftover:
        with Server(tmp_path / "data") as server:
            server.kill()
    settings = loading.load(environment=environment, directory=tmp_path)

    assert as_running(settings) == settings
    assert settings.base_url == "http://127.0.0.1:9001"
