"""Through the site's own web server, a real nginx: whose hits they are, what it writes down, and devices left out."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Request, Response, expect

from schema.privacy import opt_out
from tests.journeys import report
from tests.journeys.addresses import traces
from tests.journeys.browser import COUNTED, chromium, tab
from tests.journeys.nginx import Nginx
from tests.journeys.stored_events import stored_events
from tests.journeys.website import Website
from tests.server import Server

pytestmark = pytest.mark.browser

DOMAIN = "site.example"
SITE = f"https://{DOMAIN}"
STRANGER, COLLEAGUE, OFFICE, OTHER = "127.0.0.7", "127.0.0.8", "127.0.0.9", "127.0.0.6"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
CLAIMS = ("x-forwarded-for", "x-plausible-ip", "cf-connecting-ip", "b-forwarded-for", "x-real-ip")

WELL = "Visitor addresses arrive through the proxy at 127.0.0.1. Yours is 127.0.0.1."

LAPTOP = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"}
PHONE = {
    "viewport": {"width": 412, "height": 839},
    "device_scale_factor": 2.6,
    "is_mobile": True,
    "has_touch": True,
    "locale": "fr-FR",
    "user_agent": "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"
    " Mobile Safari/537.36",
}
ENGLISH = {
    "out": "Do not count this browser",
    "forget": "Do not count it, and delete today's visits",
    "in": "Count this browser again",
    "is out": "This browser is not counted.",
}
FRENCH = {
    "out": "Ne pas compter ce navigateur",
    "forget": "Ne pas le compter et supprimer les visites d’aujourd’hui",
    "in": "Compter de nouveau ce navigateur",
    "is out": "Ce navigateur n’est pas compté.",
}


@dataclass
class Stage:
    """A website behind nginx, which hands the tracker's paths to a server, and a browser that finds both."""

    server: Server
    front: Nginx
    website: Website
    browser: Browser
    dashboard: Page  # signed in

    def post(self, path: str, *, source: str, headers: Mapping[str, str] = {}) -> httpx2.Response:
        """Send a page view to the site's own address. source: the address, of this machine, from which it comes."""
        body = {"n": "pageview", "d": DOMAIN, "u": f"{SITE}{path}"}
        own = {"host": DOMAIN, "user-agent": FIREFOX}
        with httpx2.Client(transport=httpx2.HTTPTransport(local_address=source)) as client:
            return client.post(f"http://127.0.0.1:{self.front.port}/api/event", json=body, headers=own | dict(headers))

    def settings(self, name: str) -> str:
        """Return what the page of settings shows under a name."""
        self.dashboard.goto(f"http://stats.example/{DOMAIN}/settings/install")
        return self.dashboard.get_by_label(name).text_content() or ""

    def page(self) -> str:
        """Return the address of a new page with the snippet for sites whose web server hands the paths on."""
        tag = self.settings("First-party script tag")
        return self.website.page(tag, host=DOMAIN).replace("http:", "https:")

    @contextmanager
    def visitor(self, device: Mapping[str, Any]) -> Iterator[Page]:
        """Give a tab of a new visitor."""
        with self.browser.new_context(ignore_https_errors=True, **device) as context:
            context.add_init_script(COUNTED)
            with tab(context) as page:
                yield page

    def stored_paths(self) -> list[str]:
        """Stop the server, and return the paths of the page views it has stored."""
        assert self.server.stop() == 0
        return sorted(event.path for event in stored_events(self.server.data_dir) if event.name == "pageview")


@pytest.fixture
def stage(website: Website, tmp_path: Path) -> Iterator[Stage]:
    # What comes from 127.0.0.1 comes from nginx; the other addresses of this machine are visitors'.
    server = Server(tmp_path / "data", sites=[DOMAIN], settings={"trusted_proxies": "127.0.0.1"})
    server.command("exclusions", "add", "--network", f"{COLLEAGUE}/32", "--note", "a colleague")
    server.command("exclusions", "add", "--header", "X-Office: yes", "--note", "the office")
    front = Nginx(tmp_path / "nginx")
    with (
        server,
        chromium({DOMAIN: front.tls_port, "stats.example": server.port}) as browser,
        browser.new_context() as analyst,
        tab(analyst) as dashboard,
    ):
        report.sign_in(dashboard, server.sign_in_link)
        stage = Stage(server, front, website, browser, dashboard)
        lines = stage.settings("nginx configuration")
        # As whoever has a rule of a header sets it: for every request, so that nobody else can.
        lines = lines.replace("access_log off;", "access_log off; proxy_set_header X-Office $office;")
        with front.running(domain=DOMAIN, lines=lines, website_port=website.port):
            yield stage


