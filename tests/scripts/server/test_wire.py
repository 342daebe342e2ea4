"""All parts are connected: keys, lists and limits that the operator sets, at a running server."""

import os
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx2
import pytest

from schema.sites import sites
from schema.stores.control import Control
from scripts.config.loading import Config, ConfigError
from scripts.server import lifecycle, wire
from scripts.server.parts import Parts
from tests.server import Server, becomes_true

LIMIT = 50
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
_numbers = count(1)


class Keyed(Server):
    """A server with an API key."""

    key = ""


def a_visitor() -> str:
    """Return an address that no other visitor has."""
    return f"2001:db8:{next(_numbers):x}::1"


def a_colleague() -> str:
    """Return an excluded address."""
    return f"2001:db8:ffff:{next(_numbers):x}::1"


@pytest.fixture(scope="module")
def spam_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("lists") / "spam.txt"
    file.write_text("spam.example\n")
    return file


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, spam_file: Path) -> Iterator[Keyed]:
    """Start a server that trusts no proxy, so only API keys can set the visitor's address."""
    settings = {
        "client_hits_per_minute": str(LIMIT),
        "referrer_spam_file": str(spam_file),
        "trusted_proxies": "10.0.0.1",
    }
    server = Keyed(tmp_path_factory.mktemp("wire") / "data", settings=settings)
    server.command("exclusions", "add", "--network", "2001:db8:ffff::/48", "--note", "office")
    server.key = server.command("keys", "add", "--name", "shop", "--scope", "events:send").strip()
    with server:
        yield server


def is_dropped(server: Keyed, visitor: str, *, referrer: str = "", key: str = "", domain: str = "example.org") -> bool:
    """Send a page view for a visitor, and return whether it was dropped."""
    body = {"n": "pageview", "d": domain, "u": "https://example.org/", "r": referrer}
    headers = {"user-agent": FIREFOX, "authorization": f"Bearer {key or server.key}", "x-plausible-ip": visitor}
    answer = httpx2.post(f"{server.url}/api/event", json=body, headers=headers)
    assert answer.status_code == 202
    return "x-plausible-dropped" in answer.headers


def test_a_client_with_a_key_sets_the_address_of_the_visitor(server):
    assert is_dropped(server, a_colleague())
    assert not is_dropped(server, a_visitor())
    assert not is_dropped(server, a_colleague(), key="sillage_none")


def test_a_running_server_follows_new_and_revoked_keys(server):
    key = server.command("keys", "add", "--name", "app", "--scope", "events:send").strip()
    assert becomes_true(lambda: is_dropped(server, a_colleague(), key=key))

    server.command("keys", "remove", "2", "--yes")
    assert becomes_true(lambda: not is_dropped(server, a_colleague(), key=key))


def test_a_running_server_follows_the_referrer_spam_list(server, spam_file):
    assert is_dropped(server, a_visitor(), referrer="https://spam.example/")
    assert not is_dropped(server, a_visitor(), referrer="https://other.example/")

    spam_file.write_text("other.example\n")
    os.utime(spam_file, (1, 1))
    assert becomes_true(lambda: is_dropped(server, a_visitor(), referrer="https://other.example/"))
    assert not is_dropped(server, a_visitor(), referrer="https://spam.example/")


def test_a_running_server_follows_changes_of_the_referrer_spam_list(server):
    server.command("referrers", "spam", "add", "added.example")
    assert becomes_true(lambda: is_dropped(server, a_visitor(), referrer="https://www.added.example/"))
    assert not is_dropped(server, a_visitor(), referrer="https://notadded.example/")

    server.command("referrers", "spam", "remove", "added.example")
    assert becomes_true(lambda: not is_dropped(server, a_visitor(), referrer="https://www.added.example/"))


def test_a_site_that_moves_is_counted_under_both_domains_at_once(server):
    server.command("sites", "add", "old.example", "--timezone", "UTC")
    key = server.command("keys", "add", "--name", "robot", "--scope", "sites:provision").strip()
    url, headers = f"{server.url}/api/v1/sites/old.example", {"authorization": f"Bearer {key}"}

    assert becomes_true(lambda: not is_dropped(server, a_visitor(), domain="old.example"))
    assert httpx2.put(url, headers=headers, json={"domain": "new.example"}).json()["domain"] == "new.example"
    assert becomes_true(lambda: not is_dropped(server, a_visitor(), domain="new.example"))
    assert not is_dropped(server, a_visitor(), domain="old.example")
    assert httpx2.get(url, headers=headers).json()["domain"] == "new.example"


def test_only_the_client_that_sends_too_much_is_limited(server):
    visitor = a_visitor()
    counted = 0
    while not is_dropped(server, visitor):
        counted += 1

    assert counted >= LIMIT
    assert not is_dropped(server, a_visitor())


def test_the_script_of_a_site_is_served_and_says_where_events_go(server):
    control = Control(server.data_dir / "control.sqlite3", now=time.time())
    site = sites.by_domain(control, "example.org", now=time.time())
    assert site
    name = sites.script_id(control, site)
    control.close()
    script, other = (httpx2.get(f"{server.url}/js/pa-{one}.js") for one in (name, "other"))

    assert (200, 404) == (script.status_code, other.status_code)
    assert f'{{"domain": "example.org", "endpoint": "{server.url}/api/event"}}' in script.text


def test_the_image_is_served(server):
    answer = httpx2.get(f"{server.url}/api/pixel.gif?u=https://example.org/&d=example.org")

    assert (200, "image/gif") == (answer.status_code, answer.headers["content-type"])


def test_building_a_server_starts_nothing(config: Config) -> None:
    threads = threading.active_count()
    parts = wire.build(config)

    assert threads == threading.active_count()
    lifecycle.close(parts)


def test_two_servers_do_not_share_a_data_directory(parts: Parts, config: Config) -> None:
    with pytest.raises(ConfigError):
        wire.build(config)


SLASHED = [
    "/js/script.js/", "/js/script.mjs/", "/api/health/", "/api/pixel.gif/", "/api/event/", "/api/event/opt-out/",
    "/api/event/device/?link=x", "/api/event/check/", "/api/v2/query/", "/api/v1/sites/", "/api/docs/openapi.json/",
    "/static/a/page.css/", "/sign-in/", "/sign-in/token/", "/sites/", "/keys/", "/example.org/",
    "/example.org/settings/", "//evil.example/api/event/opt-out/", "//evil.example/sites/",
]  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", [*SLASHED, *(path.rstrip("/") for path in SLASHED if path != "/api/event/")])
def test_no_answer_leads_to_the_host_that_a_request_names(server, path, method):
    answer = httpx2.request(method, f"{server.url}{path}", headers={"host": "evil.example"})

    location = answer.headers.get("location", "/")
    assert location.startswith(("/", "?", "../"))
    assert "\\" not in location  # browsers read it as a slash
    # The path itself may name another host, as in /evil.example/sites: it must stay a path.
    assert urlsplit(server.url).netloc == urlsplit(urljoin(f"{server.url}/a/b", location)).netloc
