"""At 320 px, the width of the smallest phones, no page scrolls sideways, whatever long words people have entered."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.journeys import report
from tests.journeys.browser import chromium, tab
from tests.server import Server

pytestmark = pytest.mark.browser

DASHBOARD = "http://stats.example"
LONG = "a" * 60
DOMAIN = f"{'long-name.' * 9}site.example"
SETTINGS = f"/{DOMAIN}/settings"
FILTERS = f'[["is", "visit:source", ["{LONG}"]], ["is", "event:page", ["/{LONG}"]]]'
NARROW: ViewportSize = {"width": 320, "height": 640}
PAGES = [
    "/sites",
    "/sites/new",
    "/keys",
    "/status",
    "/people",
    "/people/1",
    "/people/1/remove",
    "/account",
    "/account/two-factor",
    "/account/passkeys",
    f"{SETTINGS}/people",
    f"{SETTINGS}/people/invitations/1/revoke",
    f"/{DOMAIN}",
    f"/{DOMAIN}/not-counted",
    "/demo.example",
    "/demo.example?period=12mo&compare=previous_period",
    "/demo.example?period=custom&from=x",
    "/demo.example/not-counted",
    "/demo.example/realtime",
    "/demo.example?places=map",
    SETTINGS,
    f"{SETTINGS}/install",
    f"{SETTINGS}/retention",
    f"{SETTINGS}/mail",
    f"{SETTINGS}/mail/1",
    f"{SETTINGS}/mail/1/remove",
    f"{SETTINGS}/alerts",
    f"{SETTINGS}/alerts/1/remove",
    f"{SETTINGS}/changes",
    f"{SETTINGS}/goals",
    f"{SETTINGS}/goals/2/remove",
    f"{SETTINGS}/funnels",
    f"{SETTINGS}/segments",
    f"{SETTINGS}/sharing",
    f"{SETTINGS}/sharing/1",
    f"{SETTINGS}/sharing/1/remove",
    f"{SETTINGS}/properties",
    f"{SETTINGS}/paths",
    f"{SETTINGS}/exclusions",
    f"{SETTINGS}/exclusions/test",
    f"{SETTINGS}/devices",
    f"{SETTINGS}/deletion",
    f"{SETTINGS}/deletion/site",
    f"{SETTINGS}/privacy/audit",
    f"{SETTINGS}/privacy/people",
    f"/{DOMAIN}/nowhere",
    f"/{LONG}{LONG}.example",
]
STRANGERS_PAGES = ["/sign-in", "/sign-in/used-up", "/sign-in/forgotten", "/share/unknown"]
VISITORS_PAGES = ["opt-out", "check?link=x", "device?link=x", "opt-out?forgotten=yes"]
# Open every menu and everything that is folded: what they show counts too.
UNFOLD = "() => { for (const part of document.querySelectorAll('details')) part.open = true }"
TOO_WIDE = """() => {
  if (document.scrollingElement.scrollWidth <= innerWidth) return []
  const parts = [...document.body.querySelectorAll("*")]
  const wide = parts.filter((part) => part.getBoundingClientRect().right > innerWidth)
  return wide.slice(-3).map((part) => part.outerHTML.slice(0, 120)).concat("the page")
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("narrow") / "data", sites=[DOMAIN], arguments=["--demo"])
    with server:
        of_site = ["--site", DOMAIN]
        for name in (LONG, "B" * 100):
            server.command("goals", "add", *of_site, "--event", name, "--prop", f"{LONG}={LONG}")
        server.command("funnels", "add", *of_site, "--name", LONG * 2, "--step", LONG, "--step", "B" * 100)
        server.command("segments", "add", *of_site, "--name", LONG, "--filters", FILTERS)
        server.command("props", "add", *of_site, LONG * 4)
        server.command("keys", "add", "--name", LONG, "--scope", "stats:read", "--scope", "events:import")
        network = ["--network", "2001:db8:aaaa:bbbb:cccc::/80", "--owner", LONG]
        server.command("exclusions", "add", *of_site, *network, "--note", LONG)
        yield server


