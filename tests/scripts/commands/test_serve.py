"""What `sillage serve` does before and after it serves; tests/faults start whole servers."""

import resource
import socket
import time
from dataclasses import replace

import pytest

from schema.people import users
from schema.sites import sites
from scripts.commands import serve
from scripts.config import loading
from scripts.config.loading import ConfigError


@pytest.fixture
def settings(data_dir):
    return loading.load({"data_dir": str(data_dir), "port": "0"})


def test_the_system_chooses_the_port_zero(settings):
    with serve._listener(settings) as listener:
        port = listener.getsockname()[1]
    settings = serve._with_port(settings, port)

    assert (port, f"http://127.0.0.1:{port}") == (settings.port, settings.base_url)


def test_a_port_that_was_chosen_stays(settings):
    chosen = replace(settings, port=8000, base_url="https://stats.example.org")

    assert chosen == serve._with_port(chosen, 8000)


def test_a_port_in_use_is_an_error_that_names_it(settings):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"{port}.*--port"):
            serve._listener(replace(settings, port=port))


def test_a_host_of_another_machine_is_an_error(settings):
    with pytest.raises(ConfigError, match="--host"):
        serve._listener(replace(settings, host="192.0.2.1"))


def test_a_missing_site_is_added_once(control, settings):
    for _ in range(2):
        assert [] == serve._add_sites(control, settings, "example.org")

    assert ["example.org"] == [site.domain for site in sites.list_all(control, now=time.time())]


@pytest.mark.parametrize(
    ("has_user", "has_site", "has_link", "has_snippet"),
    [
        pytest.param(False, False, True, False, id="the first start"),
        pytest.param(True, False, False, False, id="a user"),
        pytest.param(True, True, False, True, id="a user and a site"),
        pytest.param(False, True, True, True, id="a site"),
    ],
)
def test_the_greeting_shows_what_comes_next(control, settings, has_user, has_site, has_link, has_snippet):
    if has_user:
        users.add(control, "ana@example.org", now=time.time())
    if has_site:
        sites.add(control, "example.org", timezone="UTC", now=time.time())
    greeting = serve._greeting(control, settings, shown=None, problems=[])

    assert (has_link, has_snippet) == ("/sign-in/" in greeting, "<script" in greeting)
    assert greeting.endswith("Press Ctrl-C to stop.")


def test_the_greeting_reports_what_could_not_be_done(control, settings):
    assert "The disk is full." in serve._greeting(control, settings, shown=None, problems=["The disk is full."])


@pytest.mark.parametrize(
    ("files", "connections"), [(1000, 500), (resource.RLIM_INFINITY, 4000)], ids=["few files", "any number of files"]
)
def test_connections_leave_half_of_the_files(settings, monkeypatch, files, connections):
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (files, files))

    assert connections == serve._max_connections(replace(settings, connections_max=4000))