def view(page: Page, address: str) -> Response:
    """Open a page, and return what the server answers to the page view."""
    with page.expect_response(lambda answer: answer.url == f"{SITE}/api/event" and is_page_view(answer)) as answer:
        page.goto(address)
    return answer.value


def is_page_view(answer: Response) -> bool:
    return '"pageview"' in (answer.request.post_data or "")


def told(answer: Response) -> tuple[int, dict[str, str]]:
    """Return what a visitor is told, but for the time."""
    return answer.status, {name: value for name, value in answer.all_headers().items() if name != "date"}


def photographed(code: Locator) -> str:
    """Return what a camera reads in a QR code."""
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(code.screenshot())))
    return str(found.text)


def test_the_address_is_the_one_that_nginx_has_seen_whatever_a_visitor_claims(stage):
    for claim in CLAIMS:
        assert stage.post(f"/stranger-{claim}", source=STRANGER, headers={claim: COLLEAGUE}).status_code == 202
        assert stage.post(f"/colleague-{claim}", source=COLLEAGUE, headers={claim: STRANGER}).status_code == 202
    stage.post("/stranger-forwarded", source=STRANGER, headers={"forwarded": f"for={COLLEAGUE}"})
    stage.post("/colleague-forwarded", source=COLLEAGUE, headers={"forwarded": f"for={STRANGER}"})
    stage.post("/stranger-office", source=STRANGER, headers={"x-office": "yes"})
    stage.post("/office", source=OFFICE)

    assert stage.stored_paths() == sorted(f"/stranger-{claim}" for claim in (*CLAIMS, "forwarded", "office"))


def test_nginx_writes_no_address_down_of_who_is_counted_or_not(stage):
    stage.post("/", source=STRANGER)
    stage.post("/", source=COLLEAGUE)
    with httpx2.Client(transport=httpx2.HTTPTransport(local_address=OTHER)) as client:
        client.get(f"http://127.0.0.1:{stage.front.port}/about.html", headers={"host": DOMAIN})
    assert stage.server.stop() == 0
    assert stage.post("/", source=STRANGER).status_code == 502

    assert ("access.log", "text") in traces(OTHER, stage.front.folder)
    assert traces(STRANGER, stage.front.folder) == traces(COLLEAGUE, stage.front.folder) == []
    assert "/api/event" not in (stage.front.folder / "access.log").read_text()
    assert traces(STRANGER, stage.server.data_dir) == []


@pytest.mark.parametrize(
    ("device", "words"), [pytest.param(LAPTOP, ENGLISH, id="a laptop"), pytest.param(PHONE, FRENCH, id="a phone")]
)
def test_a_device_is_left_out_by_the_code_that_the_dashboard_shows(stage, device, words):
    before, during, after = stage.page(), stage.page(), stage.page()
    stage.dashboard.goto(f"http://stats.example/{DOMAIN}/settings/devices")
    link = stage.dashboard.get_by_label("Link to exclude a device").text_content()
    assert photographed(stage.dashboard.locator("#devices svg")) == link

    with stage.visitor(device) as page:
        requests: list[Request] = []
        page.on("request", lambda request: requests.append(request))  # noqa: PLW0108 Playwright takes no builtin
        counted = view(page, before)
        assert page.context.cookies() == []
        page.goto(link)
        page.get_by_role("button", name=words["out"], exact=True).click()
        expect(page.get_by_role("status")).to_have_text(words["is out"])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        (cookie,) = page.context.cookies()
        assert page.evaluate("document.cookie") == ""

        assert told(view(page, during)) == told(counted)
        assert page.evaluate("document.cookie") == ""

        page.goto(link)
        page.get_by_role("button", name=words["in"], exact=True).click()
        expect(page.get_by_role("status")).not_to_have_text(words["is out"])
        assert page.context.cookies() == []
        view(page, after)
        showing = {request.url.partition("?")[0] for request in requests if "cookie" in request.all_headers()}

    assert showing == {f"{SITE}/api/event", f"{SITE}{opt_out.DEVICE}"}
    assert {"name": opt_out.COOKIE, "value": "1", "path": "/api/event"}.items() <= cookie.items()
    assert {"httpOnly": True, "secure": True, "sameSite": "Lax", "domain": DOMAIN}.items() <= cookie.items()
    assert stage.stored_paths() == sorted(address.removeprefix(SITE) for address in (before, after))