@pytest.fixture(scope="module")
def browser(server: Server) -> Iterator[Browser]:
    with chromium({"*": server.port}) as browser:
        yield browser


@pytest.fixture(scope="module")
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """Give a narrow tab in which the dashboard is open."""
    with browser.new_context(viewport=NARROW) as context, tab(context) as page:
        report.sign_in(page, server.sign_in_link)
        lately_added(page, DOMAIN)
        yield page


def lately_added(page: Page, domain: str) -> list[str]:
    """Add mail, an alert, a shared link and an invitation, all number 1. Return the last two's paths for strangers."""
    settings = f"{DASHBOARD}/{domain}/settings"
    page.goto(f"{settings}/mail")
    page.locator("#email").fill("ben@example.net")
    page.locator("#email").press("Enter")
    page.locator("#row-1").wait_for()
    page.goto(f"{settings}/alerts")
    page.locator("#threshold").fill("100")
    page.locator("#target").fill("ben@example.net")
    page.locator("#target").press("Enter")
    page.locator("#row-1").wait_for()
    page.goto(f"{settings}/sharing")
    page.locator("#name").fill(LONG)
    page.locator("#password").fill("a word for the board")
    page.locator("#password").press("Enter")
    link = urlsplit(page.locator("#row-1 code").inner_text())
    page.goto(f"{settings}/people")
    page.locator("#email").fill("bo@example.net")
    page.locator("#email").press("Enter")
    invitation = urlsplit(page.locator(".made code").inner_text())
    return [f"{link.path}?{link.query}", invitation.path]


def too_wide(page: Page) -> list[str]:
    """Return what is wider than the window: folded, and unfolded."""
    folded = page.evaluate(TOO_WIDE)
    page.evaluate(UNFOLD)
    return [*folded, *page.evaluate(TOO_WIDE)]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_the_dashboard_fits(page: Page, path: str):
    page.goto(f"{DASHBOARD}{path}")

    assert [] == too_wide(page)


@pytest.mark.parametrize("path", STRANGERS_PAGES)
def test_a_page_for_strangers_fits(browser: Browser, path: str):
    with browser.new_context(viewport=NARROW) as context, tab(context) as page:
        page.goto(f"{DASHBOARD}{path}")

        assert [] == too_wide(page)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", VISITORS_PAGES)
def test_a_page_for_visitors_fits(browser: Browser, name: str, language: str):
    with browser.new_context(viewport=NARROW, locale=language) as context, tab(context) as page:
        page.goto(f"http://{DOMAIN}/api/event/{name}")

        assert [] == too_wide(page)


def test_a_question_and_a_new_key_fit(page: Page):
    page.goto(f"{DASHBOARD}{SETTINGS}/goals")
    page.get_by_role("link", name="Remove").first.click()
    page.get_by_role("button", name="Remove the goal and what needs it").wait_for()
    asked = too_wide(page)
    page.goto(f"{DASHBOARD}/keys")
    page.get_by_label("Name").fill(LONG.upper())
    page.get_by_role("button", name="Create").click()
    page.get_by_label("API key", exact=True).wait_for()

    assert ([], []) == (asked, too_wide(page))


def test_what_is_too_wide_is_noticed(page: Page):
    page.goto(f"{DASHBOARD}/sites")
    page.evaluate("() => document.body.insertAdjacentHTML('beforeend', '<pre>' + 'a'.repeat(99))")

    assert "the page" in too_wide(page)


def test_a_new_row_is_in_view_and_focused(page: Page):
    page.goto(f"{DASHBOARD}{SETTINGS}/goals")
    page.get_by_label("Event name").fill("Signup")
    page.get_by_role("button", name="Add goal").click()
    row = page.locator("tr:target")
    row.wait_for()

    assert "Signup" in row.inner_text()
    assert row.evaluate("row => document.activeElement === row && row.getBoundingClientRect().top < innerHeight")
