"""The findings of the doctor without a web server. With one: tests/journeys/test_first_party.py."""

import http.server
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from schema.exclusions import rules
from schema.sites import sites
from tests.server import Server


@contextmanager
def answering(status: int, headers: dict[str, str], body: bytes = b"") -> Iterator[str]:
    """Start a server that is not Sillage and yield its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Log nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def diagnosis(server: Server, *words: str) -> tuple[int, str]:
    process = server.started("doctor", *words)
    text, errors = process.communicate()
    assert errors == ""
    return process.returncode, text


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("doctor") / "data") as server:
        yield server


def test_without_a_site_there_is_nothing_to_check(sillage):
    result = sillage("doctor")

    assert result.exit_code == 2
    assert "`sillage sites add example.org` adds one" in result.stderr


def test_without_a_server_nothing_else_is_checked(control, sillage):
    sites.add(control, "example.org", timezone="UTC", now=time.time())
    result = sillage("doctor", "--url", "http://127.0.0.1:1")

    assert result.exit_code == 1
    assert result.stdout.startswith("problem  No server is running on")
    assert result.stdout.count("\n") == 1


def test_a_host_name_that_does_not_resolve_is_reported(control, sillage):
    sites.add(control, "example.org", timezone="UTC", now=time.time())
    rule = {"any": [{"host_name": "localhost.localdomain"}, {"host_name": "gone.invalid"}]}
    rules.add(control, rules.read(rule, site_id=None, now=0), who="a test", now=time.time())

    assert "problem  Exclusion 1 uses the host name gone.invalid, which does not resolve: " in sillage("doctor").stdout


@pytest.mark.parametrize(
    ("status", "headers", "body", "sentence"),
    [
        pytest.param(404, {}, b"no", "is not served by Sillage (404 Not Found)", id="nothing there"),
        pytest.param(200, {}, b"<p>hi", "is not served by Sillage (200 OK)", id="another page"),
        pytest.param(200, {}, b'{"a": 1}', "is not served by Sillage", id="another program"),
        pytest.param(301, {"Location": "https://www.example.org/x?link=y"}, b"",
                     "redirects to https://www.example.org/x. Check that address with --url.", id="a redirect"),
    ],
)  # fmt: skip
def test_another_server_is_reported_with_the_missing_lines(server, status, headers, body, sentence):
    with answering(status, headers, body) as url:
        code, text = diagnosis(server, "--url", url)

    assert code == 1
    assert f"problem  {url}" in text
    assert sentence in text
    for line in ("location = /api/event {", "handle @sillage", "Host(`www.example.org`)"):
        assert (line in text) == (status != 301)


def test_an_unreachable_address_is_reported(server):
    code, text = diagnosis(server, "--url", "http://127.0.0.1:1")

    assert code == 1
    assert (
        text.splitlines()[-1]
        == "problem  http://127.0.0.1:1 can't be reached from here: [Errno 111] Connection refused."
    )


def test_an_address_without_a_scheme_is_reported(server):
    assert (
        "problem  example.org is not a web address, such as https://www.example.org."
        in diagnosis(server, "--url", "example.org")[1]
    )


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        pytest.param({"Server": "nginx/1.22.1"}, (), id="detected"),
        pytest.param({"Server": "Caddy"}, ("--web-server", "nginx"), id="by name"),
    ],
)
def test_the_lines_are_those_of_the_web_server(server, headers, words):
    with answering(404, headers) as url:
        _, text = diagnosis(server, "--url", url, *words)

    assert "location = /api/event {" in text
    assert "handle @sillage" not in text
    assert "loadBalancer" not in text


def test_the_problems_of_the_running_server_are_reported(server: Server):
    file: Path = server.data_dir / "exclusions.toml"
    file.write_text("nonsense")
    while "exclusions.toml can't be used: it is not TOML" not in diagnosis(server)[1]:
        pass
    file.write_text("")
    while "can't be used" in diagnosis(server)[1]:
        pass


def test_the_findings_of_the_server_and_its_machine_are_shown(server: Server):
    text = diagnosis(server, "--url", "http://127.0.0.1:1")[1]

    assert "of events wait for ClickHouse" in text
    assert "No backup was made yet." in text
    assert " are free on the disk" in text