def test_the_visits_of_today_are_forgotten_and_nobody_elses(stage):
    own, after = stage.page(), stage.page()
    stage.post(own.removeprefix(SITE), source=STRANGER)
    with stage.visitor(PHONE) as page:
        view(page, own)
        page.goto(f"{SITE}{opt_out.OPT_OUT}")
        page.get_by_role("button", name=FRENCH["forget"], exact=True).click()
        expect(page.get_by_role("status")).to_have_text(FRENCH["is out"])
        view(page, after)

    assert stage.stored_paths() == [own.removeprefix(SITE)]


@pytest.mark.parametrize(
    ("lines", "code", "sentence"),
    [
        pytest.param("proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Office $office;", 0, WELL,
                     id="all is well"),
        pytest.param("proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Office '';", 0,
                     WELL, id="as well"),
        pytest.param("", 1, "forwards any address that a visitor claims", id="as nginx is"),
        pytest.param('proxy_set_header X-Forwarded-For "";', 1, "does not report the visitor's address",
                     id="it hides them"),
        pytest.param("proxy_set_header X-Forwarded-For $remote_addr;", 1,
                     "Visitors can set the header x-office", id="a header that anybody can write"),
        pytest.param("proxy_set_header X-Forwarded-For 172.17.0.1;", 1,
                     "sees 172.17.0.1, a private address that is not this machine's", id="ports of a container"),
    ],
)  # fmt: skip
def test_the_doctor_finds_out_what_nginx_says_of_its_visitors(trusting, tmp_path, lines, code, sentence):
    front = Nginx(tmp_path / "nginx")
    lines = f"location /api/event/ {{ proxy_pass {trusting.url}; {lines} }}"
    with front.running(domain=DOMAIN, lines=lines, website_port=1):
        found, text = diagnosis(trusting, front)

    assert found == code
    assert sentence in text
    assert (code == 1 and "header" not in sentence) == ("proxy_set_header X-Forwarded-For $remote_addr;" in text)
    assert "reverse_proxy" not in text
    assert "loadBalancer" not in text


def test_the_doctor_finds_a_proxy_that_is_not_trusted(tmp_path):
    front = Nginx(tmp_path / "nginx")
    with Server(tmp_path / "data", sites=[DOMAIN], settings={"trusted_proxies": "10.0.0.1"}) as server:
        lines = f"location /api/event/ {{ proxy_pass {server.url}; proxy_set_header X-Forwarded-For $remote_addr; }}"
        with front.running(domain=DOMAIN, lines=lines, website_port=1):
            code, text = diagnosis(server, front)

    assert code == 1
    assert 'Set trusted_proxies = "10.0.0.1/32,127.0.0.1" and restart.' in text


def diagnosis(server: Server, front: Nginx) -> tuple[int, str]:
    process = server.started("doctor", "--url", f"http://127.0.0.1:{front.port}")
    text, errors = process.communicate()
    assert errors == ""
    return process.returncode, text


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server that trusts this machine, and looks at a header."""
    server = Server(tmp_path_factory.mktemp("trusting") / "data", sites=[DOMAIN])
    server.command("exclusions", "add", "--header", "X-Office: yes", "--note", "the office")
    with server:
        yield server
