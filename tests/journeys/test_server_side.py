"""Python programs that report for their visitors, with the clients that are published for Plausible, unchanged."""

import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.journeys.browser import missing
from tests.journeys.stored_events import StoredEvent, stored_events
from tests.server import Server

LOCK = Path(__file__).parent.parent.parent / "requirements.lock"
CLIENTS = ("plausible-events==0.1.0", "django-plausible-proxy==0.5.1", "django-plausible==0.5.0", "django==5.2.8")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

# It asks a third party for its own address, and its thread never ends: both are answered for here.
PLAUSIBLE_EVENTS = """
import os, sys
from plausible_events import PlausibleEvents

PlausibleEvents._get_ip = lambda self: "198.51.100.7"
url, user_agent = sys.argv[1:]
client = PlausibleEvents(
    domain="example.org", api=f"{url}/api/event", headers={"User-Agent": user_agent} if user_agent else None
)
client.pageview("/login/user", utm={"source": "newsletter"})
client.event("my event", dict(os="mac", answer=42), path="/finished")
client.event("nothing to add")
client._enqueue_task(lambda: os._exit(0))
client.worker.join()
"""
DJANGO = """
import sys
from django.conf import settings

url, user_agent = sys.argv[1:]
settings.configure(
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["plausible_proxy"],
    PLAUSIBLE_BASE_URL=url,
    PLAUSIBLE_DOMAIN="example.org",
    PLAUSIBLE_REQUEST_TIMEOUT=60,
    ROOT_URLCONF="plausible_proxy.urls",
)
import django
django.setup()
from django.test import Client, RequestFactory
from plausible_proxy import send_custom_event
"""
SEND = (
    DJANGO
    + """
request = RequestFactory(REMOTE_ADDR="198.51.100.7", HTTP_USER_AGENT=user_agent, HTTP_HOST="example.org").get("/shop/")
assert send_custom_event(request, name="pageview", referrer="https://partner.example/list")
assert send_custom_event(
    request, name="Purchase", url="https://example.org/thanks?order=77", screen_width=1280,
    props={"plan": "large", "count": 3, "gift": True},
)
assert send_custom_event(request, name="Elsewhere", remote_addr="203.0.113.9")
"""
)
PASS_ON = (
    DJANGO
    + """
visitor = Client(REMOTE_ADDR="198.51.100.7", HTTP_USER_AGENT=user_agent)
script = visitor.get("/js/script.js")
assert (script.status_code, script["content-type"]) == (200, "application/javascript"), script.status_code
assert b"/api/event" in script.content
body = '{"n":"pageview","u":"https://example.org/proxied","d":"example.org","r":null,"v":33}'
answer = visitor.post("/api/event", body, content_type="text/plain")
assert (answer.status_code, answer.content) == (202, b"ok"), answer.status_code
assert visitor.post("/api/event", "{}", content_type="text/plain").status_code == 400
"""
)
TAG = """
import sys
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"], INSTALLED_APPS=["plausible"], PLAUSIBLE_DOMAIN="stats.example", TEMPLATES=[
        {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
    ],
)
import django
django.setup()
from django.template import engines
from django.test import RequestFactory

page = engines["django"].from_string("{% load plausible %}{% plausible script_name=name %}")
request = RequestFactory(HTTP_HOST="example.org").get("/")
print(page.render({"name": sys.argv[1], "request": request}))
"""


@pytest.fixture(scope="session")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory in which the published clients are installed."""
    directory = tmp_path_factory.mktemp("clients")
    # What they need themselves is of the versions that we have been tested with, where we need it, too.
    options = ["--quiet", "--no-compile", "--constraint", str(LOCK), "--target", str(directory)]
    if subprocess.run([sys.executable, "-m", "pip", "install", *options, *CLIENTS], check=False).returncode:
        missing(f"pip could not fetch {', '.join(CLIENTS)}")
    return directory


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """Return a server with a site, not started yet."""
    return Server(tmp_path / "data")


def run(program: str, *words: str, clients: Path) -> str:
    """Run a program that finds nothing but the clients, and return what it prints."""
    command = [sys.executable, "-S", "-c", program, *words]
    return subprocess.run(
        command, env={"PYTHONPATH": str(clients)}, capture_output=True, text=True, check=True, timeout=120
    ).stdout


def sent(server: Server, program: str, clients: Path) -> list[StoredEvent]:
    """Run a program that sends for a visitor with Firefox, and return what is stored of it, by name."""
    with server:
        run(program, server.url, FIREFOX, clients=clients)
    return stored_events(server.data_dir)


def test_plausible_events_is_understood(server: Server, clients: Path) -> None:
    custom, bare, pageview = events = sent(server, PLAUSIBLE_EVENTS, clients)

    assert [("my event", "/finished"), ("nothing to add", "/"), ("pageview", "/login/user")] == [
        (event.name, event.path) for event in events
    ]
    assert [{"os": "mac", "answer": "42"}, {}, {}] == [custom.props, bare.props, pageview.props]
    assert {("localhost", "Firefox")} == {(event.hostname, event.browser) for event in events}
    assert "newsletter" == pageview.utm_source
    assert 1 == len({event.visitor_id for event in events})


def test_django_sends_events_of_its_own(server: Server, clients: Path) -> None:
    elsewhere, purchase, pageview = events = sent(server, SEND, clients)

    assert [("Elsewhere", "/shop/"), ("Purchase", "/thanks"), ("pageview", "/shop/")] == [
        (event.name, event.path) for event in events
    ]
    assert {"plan": "large", "count": "3", "gift": "true"} == purchase.props
    assert "partner.example/list" == pageview.referrer
    assert {("example.org", "Firefox")} == {(event.hostname, event.browser) for event in events}
    assert pageview.visitor_id == purchase.visitor_id != elsewhere.visitor_id


def test_django_passes_on_script_and_events_of_its_visitors(server: Server, clients: Path) -> None:
    (event,) = sent(server, PASS_ON, clients)

    assert ("pageview", "/proxied", "Firefox") == (event.name, event.path, event.browser)


def test_a_program_that_reports_for_a_bot_or_does_not_say_for_whom_is_not_counted(
    server: Server, clients: Path
) -> None:
    with server:
        run(PLAUSIBLE_EVENTS, server.url, GOOGLEBOT, clients=clients)
        run(PLAUSIBLE_EVENTS, server.url, "", clients=clients)
        run(SEND, server.url, GOOGLEBOT, clients=clients)

    assert stored_events(server.data_dir) == []


def test_the_scripts_of_the_django_tag_are_served(server: Server, clients: Path) -> None:
    with server:
        for name in ("plausible.js", "script.js"):
            tag = run(TAG, name, clients=clients)
            answer = httpx2.get(f"{server.url}/js/{name}")

            assert f'data-domain="example.org" src="https://stats.example/js/{name}"' in tag
            assert (200, "application/javascript") == (answer.status_code, answer.headers["content-type"])
